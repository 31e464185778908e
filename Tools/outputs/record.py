#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Record what the program computes, so that a change of its structure can be shown to change nothing.

    Tools/outputs/record.py PROGRAM > before.txt
    Tools/outputs/record.py PROGRAM --against before.txt

Each case is a short run on the bundled pair, or on two channels made here. A line holds the case's name, the SHA-256 of the sound,
and that of the trace without its seconds. Bytes depend on the processor: compare on one machine only.
"""

import argparse
import array
import hashlib
import json
import math
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

PRESETS = [
    "clean", "clean-stft", "nsynth-pitch", "nsynth-chord", "nsynth-voice", "mital-encoder", "ulyanov", "srm", "ijca",
    "dipani", "cmu", "grinstein", "grinstein-auditory", "verma-smith",
]
PUBLISHED = ["--loss", "gram", "--layers", "relu1"]
SPECTRA = ["--backend", "stft", "--filters", "256", "--phase-iterations", "5"]

# Beside the presets: a name, and options. {stereo} and {tone} are sounds made here.
CASES = {
    "main": PUBLISHED,
    "main-mixed": PUBLISHED + ["--precision", "mixed"],
    "main-windows": PUBLISHED + ["--duration", "2.2", "--max-memory", "450MB", "--iterations", "2"],
    "main-windows-content-shallow": PUBLISHED + [
        "--content-layer", "relu1:2", "--duration", "2.2", "--max-memory", "450MB", "--iterations", "2"],
    "main-snapshots-best": PUBLISHED + ["--snapshots", "0,2", "--keep", "best:loss"],
    "main-noise": PUBLISHED + ["--init", "noise", "--seed", "7"],
    "main-mix": PUBLISHED + ["--init", "mix:0.3", "--round-codes"],
    "main-vocoded": PUBLISHED + ["--init", "vocoded"],
    "main-energies": PUBLISHED + ["--energy-weight", "1", "--frequency-energy-weight", "0.5"],
    "main-lbfgsb": PUBLISHED + ["--optimizer", "lbfgsb", "--corrections", "5"],
    "main-balanced": PUBLISHED + ["--balance", "auto", "--mean-spectrum-weight", "0.2", "--spectral-style-weight", "0.1"],
    "main-layers": [
        "--loss", "gram", "--layers", "relu1:1-5@0.2,relu2:30,bottleneck,encoding", "--gram-divisor", "entries"],
    "main-gatys": PUBLISHED + ["--normalisation", "gatys"],
    "kl": ["--loss", "kl", "--layers", "relu1:1-4", "--init", "equalised"],
    "kl-envelope": ["--loss", "kl", "--layers", "relu1:1-4", "--content-loss", "envelope"],
    "l2-two-styles": [
        "--loss", "l2", "--layers", "relu1:1-5", "--fit", "loop", "--content", "{voice}", "--style", "{flute}@0.7",
        "--style", "{tone}@0.3"],
    "l2-windows": [
        "--loss", "l2", "--layers", "relu1:1-12", "--duration", "2.2", "--max-memory", "450MB", "--iterations", "2"],
    "gram-two-styles": PUBLISHED + ["--content", "{voice}", "--style", "{flute}@0.7", "--style", "{tone}@0.3"],
    "content-alone": ["--backend", "nsynth", "--style-weight", "0", "--init", "noise"],
    "stereo": PUBLISHED + ["--content", "{stereo}", "--style", "{tone}", "--channels", "each"],
    "stereo-clean": ["--preset", "clean", "--content", "{stereo}", "--style", "{tone}"],
    "clean-alpha-0": ["--preset", "clean", "--alpha", "0"],
    "clean-adam": ["--preset", "clean", "--optimizer", "adam", "--init", "style"],
    "clean-alpha": ["--preset", "clean", "--alpha", "0.3"],
    "frames-l2": ["--loss", "l2", "--layers", "relu1:1-3", "--frame-length", "1024", "--alpha", "0.1"],
    "frames-published": ["--preset", "mital-encoder", "--as-published", "--init", "mix:0.5"],
    "stft": SPECTRA,
    "stft-in-windows": [
        "--backend", "stft", "--filters", "2048", "--n-fft", "256", "--hop", "8", "--optimizer", "adam", "--duration", "2.2",
        "--max-memory", "430MB", "--phase-iterations", "5"],
    "stft-kl": SPECTRA + ["--loss", "kl", "--layers", "relu1"],
    "stft-kl-frames": SPECTRA + ["--loss", "kl", "--filters", "2048", "--balance", "auto"],
    "stft-l2": SPECTRA + ["--loss", "l2", "--fit", "pad", "--content", "{voice}", "--style", "{flute}", "--style", "{tone}"],
    "stft-deep": ["--backend", "stft", "--network", "deep", "--layers", "relu1,relu3", "--content-layer", "relu4",
                  "--n-fft", "256", "--hop", "64", "--initialisation", "he", "--phase-iterations", "5", "--bias"],
    "stft-fast": SPECTRA + ["--phase", "fast", "--phase-start", "content", "--init", "content"],
    "stft-le-roux": SPECTRA + ["--phase", "le-roux", "--init", "style", "--ceiling", "2"],
    "stft-adam-mix": SPECTRA + ["--optimizer", "adam", "--init", "mix:0.2", "--energy-weight", "1"],
    "stft-waveform": SPECTRA[:4] + ["--variable", "waveform", "--content-loss", "envelope", "--envelope-bands", "mel"],
}


def sound(path, channels, seconds=1.0, rate=16_000):
    """Write a sound of falling and rising tones, another one in each channel."""
    samples = array.array("h")
    for index in range(int(seconds * rate)):
        time = index / rate
        for channel in range(channels):
            pitch = 220 * (channel + 1) * (1 + 0.2 * math.sin(2 * math.pi * 3 * time))
            samples.append(int(9_000 * math.sin(2 * math.pi * pitch * time) * (1 - time / seconds)))
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(samples.tobytes())


def trace_hash(path):
    """The trace's hash, but for its times."""
    lines = []
    for line in path.read_text().splitlines():
        values = json.loads(line)
        values.pop("seconds", None)
        lines.append(json.dumps(values, sort_keys=True))
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def run(program, options, folder, threads):
    """Run a case; the hashes of its sound and its trace, or how it ended."""
    (output, trace) = (folder / "out.wav", folder / "trace.jsonl")
    for file in (output, trace):
        file.unlink(missing_ok=True)
    command = [program, *options, "--threads", str(threads), "--output", output, "--trace", trace, "--quiet"]
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode != 0:
        return f"exit {ended.returncode}: {ended.stderr.strip().splitlines()[0]}"
    return f"{hashlib.sha256(output.read_bytes()).hexdigest()[:16]} {trace_hash(trace)}"


