# SPDX-License-Identifier: Apache-2.0
"""Pitch each 10 ms: YIN (de Cheveigne and Kawahara, 2002), with the lags chosen by the Viterbi algorithm."""

import numpy as np
import scipy.fft
import scipy.ndimage
from numpy.lib.stride_tricks import sliding_window_view

from spectra import RATE

HOP, WINDOW = 160, 1_024
SHORTEST, LAGS = RATE // 1_200, RATE // 50 + 2
CANDIDATES = 20


def track(sound):
    """f0 in hertz, also where nothing is voiced; periodicity, 1 - d', 0 to 1; voiced. All [samples / 160 + 1]."""
    difference, power = normalised_difference(sound)
    lags, values = candidates(difference)
    rows, best = np.arange(len(lags)), cheapest(lags, values)
    f0, periodicity = RATE / lags[rows, best], 1 - values[rows, best]
    level = 10 * np.log10(power + 1e-12)
    voiced = (periodicity > 0.8) & (level >= level.max() - 45)
    return f0, np.clip(periodicity, 0, 1), scipy.ndimage.binary_opening(voiced, np.ones(3))


def normalised_difference(sound):
    """The cumulative-mean-normalised difference, [frames, lags], and the windows' power, [frames]. A frame's window and its longest
    shift are centred at the frame together."""
    before = (WINDOW + LAGS) // 2
    frames = sliding_window_view(np.pad(sound, (before, before + HOP)).astype(np.float64), WINDOW + LAGS)
    frames = frames[::HOP][: len(sound) // HOP + 1]
    size = scipy.fft.next_fast_len(WINDOW + LAGS, real=True)
    spectra = scipy.fft.rfft(frames, size) * scipy.fft.rfft(frames[:, :WINDOW], size).conj()
    products = scipy.fft.irfft(spectra, size)[:, :LAGS]
    sums = np.pad(np.cumsum(frames**2, axis=1), ((0, 0), (1, 0)))
    energy = sums[:, WINDOW:-1] - sums[:, :LAGS]
    difference = np.maximum(energy[:, :1] + energy - 2 * products, 0)
    difference[:, 0] = 0
    normalised = difference * np.arange(LAGS) / (np.cumsum(difference, axis=1) + 1e-9)
    normalised[:, 0] = 1
    return normalised, energy[:, 0] / WINDOW


def candidates(difference):
    """The lowest local minima of each frame, the lowest first: lags and values, [frames, CANDIDATES], by parabolas. Where there are
    fewer, the rest has value infinity; where there are none, the first is 200 Hz with value 1."""
    x = difference
    lowest = np.zeros(x.shape, bool)
    inner = x[:, SHORTEST:-1]
    lowest[:, SHORTEST:-1] = (inner <= x[:, SHORTEST - 1 : -2]) & (inner < x[:, SHORTEST + 1 :])
    minima = np.where(lowest, x, np.inf)
    places = np.argsort(minima, axis=1, kind="stable")[:, :CANDIDATES]
    found = np.isfinite(np.take_along_axis(minima, places, axis=1))
    places = np.where(found, places, SHORTEST)
    left, middle, right = (np.take_along_axis(x, places + step, axis=1) for step in (-1, 0, 1))
    offset = 0.5 * (left - right) / (left - 2 * middle + right + 1e-12)
    lags = places + np.clip(offset, -0.5, 0.5)
    values = np.where(found, np.clip(middle - 0.25 * (left - right) * offset, 0, 2), np.inf)
    none = ~found[:, 0]
    lags[none, 0], values[none, 0] = RATE / 200, 1
    return lags, values


def cheapest(lags, values):
    """The path over candidates, [frames]: low values, short lags, small steps."""
    octaves = np.log2(lags)
    costs = values + 0.02 * (octaves - np.log2(SHORTEST))
    total, back = costs[0], []
    for frame in range(1, len(lags)):
        steps = np.abs(octaves[frame] - octaves[frame - 1][:, None])
        sums = total[:, None] + 0.6 * np.minimum(steps, 0.6)
        back.append(sums.argmin(axis=0))
        total = sums.min(axis=0) + costs[frame]
    path = [total.argmin()]
    for pointers in reversed(back):
        path.append(pointers[path[-1]])
    return np.array(path[::-1])


def at_hop(f0, voiced, count, hop):
    """f0 at the frames of another hop, 0 where unvoiced: [count]."""
    frames = np.minimum((np.arange(count) * hop / HOP + 0.5).astype(int), len(f0) - 1)
    return np.where(voiced, f0, 0)[frames]
