#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# setup.sh NAME [PACKAGE...]: makes the virtual environment .venv-NAME at the root of the repository with what the tests need
# (tests/requirements.txt), further packages, and this package as it is here. Does nothing when it is complete. PYTHON is the interpreter,
# python3 by default. Debian packages: python3-venv.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
environment=$(cd "$here/.." && pwd)/.venv-$1
shift

# Made again from what is there when one of these changes.
wanted=$(cat "$here/tests/requirements.txt" "$here/pyproject.toml"; echo "$@")
mark=$environment/complete
if [ "$(cat "$mark" 2>/dev/null)" != "$wanted" ]; then
    [ -x "$environment/bin/python" ] || "${PYTHON:-python3}" -m venv "$environment"
    "$environment/bin/python" -m pip install --quiet --requirement "$here/tests/requirements.txt" "$@"
    "$environment/bin/python" -m pip install --quiet --editable "$here"
    echo "$wanted" > "$mark"
fi
