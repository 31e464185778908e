#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times one iteration in wavestyle and in its peers, in turn, on the same weights and the same sounds.

    compare.py --program .build/release/wavestyle-bench --samples 16000,48000 --cases gram,l2 --threads 2 --runs 7

For each case and length all programs are started and warmed up; then each does one iteration per round while the
others sleep, so that a slow spell of the machine meets all of them. A ratio is the median of the rounds' ratios.
Peak memory is the whole process, libraries included. Losses that differ by more than 1e-3, or gradient norms by more
than 1e-2 (a few ReLU signs flip in float32), mean that it is not the same work: exit status 1.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

OURS = "wavestyle"
RATE = 16_000
LOSS_TOLERANCE = 1e-3
GRADIENT_TOLERANCE = 1e-2
# Bytes per sample that one peer was seen to need at most, all activations kept, and what its libraries take.
PEER_BYTES = {"gram": 95_000, "l2": 25_000}
LIBRARY_BYTES = 800_000_000


class Failure(Exception):
    """Something the user should read; ends the program."""


def sound(samples, seed, fundamental):
    """A decaying harmonic note with noise: mu-law 255 codes / 128 in [-1, 127/128]."""
    random = np.random.default_rng(seed)
    t = np.arange(samples) / RATE
    wave = np.zeros(samples)
    for k in range(1, 13):
        wave += np.exp(-0.6 * k * t) * np.sin(2 * np.pi * fundamental * k * t + random.uniform(0, 2 * np.pi)) / k
    wave = 0.8 * wave / np.max(np.abs(wave)) + 0.01 * random.standard_normal(samples)
    wave = np.clip(wave, -1, 1)
    companded = np.sign(wave) * np.log1p(255 * np.abs(wave)) / np.log(256)
    return (np.clip(np.floor(128 * companded), -128, 127) / 128).astype("<f4")


def inputs(folder, samples):
    content = sound(samples, seed=1, fundamental=220.0)
    noise = np.random.default_rng(3).uniform(-1e-6, 1e-6, samples)
    signals = {"x": content + noise, "content": content, "style": sound(samples, seed=2, fundamental=330.0)}
    paths = {}
    for name, values in signals.items():
        paths[name] = folder / f"{name}-{samples}.f32"
        values.astype("<f4").tofile(paths[name])
    return paths


