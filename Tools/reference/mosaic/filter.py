# SPDX-License-Identifier: Apache-2.0
"""The last step of each mode: what plays gets the level that is wanted, and a share of the shape."""

import numpy as np

from envelope import density_envelope, split
from spectra import bands, istft, stft

# 20 dB, as a natural logarithm of power.
MOST = 2 * np.log(10)


def filtered(sound, want, f0, keep):
    """Two passes; the second sets levels only.

    want: the envelope wanted, [frames, bands]. f0: of the sound, [frames], 0 where unvoiced. keep: the share of the shape, 0 to 1.
    """
    between = bands()[1]
    level, shape = split(want)
    for share in (keep, 0):
        own_level, own_shape = split(density_envelope(sound, f0))
        gain = np.clip(level - own_level + share * (shape - own_shape), -MOST, MOST)
        spectrum = stft(sound, outside="reflect") * np.exp(0.5 * gain @ between).astype(np.float32)
        sound = istft(spectrum, len(sound))
    return sound
