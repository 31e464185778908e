# SPDX-License-Identifier: Apache-2.0
"""Transfers: the same as by the command line, in every form that sounds can have."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import pytest
import wavestyle
from conftest import RATE, ROOT, tone
from wavestyle._sounds import samples_of, wav

JOBS: List[Dict[str, Any]] = [
    {"preset": "mosaic", "ground": 0.5},
    {"preset": "clean", "iterations": 2, "layers": "relu1:1-2"},
    {"loss": "gram", "layers": "relu1", "iterations": 2},
]


def write(path: Path, samples: Any, rate: int = RATE) -> str:
    path.write_bytes(b"".join(wav(np.ascontiguousarray(samples, "<f4"), rate)))
    return str(path)


@pytest.mark.parametrize("settings", JOBS, ids=["mosaic", "clean", "gram"])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_are_the_command_lines(channels: int, settings: Dict[str, Any], voice: Any, flute: Any, tmp_path: Path) -> None:
    """Byte for byte, with the same number of threads."""
    voice = np.stack([voice, tone(250, seed=5)][:channels], axis=1)
    words = [f"--{name}={value}" for name, value in settings.items()]
    sounds = [f"--content={write(tmp_path / 'a.wav', voice)}", f"--style={write(tmp_path / 'b.wav', flute)}"]
    output = tmp_path / "out.wav"
    command = [wavestyle.program(), *sounds, *words, "--threads=2", "--sample-format=float32", f"--output={output}"]
    subprocess.run(command, check=True, capture_output=True)
    expected, rate = samples_of(output.read_bytes())
    result = wavestyle.transfer(voice, flute, RATE, threads=2, **settings)
    assert (result.sample_rate, result.samples.dtype, result.samples.shape) == (rate, np.float32, expected.shape)
    assert result.samples.tobytes() == expected.tobytes()
    # Paths give the same as arrays.
    again = wavestyle.transfer(tmp_path / "a.wav", str(tmp_path / "b.wav"), threads=2, **settings)
    assert again.samples.tobytes() == expected.tobytes()


def test_nothing_is_rounded_to_16_bits(voice: Any, flute: Any) -> None:
    result = wavestyle.transfer(voice, flute, RATE, loudness="keep")
    steps = result.samples * 32_768
    assert np.abs(steps - np.rint(steps)).max() > 0.1


def test_record_and_losses(voice: Any, flute: Any) -> None:
    result = wavestyle.transfer(voice, flute, RATE, loss="gram", layers="relu1:1-2", iterations=3, alpha=0.5)
    assert result.record["program"] == "wavestyle"
    assert result.record["content"]["sampleRate"] == RATE
    assert result.record["results"][0]["reached"] == 3
    losses = result.losses
    assert list(losses["iteration"]) == [0, 1, 2, 3]
    # The terms of the trace are not weighted yet.
    assert np.allclose(losses["loss"], losses["style"] + 0.5 * losses["content"], rtol=1e-5)
    assert result.record["results"][0]["last"]["loss"] == pytest.approx(losses["loss"][3])
    assert wavestyle.transfer(voice, flute, RATE).losses == {}


def test_losses_of_channels(voice: Any, flute: Any) -> None:
    stereo = np.stack([voice, tone(250, seed=5)], axis=1)
    result = wavestyle.transfer(stereo, flute, RATE, "clean", layers="relu1:1", iterations=2)
    assert result.samples.shape == stereo.shape
    assert result.losses["loss"].shape == (2, 3)


@pytest.mark.parametrize("settings", [{}, {"loss": "gram", "layers": "relu1:1", "iterations": 2}], ids=["mosaic", "gram"])
def test_progress(settings: Dict[str, Any], voice: Any, flute: Any) -> None:
    told: List[wavestyle.Progress] = []
    wavestyle.transfer(voice, flute, RATE, progress=told.append, **settings)
    assert len(told) >= 3
    fractions = [how.fraction for how in told]
    assert all(0 <= fraction <= 1 for fraction in fractions)
    if settings:
        assert [(how.stage, how.iteration, how.of) for how in told] == [("iterations", i, 2) for i in range(3)]
        assert fractions == [0, 0.5, 1]
        assert all(how.loss is not None and how.loss > 0 for how in told)
    else:
        assert fractions == sorted(fractions)


def test_what_progress_raises_ends_it(voice: Any, flute: Any) -> None:
    def fail(how: wavestyle.Progress) -> None:
        raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        wavestyle.transfer(voice, flute, RATE, loss="gram", iterations=10_000, progress=fail)


def test_forms_of_arrays(voice: Any, flute: Any) -> None:
    """float64, a view that is not contiguous, and one column are the same sound."""
    expected = wavestyle.transfer(voice, flute, RATE)
    strided = np.repeat(voice, 2)[::2]
    assert not strided.flags.c_contiguous
    for form in (voice.astype(np.float64), strided, voice[:, None]):
        result = wavestyle.transfer(form, flute, RATE)
        assert result.samples.shape == form.shape
        assert result.samples.ravel().tobytes() == expected.samples.tobytes()


def test_rates_of_content_and_style(voice: Any) -> None:
    style = tone(330, rate=22_050)
    result = wavestyle.transfer(voice, style, (RATE, 22_050))
    assert result.sample_rate == RATE
    assert result.record["styles"][0]["sound"]["sampleRate"] == 22_050


def test_several_styles(voice: Any, flute: Any) -> None:
    settings = {"loss": "gram", "layers": "relu1:1", "iterations": 1}
    result = wavestyle.transfer(voice, [(flute, 0.7), (tone(500, seed=7), 0.3)], RATE, **settings)
    assert [style["weight"] for style in result.record["styles"]] == [0.7, 0.3]
    one = wavestyle.transfer(voice, (flute, 2), RATE, **settings)
    assert [style["weight"] for style in one.record["styles"]] == [2]


def test_flags_and_numbers(voice: Any, flute: Any) -> None:
    result = wavestyle.transfer(
        voice, flute, RATE, "clean", layers=["relu1:1", "relu1:2"], iterations=np.int64(1), alpha=np.float32(0.25), seed=None,
        strict=False, no_tags=True,
    )  # fmt: skip
    words = result.record["arguments"]
    assert "--layers=relu1:1,relu1:2" in words and "--alpha=0.25" in words and "--iterations=1" in words
    assert "--no-tags" in words and not any("seed" in word or "strict" in word for word in words)


@pytest.mark.filterwarnings("error::wavestyle.TransferWarning")
def test_warnings_are_pythons(voice: Any, flute: Any) -> None:
    with pytest.raises(wavestyle.TransferWarning, match="content: .*over full scale"):
        wavestyle.transfer(4 * voice, flute, RATE)


def test_save(voice: Any, flute: Any, tmp_path: Path) -> None:
    result = wavestyle.transfer(np.stack([voice, voice], axis=1), flute, RATE)
    result.save(tmp_path / "out.wav")
    samples, rate = samples_of((tmp_path / "out.wav").read_bytes())
    assert rate == RATE and samples.tobytes() == result.samples.tobytes()
    with pytest.raises(ValueError, match=r"\.wav"):
        result.save(tmp_path / "out.mp3")


def test_evaluate(voice: Any, flute: Any, tmp_path: Path) -> None:
    result = wavestyle.transfer(voice, flute, RATE)
    path = write(tmp_path / "out.wav", result.samples)
    table = wavestyle.evaluate(voice, flute, [result, path, voice], RATE, metrics=["flatness", "style-distance"])
    assert [output["name"] for output in table["outputs"]] == ["output 1", "out", "output 3"]
    first, second, third = [output["scores"] for output in table["outputs"]]
    assert set(first) == {"flatness", "style-distance"}
    assert first == second != third
    assert third["flatness"] == table["content"]["scores"]["flatness"]


def test_presets() -> None:
    names = [preset["name"] for preset in wavestyle.presets()]
    assert {"mosaic", "clean", "ulyanov"} <= set(names)
    assert wavestyle.presets("ulyanov")[0]["settings"]["backend"] == "stft"
    with pytest.raises(wavestyle.UsageError, match="nonsense"):
        wavestyle.presets("nonsense")


def test_version() -> None:
    line = (ROOT / "Sources" / "wavestyle" / "Wavestyle.swift").read_text()
    assert f'static let version = "{wavestyle.version()}"' in line
