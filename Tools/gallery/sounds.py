# SPDX-License-Identifier: Apache-2.0
"""Pairs of sounds under every system: the pages of `wavestyle compare`."""

import base64
import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from pathlib import Path

from .site import REPOSITORY, Site

PAIRS = REPOSITORY / "Benchmarks/sounds/pairs.json"


@dataclass(frozen=True)
class Pair:
    name: str
    description: str
    content: Path | None = None  # None for the program's own pair
    style: Path | None = None

    @property
    def page(self) -> str:
        return f"sounds/{self.name}/index.html"


@dataclass(frozen=True)
class Reduction:
    """What makes a comparison short."""
    systems: str
    iterations: int | None
    seconds: float | None
    jobs: int

    @property
    def arguments(self) -> list[str]:
        options = {"--systems": self.systems, "--iterations": self.iterations, "--duration": self.seconds,
                   "--style-duration": self.seconds, "--jobs": self.jobs}
        return [f"{option}={value}" for option, value in options.items() if value is not None]

    @property
    def remark(self) -> str:
        parts = ([f"{self.iterations} iterations of every system that has any"] if self.iterations else []) + (
            [f"the first {self.seconds:g} s of each sound"] if self.seconds else [])
        whole = " Whole runs have 75 to 600 iterations." if self.iterations else ""
        return f"Reduced to {' and to '.join(parts)}.{whole}" if parts else ""


def pairs() -> list[Pair]:
    listed = json.loads(PAIRS.read_text())["pairs"]
    own = Pair("voice-flute", "A voice in the style of a flute's note: the program's bundled pair.")
    return [own] + [
        Pair(pair["name"], pair["description"], PAIRS.parent / pair["content"], PAIRS.parent / pair["style"]) for pair in listed]


@dataclass
class Player:
    """A sound of a page: its title, its picture and itself, as data URIs."""
    title: str = ""
    picture: str = ""
    sound: str = ""


@dataclass
class Players(HTMLParser):
    """The sounds of a page of the program, in its order."""
    found: list[Player] = field(default_factory=list)
    in_title: bool = False

    def __post_init__(self):
        super().__init__()

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "article" and values.get("class") == "sound":
            self.found.append(Player())
        elif tag == "h3":
            self.in_title = True
        elif tag == "img" and self.found and not self.found[-1].picture:
            self.found[-1].picture = values["src"]
        elif tag == "audio":
            self.found[-1].sound = values["src"]

    def handle_endtag(self, tag):
        self.in_title = self.in_title and tag != "h3"

    def handle_data(self, text):
        if self.in_title:
            self.found[-1].title += text


def write_pair(site: Site, pair: Pair, program: Path, runs: Path, reduction: Reduction) -> str:
    """Compares the systems on a pair, and writes its page; returns its part of the front page."""
    folder = runs / pair.name
    sounds = ["--content", str(pair.content), "--style", str(pair.style)] if pair.content else []
    ended = subprocess.run([str(program), "compare", *sounds, *reduction.arguments, "--output", str(folder), "--quiet"],
                           stdout=subprocess.DEVNULL)
    if ended.returncode != 0:
        sys.exit(f"wavestyle compare failed on {pair.name}, as it says above (exit code {ended.returncode})")
    html = (folder / "index.html").read_text()
    page = site.folder / pair.page
    page.parent.mkdir(parents=True, exist_ok=True)
    title = pair.description.removesuffix(".")
    lead = f"<p>{escape(reduction.remark)}</p>" if reduction.remark else ""
    for pattern, text in [("<title>.*?</title>", f"<title>{escape(title)}</title>"), ("<h1>.*?</h1>", f"<h1>{escape(title)}</h1>{lead}"),
                          ("<body>", f"<body>\n{site.navigation(pair.page)}")]:
        html, count = re.subn(pattern, lambda _: text, html, count=1)
        if not count:
            raise ValueError(f"{folder}/index.html has no {pattern}")
    page.write_text(html)
    return front(pair, title, html, page.parent)


def front(pair: Pair, title: str, html: str, folder: Path) -> str:
    """Content, style and the first system's result, taken out of the page, where all have one loudness."""
    parser = Players()
    parser.feed(html)
    cards = ""
    for name, player in zip(["content", "style", "result"], parser.found):
        for ending, uri in [("flac", player.sound), ("png", player.picture)]:
            (folder / f"{name}.{ending}").write_bytes(base64.b64decode(uri.split(",")[1]))
        place = f"sounds/{pair.name}/{name}"
        cards += (
            f'<article class="sound"><h4>{escape(player.title)}</h4>'
            f'<img src="{place}.png" alt="Spectrogram: {escape(player.title)}">'
            f'<audio controls preload="metadata" src="{place}.flac" aria-label="{escape(player.title)}: {escape(title)}"></audio></article>\n')
    count = len({player.title for player in parser.found}) - 2
    return (f'<div class="pair"><h3><a href="{pair.page}">{escape(title)}</a></h3>\n<div class="cards">{cards}</div>\n'
            f'<p><a href="{pair.page}">All {count} systems on this pair</a></p></div>\n')
