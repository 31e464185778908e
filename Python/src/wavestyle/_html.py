# SPDX-License-Identifier: Apache-2.0
"""How Jupyter shows a result: a player, a spectrogram as a PNG, and losses as an SVG. NumPy and zlib suffice."""

from __future__ import annotations

import base64
import html
import struct
import zlib
from typing import Dict, List

import numpy as np
from numpy.typing import NDArray

from ._sounds import FloatArray, pcm16_wav

_WIDTH, _HEIGHT = 640, 160
#: From silence to the loudest, as red, green and blue.
_COLOURS = [(0, 0, 4), (81, 18, 124), (183, 55, 121), (252, 137, 97), (252, 253, 191)]
_LINES = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f"]


def page(samples: FloatArray, rate: int, losses: Dict[str, NDArray[np.float64]]) -> str:
    """A result for people."""
    mono = samples if samples.ndim == 1 else samples.mean(axis=1)
    player = _data_uri("audio/wav", pcm16_wav(samples, rate))
    picture = _data_uri("image/png", png(spectrogram(mono)))
    label = f"Spectrogram: 0 to {len(mono) / rate:.2f} s, 0 to {rate / 2000:g} kHz, 80 dB"
    return (
        f'<div><audio controls src="{player}"></audio><br>'
        f'<img src="{picture}" width="{_WIDTH}" height="{_HEIGHT}" alt="{label}" title="{label}"><br>{curves(losses)}</div>'
    )


def _data_uri(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def spectrogram(mono: FloatArray, size: int = 1024) -> NDArray[np.uint8]:
    """Levels of the STFT under a Hann window, [frequencies, times], the highest frequency first: 0 for 80 dB below the loudest, 255 for
    that. There are at most as many times as a picture is wide."""
    padded = np.pad(mono.astype(np.float64), size // 2)
    starts = np.unique(np.linspace(0, len(padded) - size, _WIDTH).astype(int))
    window = np.hanning(size + 1)[:-1]
    frames = np.stack([padded[start : start + size] * window for start in starts])
    magnitudes = np.abs(np.fft.rfft(frames))
    loudest = magnitudes.max()
    if loudest == 0:
        return np.zeros(magnitudes.T.shape, np.uint8)
    decibels = 20 * np.log10(np.maximum(magnitudes / loudest, 1e-4))
    levels: NDArray[np.uint8] = np.rint((decibels.T[::-1] + 80) / 80 * 255).astype(np.uint8)
    return levels


def png(levels: NDArray[np.uint8]) -> bytes:
    """A picture with a palette: PNG, colour type 3 with 8 bits."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    height, width = levels.shape
    stops = np.linspace(0, 255, len(_COLOURS))
    palette = np.stack([np.interp(np.arange(256), stops, part) for part in zip(*_COLOURS)], axis=1).round().astype(np.uint8)
    # Each row begins with its filter: none.
    rows = np.hstack([np.zeros((height, 1), np.uint8), levels]).tobytes()
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"PLTE", palette.tobytes()) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )


def curves(losses: Dict[str, NDArray[np.float64]]) -> str:
    """The losses of the first channel over iterations, on a logarithmic scale."""
    terms = {name: np.atleast_2d(values)[0] for name, values in losses.items() if name not in ("iteration", "seconds")}
    terms = {name: values for name, values in terms.items() if (values > 0).sum() > 1}
    if not terms:
        return ""
    iterations = np.atleast_2d(losses["iteration"])[0]
    positive = np.concatenate([values[values > 0] for values in terms.values()])
    low, high = np.log10(positive.min()), np.log10(positive.max())
    last, span = max(float(np.nanmax(iterations)), 1), max(float(high - low), 1e-9)
    left, top, width, height = 60, 8, _WIDTH - 180, _HEIGHT - 30
    parts: List[str] = []
    for index, (name, values) in enumerate(terms.items()):
        shown = values > 0
        x = left + iterations[shown] / last * width
        y = top + (high - np.log10(values[shown])) / span * height
        colour = _LINES[index % len(_LINES)]
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(f'<text x="{left + width + 8}" y="{top + 12 + 15 * index}" fill="{colour}">{html.escape(name)}</text>')
    axes = (
        f'<path d="M{left} {top}V{top + height}H{left + width}" fill="none" stroke="#888"/>'
        f'<text x="{left - 6}" y="{top + 10}" text-anchor="end">{10**high:.3g}</text>'
        f'<text x="{left - 6}" y="{top + height}" text-anchor="end">{10**low:.3g}</text>'
        f'<text x="{left + width}" y="{top + height + 15}" text-anchor="end">{last:.0f} iterations</text>'
    )
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif" font-size="12" fill="#888" role="img" '
        f'aria-label="Losses">{axes}{"".join(parts)}</svg>'
    )
