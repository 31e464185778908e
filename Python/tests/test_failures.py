# SPDX-License-Identifier: Apache-2.0
"""What goes wrong: a clear exception, and nothing that is left."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Type

import numpy as np
import pytest
import wavestyle
from conftest import RATE, TINY, tone
from wavestyle._errors import error_of_end
from wavestyle._program import Child


@pytest.mark.parametrize(
    ("samples", "error", "message"),
    [
        (np.zeros(9, np.int16), TypeError, r"content is an array of int16: .* \(divide by 32768\)"),
        (np.zeros(9, complex), TypeError, "content is an array of complex128"),
        ([0.5, 0.25], TypeError, "content is a list"),
        (np.zeros((2, 3, 4)), ValueError, r"content has the shape \(2, 3, 4\): give \[frames\] or \[frames, channels\]"),
        (np.zeros((2, 44_100)), ValueError, r"\(2, 44100\), so 44100 channels: give \[frames, channels\]"),
        (np.zeros(0), ValueError, r"content has the shape \(0,\)"),
        (np.array([0.1, 0.2, np.nan]), ValueError, "content has a NaN, .* in frame 2"),
        (np.array([[0.1, 0.2], [1e300, 0]]), ValueError, "content has a NaN, .* in frame 1"),
    ],
)
def test_arrays_that_are_no_sounds(samples: Any, error: Type[Exception], message: str, flute: Any) -> None:
    with pytest.raises(error, match=message):
        wavestyle.transfer(samples, flute, RATE)


@pytest.mark.parametrize(
    ("rate", "error", "message"),
    [
        (None, TypeError, "content is an array: give sample_rate"),
        (44_100.5, ValueError, "sample rate of content is 44100.5"),
        (10, ValueError, "sample rate of content is 10"),
        ((RATE,), ValueError, "sample_rate has 1 rates"),
    ],
)
def test_rates_that_are_none(rate: Any, error: Type[Exception], message: str, voice: Any, flute: Any) -> None:
    with pytest.raises(error, match=message):
        wavestyle.transfer(voice, flute, rate)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"output": "a.wav"}, "no setting 'output': the result is"),
        ({"trace": "a.jsonl"}, "no setting 'trace': see the result's losses"),
        ({"mode": "all"}, "one result"),
        ({"alpha": object()}, "the setting 'alpha' is a object"),
    ],
)
def test_settings_that_are_not_the_functions(settings: Any, message: str, voice: Any, flute: Any) -> None:
    with pytest.raises(TypeError, match=message):
        wavestyle.transfer(voice, flute, RATE, **settings)


def test_usage(voice: Any, flute: Any) -> None:
    with pytest.raises(wavestyle.UsageError) as caught:
        wavestyle.transfer(voice, flute, RATE, nonsense=1)
    assert (caught.value.code, caught.value.remedy) == (64, "see --help")
    assert "--nonsense" in caught.value.why
    with pytest.raises(wavestyle.UsageError) as caught:
        wavestyle.transfer(voice, flute, RATE, loss="gram", layers="relu9")
    assert (caught.value.what, caught.value.where) == ("cannot use", "--layers relu9")
    assert caught.value.why.startswith("there is no layer 'relu9'") and caught.value.remedy is None
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, wavestyle.Error)


def test_silence_is_refused_with_the_programs_reason(voice: Any) -> None:
    with pytest.raises(wavestyle.BadDataError) as caught:
        wavestyle.transfer(voice, np.zeros(RATE), RATE)
    assert caught.value.code == 65 and caught.value.where == "style"
    assert (caught.value.why, caught.value.remedy) == ("it is silent", "give another style")
    assert str(caught.value) == "cannot transfer the style 'style': it is silent; give another style"


def test_a_file_that_does_not_exist(flute: Any, tmp_path: Path) -> None:
    with pytest.raises(wavestyle.InputError) as caught:
        wavestyle.transfer(tmp_path / "none.wav", flute, RATE)
    assert caught.value.code == 66 and caught.value.where == str(tmp_path / "none.wav")


def test_a_name_that_is_not_utf8(voice: Any, flute: Any, tmp_path: Path) -> None:
    with pytest.raises(wavestyle.InputError, match=r"\\xff"):
        wavestyle.transfer(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.wav"), flute, RATE)


def test_what_cannot_be_created(tmp_path: Path) -> None:
    with pytest.raises(wavestyle.CannotCreateError) as caught, Child(["--output", str(tmp_path / "none" / "a.wav")]) as child:
        child.finish()
    assert caught.value.code == 73 and "none" in caught.value.why


def test_a_full_disk(tmp_path: Path) -> None:
    """`/dev/full` is a device on which nothing has room."""
    with pytest.raises(wavestyle.InputOutputError) as caught, Child(["--output=/dev/full"]) as child:
        child.finish()
    assert caught.value.code == 74 and caught.value.why == "No space left on device"


def test_a_fault_of_the_program() -> None:
    assert isinstance(error_of_end(70, "", {}), wavestyle.SoftwareError)
    assert isinstance(error_of_end(70, '{"code":70,"what":"a","where":null,"why":"b","remedy":null}', {}), wavestyle.SoftwareError)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_crash_is_an_exception(number: signal.Signals, voice: Any, flute: Any) -> None:
    """The child is killed once it has begun: the interpreter lives, and the next transfer runs."""

    def kill(_: wavestyle.Progress) -> None:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if f"PPid:\t{os.getpid()}\n" in (process / "status").read_text():
                    os.kill(int(process.name), number)
            except (FileNotFoundError, ProcessLookupError):
                continue

    with pytest.raises(wavestyle.SoftwareError, match=number.name) as caught:
        wavestyle.transfer(voice, flute, RATE, loss="gram", iterations=10_000, progress=kill)
    assert caught.value.code == 70
    assert len(wavestyle.transfer(voice, flute, RATE).samples) == len(voice)


INTERRUPTED = """
import sys, wavestyle
sys.path.insert(0, sys.argv[1])
from conftest import tone
def say(how): print("running", flush=True)
try:
    wavestyle.transfer(tone(220, 1), tone(330, 1), 44100, progress=say, {settings})
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("settings", ["loss='gram', iterations=10000", "preset='clean', iterations=10000"])
@pytest.mark.parametrize("to_group", [False, True], ids=["kill", "terminal"])
def test_ctrl_c(settings: str, to_group: bool, tmp_path: Path) -> None:
    """KeyboardInterrupt is raised, and the child is gone: to one process, as Jupyter does, and to its group, as a terminal does."""
    script = tmp_path / "script.py"
    script.write_text(INTERRUPTED.replace("{settings}", settings))
    command = [sys.executable, str(script), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "running\n"
        children = [int(child) for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
        assert len(children) == 1
        (os.killpg if to_group else os.kill)(process.pid, signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(60) == 0
    assert rest.splitlines()[-1] == "interrupted"
    assert not Path(f"/proc/{children[0]}").exists()


def test_errors_can_be_pickled() -> None:
    error = wavestyle.BadDataError("cannot use", "a.wav", "it is silent", "give another", 65)
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.remedy, copy.code) == (type(error), str(error), "give another", 65)


def test_no_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WAVESTYLE_PROGRAM", str(tmp_path / "none"))
    with pytest.raises(wavestyle.InputError, match="WAVESTYLE_PROGRAM"):
        wavestyle.presets()
    (tmp_path / "wavestyle").write_text("no program\n")
    monkeypatch.delenv("WAVESTYLE_PROGRAM")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(wavestyle.InputError, match="cannot find 'wavestyle'"):
        wavestyle.presets()


def test_errors_of_other_commands(voice: Any, flute: Any) -> None:
    with pytest.raises(wavestyle.UsageError, match="nonsense"):
        wavestyle.evaluate(voice, flute, voice, RATE, metrics="nonsense")
    with pytest.raises(wavestyle.InputError, match="none.h5"):
        wavestyle.Encoder("none.h5")
    with pytest.raises(wavestyle.BadDataError):
        wavestyle.Encoder(TINY / "golden.h5")
