#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the texture statistics of some sounds that the tests make again from their formulas.

    fixtures.py [--fixtures Tests/Fixtures/texture]
"""

import argparse
import json
from pathlib import Path

import numpy as np

from texture import statistics


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parents[3]
    parser.add_argument("--fixtures", type=Path, default=root / "Tests/Fixtures/texture")
    folder = parser.parse_args().fixtures
    folder.mkdir(parents=True, exist_ok=True)
    for name, rate, samples in [
        ("noise", 20_000, 24_000), ("tone", 20_000, 24_000), ("clicks", 22_050, 25_431), ("modulated", 16_000, 7_000),
    ]:
        found = statistics(sound(name, rate, samples), rate)
        file = {"rate": rate, "samples": samples}
        file |= {key: [float(f"{value:.12g}") for value in np.nan_to_num(np.ravel(values))] for key, values in found.items()}
        (folder / f"{name}.json").write_text(json.dumps(file) + "\n")


def sound(name, rate, samples):
    time = np.arange(samples) / rate
    if name == "tone":
        return 0.3 * np.sin(2 * np.pi * 1_000 * time)
    noise = uniform(7, samples)
    if name == "clicks":
        # A sample in a thousand.
        return np.where(np.abs(noise) > 0.999, noise, 0)
    return 0.2 * noise * (1 + np.sin(2 * np.pi * 8 * time) if name == "modulated" else 1)


def uniform(seed, count):
    """SplitMix64's numbers in [-1, 1), as `SeededGenerator` has them."""
    mask = (1 << 64) - 1
    values = np.empty(count)
    for index in range(count):
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        z = ((seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        values[index] = (((z ^ (z >> 31)) >> 40) - (1 << 23)) / (1 << 23)
    return values


if __name__ == "__main__":
    main()
