#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Puts the program into the wheel of the Python package, which so needs nothing else.

    wheel.py wavestyle-0.1.0-py3-none-any.whl .build/packages/wavestyle-0.1.0-linux-x86_64 FOLDER

The second is the folder that bundle.sh makes. The environment gets what is in it, at the same places: the program in bin, so that no Python
is started before it. Licences go to the wheel's own. The same files give the same bytes: times are SOURCE_DATE_EPOCH's.
"""

import base64
import hashlib
import os
import pathlib
import sys
import time
import zipfile

# The C library of Debian 12.
TAG = "py3-none-manylinux_2_36_x86_64"


def main(pure, bundle, folder):
    pure, bundle, folder = map(pathlib.Path, (pure, bundle, folder))
    distribution, version, *_ = pure.name.split("-")
    info = f"{distribution}-{version}.dist-info"
    with zipfile.ZipFile(pure) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    program = f"{distribution}-{version}.data/scripts/{distribution}"
    files[program] = (bundle / "bin" / distribution).read_bytes()
    for name in ("libexec", "share/wavestyle", "share/man", "share/bash-completion", "share/zsh", "share/fish"):
        for path in (bundle / name).rglob("*"):
            if path.is_file():
                files[f"{distribution}-{version}.data/data/{path.relative_to(bundle)}"] = path.read_bytes()
    doc = bundle / "share/doc/wavestyle"
    licences = {path.name: path.read_bytes() for path in doc.rglob("*") if path.is_file()}
    files.update((f"{info}/licenses/{name}", content) for name, content in licences.items())

    metadata, _, text = files[f"{info}/METADATA"].decode().partition("\n\n")
    fields = metadata.rstrip("\n").split("\n")
    fields += [field for name in sorted(licences) if (field := f"License-File: {name}") not in fields]
    files[f"{info}/METADATA"] = "\n".join([*fields, "", text]).encode()
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: wavestyle\nRoot-Is-Purelib: false\nTag: {TAG}\n".encode()
    del files[f"{info}/RECORD"]
    lines = [
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()},{len(content)}"
        for name, content in sorted(files.items())]
    files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,", ""]).encode()

    wheel = folder / f"{distribution}-{version}-{TAG}.whl"
    date = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        # What says what the archive is comes last, as the format asks for.
        for name in sorted(files, key=lambda name: (name.startswith(f"{info}/"), name)):
            entry = zipfile.ZipInfo(name, date)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (0o100755 if name == program else 0o100644) << 16
            archive.writestr(entry, files[name], compresslevel=9)
    print(wheel)


if __name__ == "__main__":
    main(*sys.argv[1:])
