#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Kills runs by SIGKILL at random moments, continues them, and compares what comes out with runs that nobody killed.

After each kill: once there was a checkpoint there is a whole one, and what it counts as done is on disk, the trace's lines and the
snapshots. At the end: the same bytes. Only Python's standard library is used.

    Tools/faults/kills.py --program .build/release/wavestyle --kills 200
"""

import argparse
import hashlib
import json
import math
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path

SNAPSHOTS = [2, 9]
ITERATIONS = 12


def runs(weights):
    """Options by name: backends, variables, optimisers, forms of a run."""
    encoder, spectra = ["--weights", weights], ["--filters", "16", "--phase-iterations", "20"]
    return {
        "gram, Adam": ["--loss", "gram", "--layers", "relu1", *encoder],
        "l2, L-BFGS-B": ["--loss", "l2", "--layers", "relu1", "--optimizer", "lbfgsb", *encoder],
        "kl, half precision": ["--loss", "kl", "--layers", "relu1", "--precision", "mixed", *encoder],
        "clean": ["--preset", "clean", *encoder],
        "clean, two channels, best": ["--preset", "clean", "--channels", "each", "--keep", "best:loss", *encoder],
        "clean, Adam, measured": [
            "--preset", "clean", "--optimizer", "adam", "--keep", "best:style-distance", "--every", "3", *encoder],
        "mital-encoder": ["--preset", "mital-encoder", *encoder],
        "stft": ["--backend", "stft", *spectra],
        "stft, Adam": ["--backend", "stft", "--optimizer", "adam", *spectra],
        "clean-stft": ["--preset", "clean-stft", "--filters", "16"],
    }


def tone(path, hertz, seconds, channels=2, rate=16000):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels), file.setsampwidth(2), file.setframerate(rate)
        for t in range(int(seconds * rate)):
            value = int(12000 * math.sin(2 * math.pi * hertz * t / rate) + 2000 * math.sin(7.3 * t))
            file.writeframes(struct.pack("<h", value) * channels)


def checkpoint(path):
    """What a checkpoint says, nothing where it is not whole."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    if not data.startswith(b"wavestyle checkpoint 1\n"):
        return None
    if hashlib.sha256(data[:-65]).hexdigest().encode() + b"\n" != data[-65:]:
        return None
    start = data.index(b"\n", 23) + 1
    return json.loads(data[start : start + int(data[23 : start - 1])])


