# SPDX-License-Identifier: Apache-2.0
"""Lists of pairs: a content, a style, another excerpt of the style, and what kind of sounds they are."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LISTS = Path(__file__).parent / "pairs"


@dataclass(frozen=True)
class Pair:
    name: str
    folder: Path
    kind: str = ""
    description: str = ""
    speech: bool = False  # the content is speech: its words count
    voice: bool = False  # the style is a voice: a speaker encoder judges it
    tonal: bool = False  # the content has a melody or chords: its pitch counts in the tables

    @property
    def content(self) -> Path:
        return self.folder / "content.wav"

    @property
    def style(self) -> Path:
        return self.folder / "style.wav"

    @property
    def style2(self) -> Path | None:
        path = self.folder / "style2.wav"
        return path if path.exists() else None


def path_of(name: str) -> Path:
    """The name of a list of this folder; anything else is a path."""
    return LISTS / f"{name}.json" if (LISTS / f"{name}.json").exists() else Path(name)


def load(list_path: Path, sounds: Path) -> list[Pair]:
    """The pairs of a list, after their sounds have been made below `sounds`."""
    entries = json.loads(list_path.read_text())["pairs"]
    missing = [e["name"] for e in entries if not all((sounds / e["name"] / f"{r}.wav").exists() for r in ("content", "style", "style2") if r in e)]
    if missing:
        packages = sounds.parent.parent / "packages"
        subprocess.run([sys.executable, LISTS / "fetch.py", list_path, sounds, "--packages", packages], check=True)
    flags = ("kind", "description", "speech", "voice", "tonal")
    return [Pair(e["name"], sounds / e["name"], **{k: e[k] for k in flags if k in e}) for e in entries]
