# SPDX-License-Identifier: Apache-2.0
"""What a transfer gives."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Dict, Union

import numpy as np
from numpy.typing import NDArray

from ._html import page
from ._sounds import FloatArray, wav


@dataclass(frozen=True, eq=False)
class Result:
    """The sound that a transfer gave, and how it was made. Jupyter shows it as a player, a spectrogram and losses.

    Attributes
    ----------
    samples : float32 array
        [frames] or [frames, channels], full scale at -1 and 1.
    sample_rate : int
        In hertz.
    record : dict
        The program's record: settings, sounds by their checksums, results. It is what the command line writes beside an output; an array's
        path is /proc/self/fd/N there.
    losses : dict of float64 arrays
        By name: 'iteration', 'loss', its terms before they are weighted ('style', 'content', ...), and 'seconds'. Each is [iterations], or
        [channels, iterations] where channels were processed one by one, NaN where one ended before others. Empty of a mosaic.
    """

    samples: FloatArray
    sample_rate: int
    record: Dict[str, Any] = field(repr=False)
    losses: Dict[str, NDArray[np.float64]] = field(repr=False)

    @property
    def duration(self) -> float:
        """In seconds."""
        return len(self.samples) / self.sample_rate

    def save(self, path: Union[str, "os.PathLike[str]"]) -> None:
        """Writes a wav file of float32 samples.

        Raises
        ------
        ValueError
            Where the name does not end in .wav.
        """
        if not os.fsdecode(path).lower().endswith(".wav"):
            raise ValueError(f"cannot save '{os.fsdecode(path)}': results are saved as .wav; other formats are the command line's")
        parts = wav(np.ascontiguousarray(self.samples, dtype="<f4"), self.sample_rate)
        with open(path, "wb") as file:
            for part in parts:
                file.write(part)

    def __repr__(self) -> str:
        return f"Result({self.duration:.2f} s, shape {self.samples.shape}, {self.sample_rate} Hz)"

    def _repr_html_(self) -> str:
        return page(self.samples, self.sample_rate, self.losses)
