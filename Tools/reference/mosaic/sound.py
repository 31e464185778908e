# SPDX-License-Identifier: Apache-2.0
"""A sound with what all modes need to know of it."""

from dataclasses import dataclass

import numpy as np
import scipy.ndimage

import pitch
from envelope import density_envelope
from spectra import HOP, stft


@dataclass
class Sound:
    samples: np.ndarray
    # Each 10 ms.
    f0: np.ndarray
    periodicity: np.ndarray
    voiced: np.ndarray
    # Each 8 ms: [frames, bands].
    envelope: np.ndarray

    def fundamental(self):
        """f0 each 8 ms, 0 where unvoiced."""
        return pitch.at_hop(self.f0, self.voiced, len(self.samples) // HOP + 1, HOP)


def analyse(samples):
    sound = Sound(samples, *pitch.track(samples), np.empty(0))
    sound.envelope = density_envelope(samples, sound.fundamental())
    return sound


def tonal_share(samples):
    """The share of the power in peaks 9 dB above their surroundings, between 94 and 4,000 Hz: the median over loud frames."""
    power = (np.abs(stft(samples, 2_048, 512)) ** 2 + 1e-9)[:, 12:512]
    sums = power.sum(axis=1)
    power = power[sums > sums.max() * 1e-4]
    surroundings = scipy.ndimage.median_filter(power, (1, 25))
    peaks = scipy.ndimage.binary_dilation(power > 8 * surroundings, np.ones((1, 3)))
    return float(np.median((power * peaks).sum(axis=1) / power.sum(axis=1)))
