#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Computes the framing, the inverse and the limiter of Mital's audio style transfer, for small signals.

    mital.py [--fixtures Tests/Fixtures/mital]

Writes framing.json and limiter.json; all of it is float64, from random signals of three decimals. Needs NumPy and SciPy.

SciPy   Hann windows; the limiter's gain, a recursive filter of its target (lfilter)
NumPy   frames, overlap-add and mu-law's inverse; the limiter's envelope, which is the largest of all samples so far, each
        with the decay since then: a running maximum of logarithms
"""

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.signal import lfilter
from scipy.signal.windows import hann

LENGTH, HOP = 32, 12


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("--fixtures", type=Path, default=root / "Tests/Fixtures/mital")
    folder = parser.parse_args().fixtures
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(1711)

    # 83 samples are 6 whole hops and a rest.
    signal = decimals(generator.uniform(-1, 1, 83))
    x = decimals(generator.standard_normal((6, LENGTH)))
    write(
        folder / "framing.json",
        signal=signal, length=LENGTH, hop=HOP, window=hann(LENGTH, sym=True),
        long_window=hann(2_048, sym=True)[[0, 1, 700, 1_023, 1_024, 2_046, 2_047]],
        frames=cut(signal), x=x, added=added(x), sound=limited(added(expanded(x / x.max() * 128))),
    )
    # Loud at first, then quiet enough for the envelope to fall below the threshold.
    loudness = np.concatenate([np.full(300, 2.5), np.full(2_400, 0.05)])
    loud = decimals(loudness * generator.uniform(-1, 1, loudness.size))
    shown = np.r_[0:400:2, 400:2_700:50]
    write(folder / "limiter.json", signal=loud, places=shown, limited=limited(loud)[shown])


def decimals(values):
    """Values that are short to write down, as float32 holds them."""
    return np.float64(np.float32(np.round(values, 3)))


def cut(signal):
    count = len(signal) // HOP
    padded = np.pad(signal[: count * HOP], (0, LENGTH))
    return np.lib.stride_tricks.sliding_window_view(padded, LENGTH)[: count * HOP : HOP] * hann(LENGTH, sym=True)


def added(frames):
    signal = np.zeros(len(frames) * HOP + LENGTH)
    places = np.arange(len(frames))[:, None] * HOP + np.arange(LENGTH)
    np.add.at(signal, places, frames)
    return signal


def expanded(codes):
    """Mu-law's inverse as Magenta has it: half a code is added, but for 0."""
    middle = (codes + 0.5) / 128
    return np.where(codes == 0, 0, np.sign(middle) * (256 ** np.abs(middle) - 1) / 255)


def limited(signal, delay=40, threshold=0.9, release=0.9995, attack=0.9):
    decay = np.arange(len(signal)) * np.log(release)
    with np.errstate(divide="ignore"):
        envelope = np.exp(np.maximum.accumulate(np.log(np.abs(signal)) - decay) + decay)
    target = np.minimum(threshold / np.maximum(envelope, threshold), 1)
    # The gain is 1 before the first sample: the filter's state is attack times that.
    gain, _ = lfilter([1 - attack], [1, -attack], target, zi=[attack])
    return gain * np.concatenate([np.zeros(delay - 1), signal])[: len(signal)]


def write(path, **values):
    content = {name: np.round(value, 9).ravel().tolist() if np.ndim(value) else value for name, value in values.items()}
    path.write_text(json.dumps(content) + "\n")


if __name__ == "__main__":
    main()
