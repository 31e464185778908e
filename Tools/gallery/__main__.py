# SPDX-License-Identifier: Apache-2.0
"""Renders the gallery: sounds under every system, the documents, and where the reference of WavestyleKit is, if it was built.

    PYTHONPATH=Tools python3 -m gallery --program .build/release/wavestyle --out .build/gallery --systems mosaic,clean --iterations 20
"""

import argparse
import shutil
import sys
from html import escape
from pathlib import Path

from . import documents
from .site import Site
from .sounds import Reduction, pairs, write_pair


def number(kind):
    """Of an option that may be empty."""
    return lambda text: kind(text) if text else None


def main() -> None:
    parser = argparse.ArgumentParser(prog="gallery", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, required=True, help="the program wavestyle")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the site; runs are kept in OUT-runs")
    parser.add_argument("--systems", required=True, help="presets, as of wavestyle compare; the front page plays the first")
    parser.add_argument("--iterations", type=number(int), help="of every system that has any (default: each one's own)")
    parser.add_argument("--seconds", type=number(float), help="of each sound (default: all)")
    parser.add_argument("--jobs", type=int, default=1, help="transfers at a time (default: 1)")
    arguments = parser.parse_args()
    reduction = Reduction(arguments.systems, arguments.iterations, arguments.seconds, arguments.jobs)

    site = Site(arguments.out)
    for folder in ("sounds", documents.FOLDER):
        shutil.rmtree(site.folder / folder, ignore_errors=True)
    written = documents.write_documents(site)
    runs = arguments.out.with_name(arguments.out.name + "-runs")
    sounds = ""
    for pair in pairs():
        print(pair.name, file=sys.stderr, flush=True)
        sounds += write_pair(site, pair, arguments.program, runs, reduction)

    if site.has_reference:
        (site.folder / "api/theme-settings.json").write_text("{}\n")  # DocC's application asks for it, and does without.
    readme = written[0]
    reference = """
<section id="api"><h2>API</h2>
<p><a href="api/documentation/wavestylekit/">The reference of WavestyleKit</a>, the library in Swift. It is an application that needs a
server: <code>python3 -m http.server 8000</code> in this folder, then <code>http://localhost:8000</code>. All other pages also open as files.</p>
</section>"""
    site.write("index.html", "wavestyle: gallery", f"""<header><h1>{escape(readme.title)}</h1>
<p>{escape(readme.summary)}</p>
<p><a href="{readme.page}">Install and use it</a></p></header>
<main>
<section id="sounds"><h2>Sounds</h2>
<p>Content, style, and the result of <code>{escape(reduction.systems.split(",")[0])}</code>, at one loudness; each pair's page plays all systems in sync, with figures.
{escape(reduction.remark)}</p>
{sounds}</section>
<section id="documents"><h2>Documents</h2>
{documents.index(written[1:])}
</section>{reference if site.has_reference else ""}
</main>""")
    print(site.folder / "index.html")


if __name__ == "__main__":
    main()
