# SPDX-License-Identifier: Apache-2.0
"""The density envelope: power by frequency that hardly knows the pitch."""

import numpy as np

from spectra import HOP, RATE, SIZE, bands, stft

# Hertz that power is averaged over, at least.
NARROWEST = 150


def density_envelope(sound, f0):
    """Natural logarithm of the power density in mel bands: [frames, bands].

    Power is averaged over the pitch's own distance of partials, so that they do not show. Below 0.75 of that width the value there
    is held, but for what a plain average finds to lie below the fundamental.

    f0: [frames], 0 where unvoiced.
    """
    power = np.abs(stft(sound, outside="reflect")) ** 2
    sums = np.pad(np.cumsum(power, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
    bins = np.arange(power.shape[1])
    narrowest = NARROWEST * SIZE / RATE
    width = np.maximum(f0 * SIZE / RATE, narrowest)[:, None]
    density = mean_power(sums, np.maximum(bins, 0.75 * width), width)
    plain = mean_power(sums, np.broadcast_to(bins, power.shape), narrowest)
    density = np.where(bins < 0.75 * width, np.maximum(density, plain), density)
    return np.log(density @ bands()[0].T.astype(np.float64) + 1e-6)


def mean_power(sums, centre, width):
    """The mean over `width` + 1 bins around a bin, what lies outside the spectrum left out: all in bins, fractions too.

    sums: [frames, bins + 1], of the power below each bin.
    """
    count = sums.shape[1] - 1
    low, high = np.clip(centre - width / 2, 0, count - 1), np.clip(centre + width / 2 + 1, 1, count)

    def below(place):
        whole = np.minimum(place.astype(int), count - 1)
        part = place - whole
        return np.take_along_axis(sums, whole, 1) * (1 - part) + np.take_along_axis(sums, whole + 1, 1) * part

    return (below(high) - below(low)) / np.maximum(high - low, 1e-3)


def split(envelope):
    """Level, [frames, 1], the logarithm of the sum over bands, and shape, [frames, bands], the rest."""
    level = np.log(np.exp(envelope).sum(axis=1, keepdims=True))
    return level, envelope - level


def at_frames(envelope, count):
    """The envelope's frames that are nearest to `count` frames of 10 ms, with an even index where two are."""
    return envelope[np.minimum(np.rint(np.arange(count) * 160 / HOP).astype(int), len(envelope) - 1)]


def pooled(envelope, count=8):
    """Means of neighbouring bands: [frames, count]."""
    return envelope.reshape(len(envelope), count, -1).mean(axis=2)
