# SPDX-License-Identifier: Apache-2.0
"""The table of a judgement: rows by pair and system, and their means by system, as Markdown, CSV and JSON."""

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .pair_list import Pair
from .systems import System


@dataclass(frozen=True)
class Column:
    title: str
    figure: str
    digits: int
    what: str


COLUMNS = (
    Column("style", "style", 2, "0: as near to the style as the content is; 1: as near as the style itself"),
    Column("content", "content", 2, "0: what the style has of the content by itself; 1: the content itself"),
    Column("both", "both", 2, "harmonic mean of style and content: read it beside verbatim"),
    Column("verbatim", "verbatim", 2, "share of the energy that is the inputs' own waveforms, only filtered or mixed"),
    Column("pitch folded", "content_pitch_folded", 2, "tonal contents: share of voiced frames with the content's pitch in any octave"),
    Column("STOI", "content_stoi", 2, "speech: intelligibility"),
    Column("flatness", "noise_flatness", 2, "noise: spectral flatness over the larger one of content and style"),
    Column("onsets", "content_onsets", 2, "F measure of the content's onsets within 50 ms"),
    Column("s/s", "seconds_per_second", 2, "seconds of one core for one second of sound"),
)


@dataclass
class Row:
    pair: Pair
    system: System
    figures: dict[str, float | None] = field(default_factory=dict)
    error: str | None = None

    def value(self, column: Column) -> float | None:
        """What the table shows: pitch counts for tonal contents only."""
        if self.error is not None or column.figure == "content_pitch_folded" and not self.pair.tonal:
            return None
        return self.figures.get(column.figure)


def text(value: float | None, column: Column) -> str:
    return "–" if value is None else f"{value:.{column.digits}f}"


def means(rows: list[Row], system: System) -> list[float | None]:
    """Over the pairs that have the figure."""
    result = []
    for column in COLUMNS:
        values = [v for v in (row.value(column) for row in rows if row.system == system) if v is not None]
        result.append(float(np.mean(values)) if values else None)
    return result


def interval(values: list[float]) -> tuple[float, float]:
    """Within which 95 % of the means lie that other draws of as many pairs from these have (Efron's bootstrap, percentiles)."""
    draws = np.random.default_rng(0).choice(np.array(values), (10_000, len(values))).mean(axis=1)
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def certainty(rows: list[Row], systems: list[System]) -> list[str]:
    """Means with their intervals, and the first system's `both` beside the others', pair by pair."""
    by_system = {s.name: {r.pair.name: r.figures for r in rows if r.system == s and r.error is None} for s in systems}
    first = systems[0].name

    def cell(values: list[float], sign: str = "") -> str:
        if not values:
            return "–"
        low, high = interval(values)
        return f"{np.mean(values):{sign}.2f} ({low:{sign}.2f}...{high:{sign}.2f})"

    lines = [f"| system | style | content | both | both of {first} less its own | pairs where {first} has more |", "|---|---|---|---|---|---|"]
    for name, own in by_system.items():
        cells = [cell([figures[key] for figures in own.values()]) for key in ("style", "content", "both")]
        common = [pair for pair in own if pair in by_system[first]]
        gains = [by_system[first][pair]["both"] - own[pair]["both"] for pair in common] if name != first else []
        won = f"{sum(gain > 0 for gain in gains)} of {len(gains)}" if gains else "–"
        lines.append(f"| {name} | " + " | ".join([*cells, cell(gains, "+"), won]) + " |")
    return lines


def failures(rows: list[Row], system: System) -> int:
    return sum(row.error is not None for row in rows if row.system == system)


def markdown(title: str, rows: list[Row], systems: list[System], pairs: list[Pair]) -> str:
    head = " | ".join(column.title for column in COLUMNS)
    rule = "---|" * (len(COLUMNS) + 1)
    lines = [f"# {title}", "", f"Means over {len(pairs)} pairs. `both` is to be read beside `verbatim`; see `Tools/judge/README.md`.", ""]
    lines += [f"| system | {head} |", f"|{rule}"]
    for system in systems:
        cells = " | ".join(text(value, column) for value, column in zip(means(rows, system), COLUMNS))
        failed = failures(rows, system)
        lines.append(f"| {system.name}{f' ({failed} failed)' if failed else ''} | {cells} |")
    lines += ["", "With intervals of 95 % over pairs (bootstrap):", "", *certainty(rows, systems)]
    lines += ["", "## Pairs"]
    for pair in pairs:
        lines += ["", f"### {pair.name}", "", f"{pair.kind}. {pair.description}".strip(), "", f"| system | {head} |", f"|{rule}"]
        for row in (row for row in rows if row.pair == pair):
            if row.error is not None:
                cells = f"failed: {row.error.replace('|', '/')}" + " |" * (len(COLUMNS) - 1)
            else:
                cells = " | ".join(text(row.value(column), column) for column in COLUMNS)
            lines.append(f"| {row.system.name} | {cells} |")
    return "\n".join(lines) + "\n"


def write(folder: Path, title: str, rows: list[Row], systems: list[System], pairs: list[Pair]) -> None:
    (folder / "table.md").write_text(markdown(title, rows, systems, pairs))
    with (folder / "table.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["pair", "kind", "system", *(column.figure for column in COLUMNS), "error"])
        for row in rows:
            values = [row.value(column) for column in COLUMNS]
            writer.writerow([row.pair.name, row.pair.kind, row.system.name,
                             *("" if v is None else f"{v:.4f}" for v in values), row.error or ""])
    results = {
        "pairs": [pair.name for pair in pairs],
        "means": {s.name: {c.figure: v for c, v in zip(COLUMNS, means(rows, s))} for s in systems},
        "results": [{
            "pair": row.pair.name, "system": row.system.name, "arguments": list(row.system.arguments), "error": row.error,
            "figures": {k: None if v is None else round(v, 4) for k, v in row.figures.items()}} for row in rows],
    }
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n")
