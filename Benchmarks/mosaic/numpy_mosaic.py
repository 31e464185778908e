# SPDX-License-Identifier: Apache-2.0
"""Runs the NumPy reference of the mosaic, and prints its seconds without those of imports and files.

    numpy_mosaic.py CONTENT STYLE MODE
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Tools/reference/mosaic"))

import mosaic  # noqa: E402


def main():
    content, style = (mosaic.read(path) for path in sys.argv[1:3])
    started = time.monotonic()
    mosaic.mosaic(content, style, sys.argv[3])
    print(time.monotonic() - started)


if __name__ == "__main__":
    main()
