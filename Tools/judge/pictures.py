# SPDX-License-Identifier: Apache-2.0
"""Spectrograms as small PNG files."""

import struct
import zlib
from pathlib import Path

import librosa
import numpy as np

from .sounds import RATE

HEIGHT, WIDTH, DECIBELS = 96, 320, 70
# From quiet to loud: black, violet, orange, pale yellow.
STOPS = np.array([[0, 0, 4], [81, 18, 124], [183, 55, 121], [252, 137, 97], [252, 253, 191]], float)


def palette() -> bytes:
    position = np.linspace(0, len(STOPS) - 1, 256)
    colours = np.stack([np.interp(position, np.arange(len(STOPS)), STOPS[:, c]) for c in range(3)], axis=1)
    return colours.round().astype(np.uint8).tobytes()


def png(indices: np.ndarray) -> bytes:
    """Of rows x columns of palette indices."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + row.tobytes() for row in indices.astype(np.uint8))
    header = struct.pack(">IIBBBBB", indices.shape[1], indices.shape[0], 8, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"PLTE", palette()) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


def draw(sound: Path, seconds: float) -> Path:
    """The mel spectrogram of `seconds` of a sound, next to it: time from left to right, 8 kHz at the top. Drawn again if it is older."""
    picture = sound.with_suffix(".png")
    if picture.exists() and picture.stat().st_mtime >= sound.stat().st_mtime:
        return picture
    samples = librosa.util.fix_length(librosa.load(sound, sr=RATE, mono=True, duration=seconds)[0], size=round(seconds * RATE))
    mel = librosa.feature.melspectrogram(y=samples, sr=RATE, n_fft=1024, hop_length=128, n_mels=HEIGHT)
    decibels = librosa.power_to_db(mel, ref=np.max, top_db=DECIBELS)[::-1]
    columns = np.linspace(0, decibels.shape[1] - 1, WIDTH).round().astype(int)
    picture.write_bytes(png((decibels[:, columns] / DECIBELS + 1) * 255))
    return picture
