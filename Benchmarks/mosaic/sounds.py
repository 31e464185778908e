# SPDX-License-Identifier: Apache-2.0
"""Writes long sounds for measure.py: bundled ones, one after the other, over and over, as 16-bit WAV.

    sounds.py OUT RATE SECONDS SOUND...
"""

import sys
from pathlib import Path

import numpy as np
import soundfile
import soxr

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [ROOT / "Benchmarks/sounds", ROOT / "Sources/wavestyle/Resources/sounds"]


def read(name, rate):
    path = next(path for folder in FOLDERS if (path := folder / f"{name}.flac").exists())
    sound, own_rate = soundfile.read(path, dtype="float32", always_2d=True)
    return soxr.resample(sound.mean(axis=1), own_rate, rate)


def main():
    out, rate, seconds, *names = sys.argv[1:]
    once = np.concatenate([read(name, int(rate)) for name in names])
    soundfile.write(out, np.resize(once, round(float(seconds) * int(rate))), int(rate), subtype="PCM_16")


if __name__ == "__main__":
    main()
