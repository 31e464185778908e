#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times the modes of the mosaic beside the presets clean and ulyanov and the NumPy reference, in turn, on one thread each.

    measure.py --program .build/release/wavestyle --python .venv-mosaic/bin/python --folder .build/bench-mosaic

All figures are seconds for a second of the content. The program's are of whole commands; the reference's are without its imports
and its files. A ratio is the median of the rounds' ratios, peak memory the largest of the rounds'. The reference works at 16 kHz
only: at other rates the program is compared with that.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
# For each mode a content and a style that it is meant for: sounds of Benchmarks/sounds and of the program, repeated.
PAIRS = {
    "grains": (["voice", "speech-female", "speech-male"], ["electronic", "beatbox", "rain"]),
    "tonal": (["piano-phrase", "guitar-arpeggio", "band"], ["violin-phrase", "trumpet-phrase", "strings"]),
    "play": (["violin-phrase", "trumpet-phrase"], ["flute", "flute-note"]),
}
RATES = [16_000, 44_100]
SLOW = ["clean", "ulyanov"]


def environment():
    """Ours, but with one thread, and with the kernels that OpenBLAS chooses by itself."""
    result = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
    return result | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def run(command):
    """Runs a command: seconds, peak memory in MB, what it printed."""
    started = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True, env=environment())
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{process.args}: status {process.returncode}")
    return seconds, usage.ru_maxrss / 1024, output


class Bench:
    def __init__(self, options):
        self.options = options
        options.folder.mkdir(parents=True, exist_ok=True)

    def sounds(self, mode, rate, seconds):
        """Paths of a content and a style. They are made by another process, so that this one stays small: Linux counts its memory
        as a child's until that runs its own program."""
        content, style = PAIRS[mode]
        paths = []
        for names, length in ((content, seconds), (style, self.options.style_seconds)):
            path = self.options.folder / f"{names[0]}-{rate}-{length:g}.wav"
            if not path.exists():
                run([self.options.python, HERE / "sounds.py", path, rate, length, *names])
            paths.append(path)
        return paths

    def program(self, preset, content, style, duration):
        """Seconds for a second of the content's first `duration`, and MB."""
        seconds, megabytes, _ = run([
            self.options.program, "--preset", preset, "--threads", 1, "--content", content, "--style", style,
            "--duration", duration, "--output", self.options.folder / "output.wav", "--quiet"])
        return seconds / duration, megabytes

    def reference(self, mode, content, style, duration):
        _, megabytes, printed = run([self.options.python, HERE / "numpy_mosaic.py", content, style, mode])
        return float(printed) / duration, megabytes

    def contestants(self):
        """A function for each line of the table, by its title, mode and rate."""
        seconds, few = self.options.seconds, self.options.slow_seconds
        result = {}
        for mode in self.options.modes:
            for rate in RATES:
                contestant = partial(self.program, f"mosaic-{mode}", *self.sounds(mode, rate, seconds), seconds)
                result[f"`mosaic-{mode}`", mode, rate] = contestant
            contestant = partial(self.reference, mode, *self.sounds(mode, RATES[0], seconds), seconds)
            result["NumPy", mode, RATES[0]] = contestant
        for preset in SLOW:
            result[f"`{preset}`", "", RATES[0]] = partial(self.program, preset, *self.sounds("grains", RATES[0], few), few)
        return result

    def speed(self):
        contestants = self.contestants()
        figures = {key: [] for key in contestants}
        for index in range(self.options.runs):
            for key, contestant in contestants.items():
                print(f"round {index + 1} of {self.options.runs}:", *key, file=sys.stderr)
                figures[key].append(contestant())

        def ratio(key, other):
            pairs = zip(figures[key], figures[other])
            return f"{statistics.median(own[0] / its[0] for own, its in pairs):.3g}"

        print(f"Contents of {self.options.seconds:g} s ({' and '.join(SLOW)}: {self.options.slow_seconds:g} s), "
              f"styles of {self.options.style_seconds:g} s, one thread, {self.options.runs} rounds.\n")
        print("| what | mode | rate | s/s | peak MB | time / NumPy | time / clean | time / ulyanov |")
        print("|---|---|---:|---:|---:|---:|---:|---:|")
        for key, values in figures.items():
            _, mode, rate = key
            others = [("NumPy", mode, RATES[0])] + [(f"`{preset}`", "", RATES[0]) for preset in SLOW]
            ratios = [ratio(key, other) if other in figures and other != key else "" for other in others]
            seconds, megabytes = zip(*values)
            cells = [*key[:2], f"{rate:,}", f"{statistics.median(seconds):.3g}", f"{max(megabytes):,.0f}", *ratios]
            print(f"| {' | '.join(cells)} |")

    def memory(self):
        seconds = 60 * self.options.minutes
        print(f"\nContents of {self.options.minutes:g} minutes.\n")
        print("| what | rate | s/s | peak MB |\n|---|---:|---:|---:|")
        for mode in self.options.modes:
            for rate in RATES:
                print(f"{self.options.minutes:g} minutes: mosaic-{mode} {rate}", file=sys.stderr)
                each, megabytes = self.program(f"mosaic-{mode}", *self.sounds(mode, rate, seconds), seconds)
                print(f"| `mosaic-{mode}` | {rate:,} | {each:.3g} | {megabytes:,.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, type=Path)
    parser.add_argument("--python", required=True, type=Path, help="with NumPy, SciPy, soundfile and soxr")
    parser.add_argument("--folder", required=True, type=Path, help="for sounds")
    parser.add_argument("--modes", type=lambda text: text.split(","), default=list(PAIRS), help="with commas")
    parser.add_argument("--seconds", type=float, default=10, help="of the contents")
    parser.add_argument("--style-seconds", type=float, default=10, help="of the styles")
    parser.add_argument("--slow-seconds", type=float, default=1, help="of the contents of clean and ulyanov")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=10, help="of the contents whose memory is measured; 0 for none")
    bench = Bench(parser.parse_args())
    if bench.options.runs:
        bench.speed()
    if bench.options.minutes:
        bench.memory()


if __name__ == "__main__":
    main()
