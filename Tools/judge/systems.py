# SPDX-License-Identifier: Apache-2.0
"""Systems under judgement: presets of wavestyle, command lines of it, and baselines."""

import json
import os
import shlex
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import librosa
import soundfile

from .baselines import BASELINES, RATE, finished
from .pair_list import Pair

BASELINE = "baseline:"


@dataclass(frozen=True)
class System:
    name: str
    arguments: tuple[str, ...]  # of the command line; of a baseline, its name

    @property
    def is_baseline(self) -> bool:
        return self.name.startswith(BASELINE)

    @property
    def file_name(self) -> str:
        """The name without what a relative link or a file system could misread."""
        return "".join(c if c.isalnum() or c in "-_.+" else "-" for c in self.name)


@dataclass
class Output:
    """What a system made of a pair: a sound, or the reason why there is none."""

    arguments: list[str]
    seconds: float = 0.0  # of wall-clock time
    error: str | None = None


def parsed(text: str) -> list[System]:
    """`clean,fast='--preset clean --iterations 20',baseline:mix`: names separated by commas, which quotes protect."""
    splitter = shlex.shlex(text, posix=True)
    splitter.whitespace, splitter.whitespace_split, splitter.commenters = ",", True, ""
    systems = []
    for part in splitter:
        name, equals, arguments = (piece.strip() for piece in part.partition("="))
        if not name:
            continue
        if name.startswith(BASELINE):
            known = name.removeprefix(BASELINE)
            if known not in BASELINES:
                raise SystemExit(f"{name} is not a baseline. Baselines: {', '.join(BASELINES)}")
            systems.append(System(name, (known,)))
        else:
            systems.append(System(name, tuple(shlex.split(arguments)) if equals else ("--preset", name)))
    for key in ("name", "file_name"):
        values = [getattr(system, key) for system in systems]
        twice = {value for value in values if values.count(value) > 1}
        if twice:
            raise SystemExit(f"Several systems are named {', '.join(sorted(twice))}")
    return systems


def output_path(pair: Pair, system: System) -> Path:
    return pair.folder / f"{system.file_name}.wav"


def record_path(pair: Pair, system: System) -> Path:
    return pair.folder / f"{system.file_name}.run.json"


def output(pair: Pair, system: System, program: Path) -> Output:
    """Makes the system's output for a pair, unless it is there from the same arguments. A failure is tried again."""
    sound, record = output_path(pair, system), record_path(pair, system)
    if record.exists() and sound.exists():
        kept = Output(**json.loads(record.read_text()))
        if kept.arguments == list(system.arguments) and kept.error is None:
            return kept
    sound.unlink(missing_ok=True)
    partial = pair.folder / f"{system.file_name}.partial.wav"
    seconds, error = _baseline(pair, system, partial) if system.is_baseline else _transfer(pair, system, partial, program)
    result = Output(list(system.arguments), round(seconds, 3), error)
    if error is None:
        partial.rename(sound)
    else:
        partial.unlink(missing_ok=True)
    record.write_text(json.dumps(asdict(result), indent=1) + "\n")
    return result


def _baseline(pair: Pair, system: System, path: Path) -> tuple[float, str | None]:
    content, style = (librosa.load(p, sr=RATE, mono=True)[0].astype("float64") for p in (pair.content, pair.style))
    make = BASELINES[system.arguments[0]]
    make(content[:RATE], style[:RATE])  # what is compiled on first use is not timed
    start = time.perf_counter()
    samples = finished(make(content, style), content)
    seconds = time.perf_counter() - start
    soundfile.write(path, samples, RATE, subtype="PCM_16")
    return seconds, None


def _transfer(pair: Pair, system: System, path: Path, program: Path) -> tuple[float, str | None]:
    command = [program, *system.arguments, "--content", pair.content, "--style", pair.style, "--output", path, "--threads", "1", "--quiet"]
    start = time.perf_counter()
    done = subprocess.run(command, env=os.environ | {"OPENBLAS_NUM_THREADS": "1"}, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    Path(f"{path}.json").unlink(missing_ok=True)
    if done.returncode == 0 and path.exists():
        return seconds, None
    return seconds, (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").splitlines()[-1]
