#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the virtual environment .venv-peers at the root of the repository with what the programs beside this need.
# Does nothing when it is complete. Debian packages: python3-venv.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
environment=$(cd "$here/../.." && pwd)/.venv-peers
python=$environment/bin/python

if [ ! -x "$python" ]; then
    python3 -m venv "$environment"
fi
if ! TF_CPP_MIN_LOG_LEVEL=3 "$python" -c 'import h5py, librosa, numpy, tensorflow, torch' 2>/dev/null; then
    "$python" -m pip install --quiet --requirement "$here/requirements.txt"
fi
echo "$python"
