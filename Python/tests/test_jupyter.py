# SPDX-License-Identifier: Apache-2.0
"""What Jupyter shows, and the example notebook."""

from __future__ import annotations

import base64
import io
import json
import re
import struct
import subprocess
import sys
import wave
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import wavestyle
from conftest import RATE, ROOT, tone
from wavestyle._html import png, spectrogram


def test_a_result_is_shown(voice: Any, flute: Any) -> None:
    result = wavestyle.transfer(voice, flute, RATE, loss="gram", layers="relu1:1-2", iterations=3)
    shown = ElementTree.fromstring(result._repr_html_().replace("controls", 'controls=""').replace("<br>", "<br/>").replace("0\" alt", '0" alt')
                                   .replace('80 dB"><br/>', '80 dB"/><br/>'))  # fmt: skip
    audio, picture, curves = shown.find("audio"), shown.find("img"), shown.find("svg")
    assert audio is not None and picture is not None and curves is not None
    kind, _, content = audio.attrib["src"].partition(",")
    with wave.open(io.BytesIO(base64.b64decode(content))) as sound:
        assert kind == "data:audio/wav;base64"
        assert (sound.getframerate(), sound.getnframes(), sound.getnchannels()) == (16_000, len(result.samples), 1)
        played = np.frombuffer(sound.readframes(sound.getnframes()), "<i2") / 32_768
    assert np.abs(played - np.clip(result.samples, -1, 1)).max() <= 1 / 32_768
    labels = [text.text for text in curves.iter("text")]
    assert {"loss", "style", "content", "3 iterations"} <= set(labels)
    line = next(curves.iter("polyline")).attrib["points"].split()
    # Every point is within the picture.
    assert len(line) == 4 and all(0 <= float(part) <= 640 for point in line for part in point.split(","))


def test_a_mosaic_is_shown_without_losses(voice: Any, flute: Any) -> None:
    shown = wavestyle.transfer(np.stack([voice, voice], axis=1), flute, RATE)._repr_html_()
    assert "<audio" in shown and "<img" in shown and "<svg" not in shown


def test_the_picture_is_a_png() -> None:
    levels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    file = png(levels)
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    position, chunks = 8, {}
    while position < len(file):
        size, name = struct.unpack_from(">I4s", file, position)
        data = file[position + 8 : position + 8 + size]
        assert struct.unpack_from(">I", file, position + 8 + size)[0] == zlib.crc32(name + data)
        chunks[name] = data
        position += 12 + size
    assert list(chunks) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"] and len(chunks[b"PLTE"]) == 768
    assert struct.unpack(">IIBBBBB", chunks[b"IHDR"]) == (4, 3, 8, 3, 0, 0, 0)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(3, 5)
    assert (rows[:, 0] == 0).all() and (rows[:, 1:] == levels).all()


@pytest.mark.parametrize("pitch", [1_000, 9_000])
def test_a_tone_is_a_line_at_its_frequency(pitch: int) -> None:
    samples = np.sin(2 * np.pi * pitch * np.arange(RATE) / RATE).astype(np.float32)
    levels = spectrogram(samples)
    middle = levels[:, levels.shape[1] // 2]
    # The highest frequency comes first.
    loudest = (len(middle) - 1 - int(middle.argmax())) * RATE / 1_024
    assert abs(loudest - pitch) <= RATE / 1_024 and middle.max() >= 250
    assert (spectrogram(np.zeros(100, np.float32)) == 0).all()


def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    notebook = ROOT / "Python" / "examples" / "transfer.ipynb"
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--stdout", str(notebook)]
    ended = subprocess.run(command, check=True, capture_output=True)
    outputs = [output for cell in json.loads(ended.stdout)["cells"] for output in cell.get("outputs", [])]
    pages = ["".join(output["data"]["text/html"]) for output in outputs if "text/html" in output.get("data", {})]
    assert len(pages) == 2 and all("<audio" in page and "image/png" in page for page in pages)
    assert [("<svg" in page) for page in pages] == [False, True]
    # It is stored without outputs.
    assert not re.search(r'"outputs": \[\s*\{', notebook.read_text())


def test_the_text_of_a_result() -> None:
    result = wavestyle.Result(tone(220, 0.5), RATE, {}, {})
    assert repr(result) == "Result(0.50 s, shape (22050,), 44100 Hz)" and result.duration == 0.5
