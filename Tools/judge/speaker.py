# SPDX-License-Identifier: Apache-2.0
"""Listener: who speaks, by Resemblyzer's speaker encoder (Wan et al., 2018)."""

import sys
import types
from functools import cache

import numpy as np

from .sounds import LEVEL

NAME, VERSION = "speaker", 1
ENCODER_LEVEL = 10 ** (-30 / 20)  # what its own preparation of a sound sets


@cache
def encoder():
    # Only its preparation of recordings needs the voice detector, and is not used here.
    sys.modules.setdefault("webrtcvad", types.ModuleType("webrtcvad"))
    from resemblyzer import VoiceEncoder

    return VoiceEncoder("cpu", verbose=False)


def listen(samples: np.ndarray) -> dict[str, np.ndarray]:
    return {"speaker": encoder().embed_utterance(samples * np.float32(ENCODER_LEVEL / LEVEL))}
