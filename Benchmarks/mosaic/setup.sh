#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the virtual environment .venv-reference at the root of the repository with what the reference of the mosaic needs.
# Does nothing when it is complete. Debian packages: python3-venv.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
environment=$(cd "$here/../.." && pwd)/.venv-reference
python=$environment/bin/python

if [ ! -x "$python" ]; then
    python3 -m venv "$environment"
fi
if ! "$python" -c 'import numpy, scipy, soundfile, soxr' 2>/dev/null; then
    "$python" -m pip install --quiet --requirement "$here/requirements.txt"
fi
echo "$python"
