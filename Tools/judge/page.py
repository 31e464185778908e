# SPDX-License-Identifier: Apache-2.0
"""The page of a judgement: everything audible, with the figures. It asks no other host for anything."""

from html import escape
from pathlib import Path
from urllib.parse import quote

import soundfile

from . import pictures, table
from .pair_list import Pair
from .systems import System, output_path
from .table import COLUMNS, Row

STYLE = """
:root { color-scheme: light dark; --line: #ccc; --soft: #666; --card: #f6f6f6; }
@media (prefers-color-scheme: dark) { :root { --line: #444; --soft: #aaa; --card: #1d1d1d; } body { background: #121212; color: #e6e6e6; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
p, dd { color: var(--soft); margin: .3rem 0; }
dt { font-weight: 600; } dd { margin-left: 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: Canvas; }
td.failed { text-align: left; white-space: normal; }
.sounds { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); gap: 1rem; margin: 1rem 0; }
figure { margin: 0; padding: .6rem; background: var(--card); border-radius: .4rem; }
figcaption { font-size: .9rem; overflow-wrap: anywhere; }
img { width: 100%; height: 6rem; display: block; image-rendering: auto; } audio { width: 100%; margin-top: .4rem; }
"""


def _table(head: str, lines: list[tuple[str, list[str] | str]]) -> str:
    """Rows of a name and its cells, or a name and why there are none."""
    titles = "".join(f'<th scope="col" title="{escape(column.what)}">{escape(column.title)}</th>' for column in COLUMNS)
    body = ""
    for name, cells in lines:
        if isinstance(cells, str):
            inside = f'<td class="failed" colspan="{len(COLUMNS)}">{escape(cells)}</td>'
        else:
            inside = "".join(f"<td>{cell}</td>" for cell in cells)
        body += f'<tr><td>{escape(name)}</td>{inside}</tr>\n'
    return f'<div class="wide"><table><thead><tr><th scope="col">{escape(head)}</th>{titles}</tr></thead><tbody>\n{body}</tbody></table></div>'


def _player(title: str, sound: Path, folder: Path, seconds: float) -> str:
    links = [quote(str(path.relative_to(folder))) for path in (sound, pictures.draw(sound, seconds))]
    return (f'<figure><figcaption>{escape(title)}</figcaption><img src="{links[1]}" alt="Spectrogram: {escape(title)}" loading="lazy">'
            f'<audio controls preload="none" src="{links[0]}"></audio></figure>')


def _section(pair: Pair, rows: list[Row], folder: Path) -> str:
    inputs = [path for path in (pair.content, pair.style, pair.style2) if path]
    seconds = max(soundfile.info(path).duration for path in inputs)
    titles = ("content", "style", "style, another excerpt")
    players = [_player(title, path, folder, seconds) for title, path in zip(titles, inputs)]
    lines = []
    for row in rows:
        if row.error is not None:
            lines.append((row.system.name, f"failed: {row.error}"))
            continue
        lines.append((row.system.name, [table.text(row.value(column), column) for column in COLUMNS]))
        players.append(_player(row.system.name, output_path(pair, row.system), folder, seconds))
    return (f'<h2 id="{escape(pair.name)}">{escape(pair.name)}</h2>\n<p>{escape(pair.kind)}. {escape(pair.description)}</p>\n'
            f'<div class="sounds">{"".join(players)}</div>\n{_table("system", lines)}\n')


def write(folder: Path, title: str, rows: list[Row], systems: list[System], pairs: list[Pair]) -> None:
    summary = []
    for system in systems:
        failed = table.failures(rows, system)
        name = f"{system.name} ({failed} failed)" if failed else system.name
        summary.append((name, [table.text(v, c) for v, c in zip(table.means(rows, system), COLUMNS)]))
    meanings = "".join(f"<dt>{escape(column.title)}</dt><dd>{escape(column.what)}</dd>" for column in COLUMNS)
    contents = " · ".join(f'<a href="#{escape(pair.name)}">{escape(pair.name)}</a>' for pair in pairs)
    sections = "".join(_section(pair, [row for row in rows if row.pair == pair], folder) for pair in pairs)
    (folder / "index.html").write_text(f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{escape(title)}</h1>
<p>Means over {len(pairs)} pairs. On one pair, style is good to 0.2 or 0.3 only: read the means, and read both beside verbatim.</p>
{_table("system", summary)}
<details><summary>What the columns say</summary><dl>{meanings}</dl></details>
<p>{contents}</p>
{sections}</body>
</html>
""")