class Contestant:
    """A process that does one iteration for each line 'run'."""

    def __init__(self, name, command, folder):
        self.name, self.command = name, [str(part) for part in command]
        self.errors = open(folder / f"{name}.log", "w+")
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True
        )

    def read(self, key):
        """The next line of JSON on its output, which must hold `key`."""
        line = self.process.stdout.readline()
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or key not in answer:
            self.fail(f"it was to print a line with '{key}' and printed {line.strip()!r}" if line else "it ended early")
        return answer

    def send(self, command):
        try:
            self.process.stdin.write(command + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            self.fail("it ended early")

    def run(self):
        self.send("run")
        return self.read("seconds")["seconds"]

    def quit(self):
        self.send("quit")
        record = self.read("loss")
        self.process.stdin.close()
        self.process.wait()
        return record

    def fail(self, why):
        self.stop()
        self.errors.seek(0)
        tail = "".join(self.errors.readlines()[-15:])
        raise Failure(f"{self.name}: {why}\n  command: {' '.join(self.command)}\n{tail}")

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def check_memory(case, samples, peers):
    needed = peers * (PEER_BYTES[case] * samples + LIBRARY_BYTES)
    with open("/proc/meminfo") as lines:
        available = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    if needed > available:
        raise Failure(
            f"{case} at {samples} samples needs about {needed / 1e9:.1f} GB for {peers} peers at once; "
            f"{available / 1e9:.1f} GB are available. Give fewer --frameworks or shorter --samples."
        )


def check_same_work(case, samples, records):
    """Every loss against every other's, relative to the total loss."""
    names = list(records)
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            a, b = records[first], records[second]
            for key, scale, tolerance in (
                ("loss", "loss", LOSS_TOLERANCE),
                ("style", "loss", LOSS_TOLERANCE),
                ("content", "loss", LOSS_TOLERANCE),
                ("gradient_norm", "gradient_norm", GRADIENT_TOLERANCE),
            ):
                if key not in a or key not in b:
                    continue
                size = max(abs(a[scale]), abs(b[scale]))
                difference = abs(a[key] - b[key]) / size if size > 0 else 0.0
                if not difference <= tolerance:
                    raise Failure(
                        f"not the same work: {case}, {samples} samples: {key} is {a[key]:.8g} in {first} and "
                        f"{b[key]:.8g} in {second}, {difference:.1e} apart; {tolerance:.0e} is allowed"
                    )


def contest(options, case, samples, weights, folder):
    """The rounds' seconds and the final record of each program."""
    check_memory(case, samples, len(options.frameworks))
    common = ["--samples", samples, "--threads", options.threads, "--weights", weights, "--serve"]
    for name, path in inputs(folder, samples).items():
        common += [f"--{name}", path]
    iteration = Path(__file__).with_name("iteration.py")
    commands = {
        framework: [
            *(sys.executable, iteration, "--framework", framework, "--case", case, "--gram", options.gram),
            *common,
        ]
        for framework in options.frameworks
    }
    commands[OURS] = [options.program, "--cases", case, *common]

    contestants = []
    try:
        for name, command in commands.items():
            contestants.append(Contestant(name, command, folder))
            contestants[-1].read("ready")
        seconds = {contestant.name: [] for contestant in contestants}
        for _ in range(options.runs):
            for contestant in contestants:
                seconds[contestant.name].append(contestant.run())
        records = {contestant.name: contestant.quit() for contestant in contestants}
    finally:
        for contestant in contestants:
            contestant.stop()
    check_same_work(case, samples, records)
    return seconds, records


def row(case, samples, seconds, records, frameworks):
    cells = [case, f"{samples:,}"]
    cells += [f"{statistics.median(seconds[name]):.3f}" for name in (OURS, *frameworks)]
    cells += [
        f"{statistics.median(ours / peer for ours, peer in zip(seconds[OURS], seconds[name])):.2f}" for name in frameworks
    ]
    peaks = {name: records[name]["peak_bytes"] for name in (OURS, *frameworks)}
    cells += [f"{peaks[name] / 1e6:,.0f}" for name in (OURS, *frameworks)]
    cells += [f"{peaks[OURS] / peaks[name]:.2f}" for name in frameworks]
    return cells


def header(frameworks):
    names = (OURS, *frameworks)
    cells = ["case", "T", *(f"{name} s" for name in names), *(f"ours / {name}" for name in frameworks)]
    return cells + [*(f"{name} MB" for name in names), *(f"MB / {name}" for name in frameworks)]


def aligned(rows):
    widths = [max(len(cells[i]) for cells in rows) for i in range(len(rows[0]))]
    for cells in rows:
        yield "  ".join(cell.rjust(width) for cell, width in zip(cells, widths))


def markdown(rows):
    yield "| " + " | ".join(rows[0]) + " |"
    yield "|---" + "|---:" * (len(rows[0]) - 1) + "|"
    for cells in rows[1:]:
        yield "| " + " | ".join(cells) + " |"


def parse():
    parser = argparse.ArgumentParser(description="Time one iteration in wavestyle and in its peers, in turn.")
    parser.add_argument("--program", required=True, metavar="FILE", help="wavestyle-bench")
    parser.add_argument("--samples", default="16000,48000,64000", metavar="T,...")
    parser.add_argument("--cases", default="gram,l2", metavar="CASE,...", help="gram, l2")
    parser.add_argument("--threads", type=int, default=2, metavar="N")
    parser.add_argument("--runs", type=int, default=7, metavar="N", help="rounds")
    parser.add_argument("--frameworks", default="torch,tensorflow", metavar="NAME,...")
    parser.add_argument("--gram", choices=("symmetric", "automatic"), default="symmetric", help="the peers' Gram gradient")
    parser.add_argument("--weights", metavar="FILE.h5", help="default: what the program writes with --write-weights")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown too")
    options = parser.parse_args()

    def items(name, known):
        values = getattr(options, name).split(",")
        for value in values:
            if value not in known:
                parser.error(f"--{name}: there is no '{value}'; there are {', '.join(known)}")
        return values

    options.cases = items("cases", ("gram", "l2"))
    options.frameworks = items("frameworks", ("torch", "tensorflow"))
    try:
        options.samples = [int(text) for text in options.samples.split(",")]
    except ValueError:
        parser.error(f"--samples: '{options.samples}' is no list of whole numbers")
    if min(*options.samples, options.threads, options.runs) < 1:
        parser.error("--samples, --threads and --runs must be at least 1")
    if not os.access(options.program, os.X_OK):
        parser.error(f"--program: there is no program at {options.program}")
    options.program = os.path.abspath(options.program)
    return options


def compare(options, folder):
    weights = options.weights
    if weights is None:
        weights = folder / "weights.h5"
        done = subprocess.run([options.program, "--write-weights", weights], capture_output=True, text=True)
        if done.returncode or not weights.exists():
            raise Failure(f"{options.program} --write-weights: exit status {done.returncode}\n{done.stderr}{done.stdout}")
    rows = [header(options.frameworks)]
    versions = {}
    for case in options.cases:
        for samples in options.samples:
            seconds, records = contest(options, case, samples, weights, folder)
            rows.append(row(case, samples, seconds, records, options.frameworks))
            versions.update((name, record.get("version", "")) for name, record in records.items())
            print(f"{case} at {samples:,}: losses agree ({records[OURS]['loss']:.6g})", file=sys.stderr, flush=True)
    print(f"{options.threads} threads, {options.runs} rounds, " + ", ".join(f"{n} {v}" for n, v in versions.items()))
    print("\n".join(aligned(rows)))
    if options.markdown:
        print()
        print("\n".join(markdown(rows)))


def main():
    options = parse()
    load = os.getloadavg()[0]
    if load > 0.5:
        print(f"compare.py: something else is running (load {load:.1f}); the figures will suffer", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        try:
            compare(options, Path(folder))
        except Failure as failure:
            sys.exit(f"compare.py: {failure}")


if __name__ == "__main__":
    main()
