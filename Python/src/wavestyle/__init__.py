# SPDX-License-Identifier: Apache-2.0
"""Audio style transfer: one sound in the style of another.

    import wavestyle
    result = wavestyle.transfer("voice.wav", "flute.flac")
    result.save("out.wav")

Sounds are paths, or NumPy arrays of shape [frames] or [frames, channels] with full scale at -1 and 1. The work is done by the
program ``wavestyle`` in a process of its own: what it fails of is an exception here, also where it crashes.
"""

from ._encoder import Encoder, compand, expand
from ._errors import (
    BadDataError,
    CannotCreateError,
    Error,
    InputError,
    InputOutputError,
    SoftwareError,
    TransferWarning,
    UsageError,
)
from ._evaluate import evaluate, presets
from ._program import program, version
from ._result import Result
from ._transfer import Progress, transfer

__all__ = [
    "BadDataError",
    "CannotCreateError",
    "Encoder",
    "Error",
    "InputError",
    "InputOutputError",
    "Progress",
    "Result",
    "SoftwareError",
    "TransferWarning",
    "UsageError",
    "compand",
    "evaluate",
    "expand",
    "presets",
    "program",
    "transfer",
    "version",
]
