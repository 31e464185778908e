# SPDX-License-Identifier: Apache-2.0
"""Sounds as the listeners get them: mono, 16 kHz, one loudness. What a listener heard is kept on disk."""

import hashlib
import os
from pathlib import Path
from typing import Protocol

import librosa
import numpy as np

RATE = 16000
LEVEL = 0.1  # root mean square
FRAME = RATE // 100  # 10 ms


class Listener(Protocol):
    """A module of this folder: what it hears is arrays by name. Its version rises when its answers change."""

    NAME: str
    VERSION: int

    def listen(self, samples: np.ndarray) -> dict[str, np.ndarray]: ...


def at_level(samples: np.ndarray) -> np.ndarray:
    samples = np.asarray(samples, np.float32) - np.float32(np.mean(samples, dtype=np.float64))
    return samples * np.float32(LEVEL / max(1e-7, float(np.sqrt(np.mean(samples**2)))))


class Sound:
    """Samples, and what the listeners hear in them. Each is asked once."""

    def __init__(self, samples: np.ndarray, memory: Path | None = None):
        self.samples = at_level(samples)
        self.memory = memory
        self._digest = hashlib.sha1(self.samples.tobytes()).hexdigest()[:20]
        self._heard: dict[str, dict[str, np.ndarray]] = {}

    @classmethod
    def read(cls, path: Path, memory: Path | None = None) -> "Sound":
        return cls(librosa.load(path, sr=RATE, mono=True)[0], memory)

    def __len__(self) -> int:
        return len(self.samples)

    def fitted(self, length: int) -> "Sound":
        """As long as another sound: cut, or with silence after it."""
        samples = self.samples[:length]
        return Sound(np.pad(samples, (0, length - len(samples))), self.memory)

    def heard(self, listener: Listener) -> dict[str, np.ndarray]:
        if listener.NAME not in self._heard:
            self._heard[listener.NAME] = self._remembered(listener)
        return self._heard[listener.NAME]

    def _remembered(self, listener: Listener) -> dict[str, np.ndarray]:
        if self.memory is None:
            return listener.listen(self.samples)
        path = self.memory / f"{self._digest}.{listener.NAME}-{listener.VERSION}.npz"
        if path.exists():
            with np.load(path) as file:
                return dict(file)
        answer = listener.listen(self.samples)
        self.memory.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.npz")
        np.savez_compressed(partial, **answer)
        partial.rename(path)
        return answer

    def levels(self, count: int) -> np.ndarray:
        """Decibels below the loudest of the first `count` frames, each 20 ms around its centre."""
        energy = np.concatenate([[0.0], np.cumsum(self.samples.astype(np.float64) ** 2)])
        centres = np.arange(count) * FRAME
        first, last = (np.clip(centres + shift, 0, len(self.samples)) for shift in (-FRAME, FRAME))
        power = (energy[last] - energy[first]) / np.maximum(last - first, 1) + 1e-12
        return 10 * np.log10(power / power.max())