def with_defaults(options, short):
    """The options, with short parts and few steps where they don't say so themselves."""
    return options + [word for name, value in short.items() if name not in options for word in (name, value)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--against", type=Path, help="lines of an earlier record; exit 1 where one differs")
    parser.add_argument("--only", default="", help="cases whose names contain this")
    arguments = parser.parse_args()
    known = {}
    if arguments.against:
        known = dict(line.rstrip("\n").split("  ", 1) for line in arguments.against.read_text().splitlines())
    program = Path(arguments.program).resolve()
    sounds = program.parent / "wavestyle_wavestyle.resources" / "sounds"
    cases = {f"preset-{name}": ["--preset", name] for name in PRESETS} | CASES
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sound(folder / "stereo.wav", 2)
        sound(folder / "tone.wav", 1)
        places = {
            "voice": sounds / "voice.flac", "flute": sounds / "flute.flac", "stereo": folder / "stereo.wav",
            "tone": folder / "tone.wav",
        }
        for case, options in cases.items():
            if arguments.only not in case:
                continue
            options = [option.format(**places) for option in options]
            options = with_defaults(
                options, {"--duration": "0.5", "--style-duration": "0.6", "--iterations": "3"})
            for threads in (1, 2):
                line = run(program, options, folder, threads)
                key = f"{case}-{threads}"
                differs = bool(known) and known.get(key) != line
                failed += differs
                print(f"{key}  {line}" + ("  DIFFERS" if differs else ""), flush=True)
    if failed:
        sys.exit(f"{failed} differ")


if __name__ == "__main__":
    main()
