# SPDX-License-Identifier: Apache-2.0
"""A whole run on a list of one's own: what is written, what is kept, and what a failing system does."""

import csv
import json
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from judge import __main__ as command, systems, table

SOUNDS = Path(__file__).parents[3] / "Benchmarks" / "sounds"


def test_systems_are_presets_command_lines_and_baselines():
    parsed = systems.parsed("clean,fast='--preset clean --layers relu1:1,relu1:2',baseline:mix")
    assert [s.name for s in parsed] == ["clean", "fast", "baseline:mix"]
    assert parsed[0].arguments == ("--preset", "clean")
    assert parsed[1].arguments == ("--preset", "clean", "--layers", "relu1:1,relu1:2")
    assert parsed[2].is_baseline and parsed[2].file_name == "baseline-mix"
    for wrong in ("baseline:nothing", "clean,clean"):
        with pytest.raises(SystemExit):
            systems.parsed(wrong)


def test_intervals_are_those_of_means():
    # Of a normal distribution's mean: 1.96 deviations over the root of the number, to the bootstrap's own 2 % and what 12 values miss.
    values = [((13 * k) % 12 - 5.5) / 3.452 for k in range(12)]
    low, high = table.interval(values)
    assert low == pytest.approx(-1.96 / 12**0.5, abs=0.05) and high == pytest.approx(1.96 / 12**0.5, abs=0.05)
    assert table.interval([0.5] * 12) == (0.5, 0.5)


class Links(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found += [value for key, value in attributes if key in ("src", "href") and not value.startswith(("#", "data:"))]


def test_a_run_writes_everything_and_makes_nothing_twice(tmp_path: Path, monkeypatch):
    sources = {role: {"file": str(SOUNDS / f"{name}.flac"), "duration": 1.2}
               for role, name in (("content", "piano-phrase"), ("style", "rain"), ("style2", "rain"))}
    (tmp_path / "mine.json").write_text(json.dumps({"pairs": [{"name": "piano-rain", "kind": "melody", "tonal": True, **sources}]}))
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho 'the preset is unknown' >&2\nexit 64\n")
    program.chmod(0o755)
    arguments = ["judge", "--pairs", str(tmp_path / "mine.json"), "--systems", "wrong,baseline:mix,baseline:content",
                 "--out", str(tmp_path / "out"), "--program", str(program)]
    monkeypatch.setattr(sys, "argv", arguments)
    command.main()
    folder = tmp_path / "out" / "mine"

    rows = list(csv.DictReader((folder / "table.csv").open()))
    assert [row["system"] for row in rows] == ["wrong", "baseline:mix", "baseline:content"]
    assert rows[0]["error"] == "the preset is unknown" and rows[0]["style"] == ""
    # Not 1: an onset near the picker's threshold can get lost in 16 bits.
    assert float(rows[2]["content"]) == pytest.approx(1, abs=0.05)
    results = json.loads((folder / "results.json").read_text())
    assert results["means"]["wrong"]["style"] is None
    assert "wrong (1 failed)" in (folder / "table.md").read_text()

    page = (folder / "index.html").read_text()
    links = Links(page).found
    assert sum(link.endswith(".wav") for link in links) == 5
    for link in links:
        assert "//" not in link and ":" not in link and (folder / unquote(link)).exists()

    mix = folder / "sounds" / "piano-rain" / "baseline-mix.wav"
    before = mix.stat().st_mtime_ns
    command.main()
    assert mix.stat().st_mtime_ns == before
