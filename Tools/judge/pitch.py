# SPDX-License-Identifier: Apache-2.0
"""Listener: the pitch of a single voice, by CREPE (Kim et al., 2018; the tiny network, which says the same as the full one)."""

import numpy as np
import torch
import torchcrepe

from .sounds import FRAME, RATE

NAME, VERSION = "pitch", 1
LOWEST, HIGHEST = 50.0, 1800.0  # Hz
PERIODIC = 0.6  # from here on a frame is voiced
QUIET = -40.0  # dB below the loudest frame


def listen(samples: np.ndarray) -> dict[str, np.ndarray]:
    """Hz and periodicity in 0...1, a frame each 10 ms."""
    # torchcrepe adds random numbers to its 20-cent bins: the same ones for each sound, so that a sound agrees with itself.
    state = np.random.get_state()
    np.random.seed(0)
    try:
        frequency, periodicity = torchcrepe.predict(
            torch.from_numpy(samples)[None], RATE, FRAME, LOWEST, HIGHEST, "tiny", decoder=torchcrepe.decode.viterbi,
            return_periodicity=True, batch_size=128)
    finally:
        np.random.set_state(state)
    return {"frequency": frequency[0].numpy(), "periodicity": periodicity[0].numpy()}


def voiced(answer: dict[str, np.ndarray], levels: np.ndarray) -> np.ndarray:
    """Which frames have a pitch, and are loud enough for it to matter."""
    return (answer["periodicity"] > PERIODIC) & (levels > QUIET)
