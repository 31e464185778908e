#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the sounds of a list of pairs from recordings that Debian packages ship.

    fetch.py LIST.json FOLDER [--packages CACHE]

writes FOLDER/NAME/content.wav, style.wav and style2.wav for each pair of the list. A package is downloaded by `apt-get download` and
unpacked by `dpkg-deb` into the cache: nothing is installed, and nobody needs to be root. What is there is not made again.

A source without a `package` is a file of one's own, relative to the list.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy
import soundfile

ROLES = ("content", "style", "style2")
FADE_SECONDS = 0.005


def unpacked(package: str, cache: Path) -> Path:
    """The folder with the package's files, which is complete if it exists."""
    folder = cache / package
    if folder.is_dir():
        return folder
    downloads = cache / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    archives = sorted(downloads.glob(f"{package}_*.deb"))
    if not archives:
        print(f"Downloading {package}", file=sys.stderr, flush=True)
        done = subprocess.run(["apt-get", "download", package], cwd=downloads, capture_output=True, text=True)
        archives = sorted(downloads.glob(f"{package}_*.deb"))
        if done.returncode or not archives:
            raise SystemExit(f"{package} cannot be downloaded (apt-get update may be needed): {done.stderr.strip()}")
    partial = cache / f"{package}.partial"
    subprocess.run(["dpkg-deb", "--extract", archives[-1], partial], check=True)
    partial.rename(folder)
    return folder


def excerpt(path: Path, start: float, duration: float) -> tuple[numpy.ndarray, int]:
    """Samples x channels at the recording's rate, with 5 ms of fade at both ends, and no louder than full scale."""
    with soundfile.SoundFile(path) as file:
        rate = file.samplerate
        # An mp3 is decoded from its start: a seek into it is not exact to the sample.
        samples = file.read(round((start + duration) * rate), dtype="float64", always_2d=True)[round(start * rate):]
    if len(samples) < round(duration * rate) - 1:
        raise SystemExit(f"{path} ends before {start + duration} s")
    fade = numpy.linspace(0, 1, round(FADE_SECONDS * rate))[:, None]
    samples[:len(fade)] *= fade
    samples[-len(fade):] *= fade[::-1]
    return samples / max(1.0, numpy.abs(samples).max() / 0.999), rate


def make(pair: dict, folder: Path, cache: Path, beside: Path) -> None:
    """Writes the sounds of one pair that are missing."""
    target = folder / pair["name"]
    for role in ROLES:
        output = target / f"{role}.wav"
        if role not in pair or output.exists():
            continue
        source = pair[role]
        if "package" in source:
            path = unpacked(source["package"], cache) / source["file"]
        else:
            path = beside / source["file"]
        duration = source.get("duration") or soundfile.info(path).duration - source.get("start", 0)
        samples, rate = excerpt(path, source.get("start", 0), duration)
        target.mkdir(parents=True, exist_ok=True)
        partial = target / f"{role}.partial.wav"
        soundfile.write(partial, samples, rate, subtype="PCM_16")
        partial.rename(output)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("list", type=Path, metavar="LIST.json")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--packages", type=Path, metavar="CACHE", help="where packages are kept (default: FOLDER/../packages)")
    arguments = parser.parse_args()
    cache = (arguments.packages or arguments.folder.parent / "packages").resolve()
    for pair in json.loads(arguments.list.read_text())["pairs"]:
        make(pair, arguments.folder, cache, arguments.list.parent)


if __name__ == "__main__":
    main()
