# SPDX-License-Identifier: Apache-2.0
"""Arrays as wav files of float32 samples, which round nothing, and back."""

from __future__ import annotations

import os
import struct
from typing import Any, List, Sequence, Tuple, Union, cast

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
#: A path, or samples of shape [frames] or [frames, channels].
Sound = Union[str, "os.PathLike[str]", NDArray[np.floating[Any]]]

_FLOAT, _EXTENSIBLE = 3, 0xFFFE


def is_path(sound: object) -> bool:
    return isinstance(sound, (str, bytes, os.PathLike))


def checked(samples: object, name: str) -> FloatArray:
    """Samples as contiguous float32, in the shape that they have.

    Raises
    ------
    TypeError
        Of something that is no array of floats.
    ValueError
        Of another shape than [frames] or [frames, channels].
    """
    if not hasattr(samples, "__array__"):
        raise TypeError(f"{name} is a {type(samples).__name__}: give a path or a NumPy array")
    array = np.asarray(samples)
    if array.dtype not in (np.float32, np.float64):
        advice = f"divide by {np.iinfo(array.dtype).max + 1}" if array.dtype.kind in "iu" else "convert it"
        raise TypeError(f"{name} is an array of {array.dtype}: give float32 or float64, full scale from -1 to 1 ({advice})")
    if array.ndim not in (1, 2) or 0 in array.shape:
        raise ValueError(f"{name} has the shape {array.shape}: give [frames] or [frames, channels], none of them 0")
    if array.ndim == 2 and array.shape[1] > 64:
        raise ValueError(f"{name} has the shape {array.shape}, so {array.shape[1]} channels: give [frames, channels], 64 channels at most")
    with np.errstate(over="ignore"):
        converted = np.ascontiguousarray(array, dtype="<f4")
    if not np.isfinite(converted).all():
        at = int(np.flatnonzero(~np.isfinite(converted.reshape(len(converted), -1)).all(axis=1))[0])
        raise ValueError(f"{name} has a NaN, an infinity or a value beyond float32 in frame {at}")
    return converted


def checked_rate(rate: object, name: str) -> int:
    """A rate in hertz as a whole number."""
    if rate is None:
        raise TypeError(f"{name} is an array: give sample_rate too, in hertz")
    number = float(cast(Any, rate))
    if not number.is_integer() or not 1_000 <= number <= 768_000:
        raise ValueError(f"the sample rate of {name} is {rate}: give a whole number of hertz from 1000 to 768000")
    return int(number)


def wav(samples: FloatArray, rate: int) -> Sequence[Union[bytes, memoryview]]:
    """The parts of a wav file with float32 samples.

    Parameters
    ----------
    samples
        [frames] or [frames, channels], contiguous.
    """
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    size = samples.size * 4
    if size > 0xFFFF_0000:
        raise ValueError(f"{size} bytes are more than a wav file holds: give a path, or a part")
    form = struct.pack("<HHIIHHH", _FLOAT, channels, rate, rate * channels * 4, channels * 4, 32, 0)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"fact" + struct.pack("<II", 4, len(samples))
    head = b"RIFF" + struct.pack("<I", 4 + len(chunks) + 8 + size) + b"WAVE" + chunks + b"data" + struct.pack("<I", size)
    return [head, samples.data.cast("B")]


def samples_of(file: bytes) -> Tuple[FloatArray, int]:
    """Samples [frames, channels] and rate of a wav file that the program wrote with float32 samples."""
    position, channels, rate = 12, 0, 0
    while position + 8 <= len(file):
        name, size = file[position : position + 4], struct.unpack_from("<I", file, position + 4)[0]
        start = position + 8
        if name == b"fmt ":
            form, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", file, start)
            if form == _EXTENSIBLE:
                form = struct.unpack_from("<H", file, start + 24)[0]
            if (form, bits) != (_FLOAT, 32):
                raise ValueError(f"wav format {form} with {bits} bits")
        elif name == b"data":
            count = min(size, len(file) - start) // 4
            return np.frombuffer(file, "<f4", count, start).reshape(-1, channels).astype(np.float32), rate
        position = start + size + size % 2
    raise ValueError("a wav file without samples")


def pcm16_wav(samples: FloatArray, rate: int) -> bytes:
    """A wav file of 16 bits for a player; what is over full scale is clipped."""
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    data = np.clip(np.rint(samples * 32_768.0), -32_768, 32_767).astype("<i2").tobytes()
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * channels * 2, channels * 2, 16)
    chunks: List[bytes] = [b"fmt ", struct.pack("<I", len(form)), form, b"data", struct.pack("<I", len(data)), data]
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body
