#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Computes points of Sobol's sequence with SciPy (scipy.stats.qmc.Sobol, not scrambled), and writes sobol.json.

    make.py [--fixtures Tests/Fixtures/sweeps]

The first 64 points in 20 dimensions, as whole numbers of 2^-30, and the points 1,000 and 4,095.
"""

import argparse
import json
import warnings
from pathlib import Path

from scipy.stats import qmc

BITS = 30


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parents[3]
    parser.add_argument("--fixtures", type=Path, default=root / "Tests/Fixtures/sweeps")
    folder = parser.parse_args().fixtures
    folder.mkdir(parents=True, exist_ok=True)
    # A number of points that is no power of two has a warning of its own.
    warnings.simplefilter("ignore")
    points = qmc.Sobol(20, scramble=False, bits=BITS).random(4096) * 2**BITS
    whole = {str(index): [int(value) for value in points[index]] for index in [*range(64), 1000, 4095]}
    lines = (f'"{index}": {json.dumps(values)}' for index, values in whole.items())
    (folder / "sobol.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
