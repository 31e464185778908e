#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# setup.sh FOLDER: makes the virtual environment .venv-FOLDER at the root of the repository with what the programs in FOLDER need, by its
# requirements.txt. Does nothing when it is complete. Debian packages: python3-venv.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
environment=$(cd "$here/.." && pwd)/.venv-$1
wanted=$here/$1/requirements.txt

if ! cmp -s "$wanted" "$environment/requirements.txt"; then
    [ -x "$environment/bin/python" ] || python3 -m venv "$environment"
    "$environment/bin/python" -m pip install --quiet --requirement "$wanted"
    cp "$wanted" "$environment/requirements.txt"
fi
echo "$environment/bin/python"