class Killer:
    def __init__(self, program, seed):
        self.program, self.random, self.kills, self.problems = program, random.Random(seed), 0, []

    def start(self, words, folder, longest=None):
        """Runs to the end, or to a kill after a random time. True at the end."""
        with open(folder / "errors", "wb") as errors:
            process = subprocess.Popen(
                [self.program, *words], cwd=folder, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True)
            if longest is not None:
                try:
                    process.wait(self.random.uniform(0.02, longest))
                except subprocess.TimeoutExpired:
                    process.kill()
                    self.kills += 1
            status = process.wait()
        if status not in (0, -9):
            sys.exit(f"{words} ended with {status}: {(folder / 'errors').read_text()}")
        return status == 0

    def problem(self, name, what):
        self.problems.append(f"{name}: {what}")
        print(f"  PROBLEM {name}: {what}", flush=True)

    def check(self, name, folder, output, known):
        """Looks at what a kill left. Returns whether there is a checkpoint."""
        pair = [folder / f"{output}.checkpoint", folder / f"{output}.checkpoint.old"]
        found = next((c for c in map(checkpoint, pair) if c), None)
        if found is None:
            if known and not (folder / f"{output}.json").exists():
                self.problem(name, "no whole checkpoint after the first")
            return False
        lines = found["progress"]["trace"].count("\n")
        there = (folder / Path(output).with_suffix(".jsonl")).read_text().count("\n")
        if there < lines:
            self.problem(name, f"the trace has {there} lines, the checkpoint {lines}")
        for snapshot in found["progress"]["written"]:
            file = folder / snapshot["file"]["path"]
            if hashlib.sha256(file.read_bytes()).hexdigest() != snapshot["file"]["sha256"]:
                self.problem(name, f"{file.name} is not whole")
        return True

    def transfer(self, name, options, folder):
        common = ["--content", "content.wav", "--style", "style.wav", "--threads", "2", "--iterations", str(ITERATIONS),
                  "--snapshots", ",".join(map(str, SNAPSHOTS)), "--checkpoint-every", "0", *options]

        def words(output):
            return [*common, "--output", f"{output}.wav", "--trace", f"{output}.jsonl"]

        begin = time.monotonic()
        self.start(words("whole"), folder)
        longest = 1.2 * (time.monotonic() - begin)
        known, ended = False, False
        for _ in range(40):
            known = self.check(name, folder, "broken.wav", known) or known
            # Killed between its last file and its end.
            ended = known and not list(folder.glob("broken.wav.checkpoint*"))
            if ended:
                break
            ended = self.start(["resume", "broken.wav"] if known else words("broken"), folder, longest)
            if ended:
                break
        if not ended:
            self.start(["resume", "broken.wav"] if known else words("broken"), folder)
        for end in [".wav"] + [f".iteration{number}.wav" for number in SNAPSHOTS]:
            if (folder / f"whole{end}").read_bytes() != (folder / f"broken{end}").read_bytes():
                self.problem(name, f"broken{end} differs")
        losses = [[json.loads(line).get("loss") for line in (folder / f"{run}.jsonl").read_text().splitlines()]
                  for run in ("whole", "broken")]
        if losses[0] != losses[1]:
            self.problem(name, "the traces differ")
        if left := list(folder.glob("broken*checkpoint*")):
            self.problem(name, f"{left} is left")

    def many(self, name, words, folder):
        """A command that fills a folder: begun, killed, continued by `resume`."""
        begin = time.monotonic()
        self.start([*words, "--output", "whole"], folder)
        longest = 1.2 * (time.monotonic() - begin)
        for _ in range(40):
            known = (folder / "broken/unfinished.checkpoint").exists()
            if self.start(["resume", "broken"] if known else [*words, "--output", "broken"], folder, longest):
                break
        else:
            self.start(["resume", "broken"], folder)
        # A child that has lost its parent stops by itself.
        time.sleep(0.5)
        for file in sorted((folder / "whole").glob("*.wav")):
            if file.read_bytes() != (folder / "broken" / file.name).read_bytes():
                self.problem(name, f"{file.name} differs")
        if left := list((folder / "broken").glob("*checkpoint*")):
            self.problem(name, f"{left} is left")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--weights", default=str(Path("Tests/Fixtures/nsynth-tiny/weights.h5").absolute()))
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    killer = Killer(str(Path(arguments.program).absolute()), arguments.seed)
    while killer.kills < arguments.kills:
        for name, options in runs(arguments.weights).items():
            folder = Path(tempfile.mkdtemp(prefix="wavestyle-kills-"))
            tone(folder / "content.wav", 220, 0.5), tone(folder / "style.wav", 660, 0.5)
            killer.transfer(name, options, folder)
            shutil.rmtree(folder)
            print(f"{killer.kills} kills  {name}", flush=True)
        folder = Path(tempfile.mkdtemp(prefix="wavestyle-kills-"))
        for place, hertz in [("contents", 220), ("styles", 660)]:
            (folder / place).mkdir()
            for number in (1, 2):
                tone(folder / place / f"{number}.wav", hertz * number, 0.3)
        method = ["--preset", "clean", "--weights", arguments.weights, "--iterations", "8", "--threads", "2"]
        killer.many("batch", ["batch", "--contents", "contents", "--styles", "styles", *method,
                              "--checkpoint-every", "0"], folder)
        print(f"{killer.kills} kills  batch", flush=True)
        killer.many("compare", ["compare", "--content", "contents/1.wav", "--style", "styles/1.wav", "--systems",
                                "clean,mosaic", "--weights", arguments.weights, "--iterations", "8", "--threads", "2", "--checkpoint-every", "0"],
                    folder)
        print(f"{killer.kills} kills  compare", flush=True)
        shutil.rmtree(folder)
    print(f"{killer.kills} kills, {len(killer.problems)} problems")
    sys.exit(1 if killer.problems else 0)


if __name__ == "__main__":
    main()
