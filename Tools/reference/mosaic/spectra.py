# SPDX-License-Identifier: Apache-2.0
"""Short-time spectra, mel bands, and levels of mono sounds at 16 kHz."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

RATE = 16_000
# Of the density envelope and of the filter.
SIZE, HOP, BANDS = 512, 128, 40
LOWEST, HIGHEST = 50, 8_000


def rms(sound):
    return float(np.sqrt(np.mean(np.square(sound, dtype=np.float64)) + 1e-20))


def hann(size):
    """Periodic; [size], float32."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)


def stft(sound, size=SIZE, hop=HOP, outside="constant"):
    """Frames centred at multiples of the hop: [samples / hop + 1, size / 2 + 1], complex64. Outside the sound are zeros, or with
    "reflect" its mirror image, as a sound that is cut off ends in a click otherwise."""
    padded = np.pad(sound.astype(np.float32), (size // 2, size // 2 + hop), mode=outside)
    frames = sliding_window_view(padded, size)[::hop][: len(sound) // hop + 1]
    return np.fft.rfft(frames * hann(size))


def istft(spectrum, length, size=SIZE, hop=HOP):
    """The sound nearest to a spectrum: windowed frames, added, over the sum of squared windows."""
    window = hann(size)
    sound = np.zeros(size + hop * len(spectrum), np.float32)
    weight = np.zeros_like(sound)
    for index, frame in enumerate(np.fft.irfft(spectrum, size) * window):
        place = slice(index * hop, index * hop + size)
        sound[place] += frame
        weight[place] += window**2
    sound = (sound / np.maximum(weight, 1e-3))[size // 2 :]
    return np.pad(sound, (0, max(0, length - len(sound))))[:length]


def mel(frequency):
    return 2595 * np.log10(1 + frequency / 700)


def bands(size=SIZE, count=BANDS):
    """Triangles at equal distances in mel, the outer ones level down to 0 Hz and up to the highest bin.

    Returns the weights of a band's mean, [count, bins], where rows sum to 1, and those of the interpolation from bands to bins,
    [count, bins], where columns do.
    """
    mels = np.linspace(mel(LOWEST), mel(HIGHEST), count)
    centres = 700 * (10 ** (mels / 2595) - 1)
    frequencies = np.arange(size // 2 + 1) * RATE / size
    places = np.interp(frequencies, centres, np.arange(count))
    between = np.maximum(0, 1 - np.abs(places - np.arange(count)[:, None]))
    sums = between.sum(axis=1, keepdims=True)
    mean = between / np.maximum(sums, 1e-6)
    # A band that is narrower than a bin is the nearest bin.
    for band in np.flatnonzero(sums < 0.8):
        mean[band] = np.arange(len(frequencies)) == round(centres[band] * size / RATE)
    return mean.astype(np.float32), between.astype(np.float32)
