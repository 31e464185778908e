# SPDX-License-Identifier: Apache-2.0
"""NSynth's encoder: activations, and gradients by vector-Jacobian products."""

from __future__ import annotations

import json
import os
import re
import threading
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._errors import Error, error_of
from ._program import Argument, Child
from ._sounds import FloatArray, checked, checked_rate


def compand(samples: ArrayLike) -> FloatArray:
    """The network's input for samples at 16 kHz: mu-law codes of 8 bits in companded units.

    q / 128, where q = floor(128 sgn(s) ln(1 + 255 |s|) / ln 256) from -128 to 127, and 0 for NaN.

    Parameters
    ----------
    samples
        Full scale at -1 and 1; any shape.
    """
    s = np.asarray(samples, np.float32).astype(np.float64)
    codes = np.floor(128 * np.sign(s) * (np.log1p(255 * np.abs(s)) / np.log(256)))
    return (np.clip(np.where(np.isnan(codes), 0, codes), -128, 127) / 128).astype(np.float32)


def expand(x: ArrayLike) -> FloatArray:
    """The samples of companded units, which need not be whole codes.

    sgn(v) (256^|v| - 1) / 255 with v = x + 0.5 / 128, the middle of a code's range, and 0 where x = 0.

    Parameters
    ----------
    x
        The network's input or what an optimiser made of it; any shape.
    """
    x = np.asarray(x, np.float32).astype(np.float64)
    v = x + 0.5 / 128
    return np.where(x == 0, 0, np.sign(v) * np.expm1(np.abs(v) * np.log(256)) / 255).astype(np.float32)


class Encoder:
    """NSynth's encoder, in one process of the program that holds the weights.

    Its input is x [T], a companded waveform at 16 kHz (`compand`, `input`). Use it in a `with` statement, or `close` it. After Ctrl-C or
    a crash of the process the next call starts another one. Threads may share an encoder: one call runs at a time.

    Parameters
    ----------
    weights
        A name or an HDF5 file, as of the command line; by default the random ones that come with the program.
    threads
        By default one for each processor.

    Attributes
    ----------
    sample_rate : int
        16000, in hertz.
    width, layers, bottleneck, hop : int
        Channels and number of the blocks, channels of the bottleneck, and samples for each row of the encoding.

    Raises
    ------
    Error
        For weights that cannot be used.

    Examples
    --------
    >>> with wavestyle.Encoder() as encoder:
    ...     x = encoder.input(samples, 44_100)
    ...     maps = encoder.activations(x, "relu1:1-3,encoding")
    ...     dx = encoder.gradient(x, {"relu1:3": 2 * maps["relu1:3"]})
    """

    sample_rate = 16_000

    def __init__(self, weights: Union[str, "os.PathLike[str]", None] = None, threads: Optional[int] = None) -> None:
        self._arguments: List[Argument] = ["serve-encoder"]
        if weights is not None:
            self._arguments.append(b"--weights=" + os.fsencode(weights))
        if threads is not None:
            self._arguments.append(f"--threads={int(threads)}")
        self._child: Optional[Child] = None
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self._is_closed = False
        with self._lock:
            architecture = self._started()["architecture"]
        self.width: int = architecture["width"]
        self.layers: int = architecture["layers"]
        self.bottleneck: int = architecture["bottleneck"]
        self.hop: int = architecture["hop"]

    def input(self, samples: ArrayLike, sample_rate: int) -> FloatArray:
        """x of a sound: mixed to one channel, resampled to 16 kHz, companded.

        Parameters
        ----------
        samples
            [frames] or [frames, channels] of float32 or float64.
        sample_rate
            In hertz.
        """
        sound = checked(samples, "samples")
        rate = checked_rate(sample_rate, "samples")
        channels = 1 if sound.ndim == 1 else sound.shape[1]
        return self._request({"do": "input", "channels": channels, "rate": rate}, [sound.T])[1]

    def activations(self, x: ArrayLike, layers: Union[str, Sequence[str]]) -> Dict[str, FloatArray]:
        """Activations at some layers.

        Parameters
        ----------
        x
            [T], at least one sample.
        layers
            As 'relu1:1-3,residual:30,encoding', or a list of such: relu1, relu2 and residual of blocks from 1, bottleneck, encoding.

        Returns
        -------
        dict of float32 arrays
            By name, as 'relu1:1': [T, C]; the bottleneck's is [T, B], the encoding's [T // hop, B].

        Raises
        ------
        UsageError
            For layers that do not exist.
        BadDataError
            Where memory does not hold them.
        """
        text = layers if isinstance(layers, str) else ",".join(layers)
        head, values = self._request({"do": "activations", "layers": text}, [self._checked(x)])
        maps: Dict[str, FloatArray] = {}
        start = 0
        for shape in head["maps"]:
            count = shape["rows"] * shape["columns"]
            maps[shape["name"]] = values[start : start + count].reshape(shape["rows"], shape["columns"])
            start += count
        return maps

    def gradient(self, x: ArrayLike, cotangents: Mapping[str, ArrayLike]) -> FloatArray:
        """dL/dx [T] of a loss L of activations F, from dL/dF at some layers: a vector-Jacobian product.

        At a kink of a ReLU its derivative is that of its negative side, 0.

        Parameters
        ----------
        x
            [T].
        cotangents
            dL/dF by the name of one layer each, as 'relu1:3', in the shape that `activations` gives.

        Raises
        ------
        ValueError
            For a cotangent of another shape.
        UsageError, BadDataError
            As `activations`.
        """
        signal = self._checked(x)
        if not cotangents:
            raise ValueError("there are no cotangents: give one for a layer")
        parts = [signal]
        for name, values in cotangents.items():
            part = np.ascontiguousarray(values, dtype="<f4")
            shape = self._shape(name, len(signal))
            if part.shape != shape:
                raise ValueError(f"the cotangent of '{name}' has the shape {part.shape}: the layer's map has {shape}")
            parts.append(part)
        head = {"do": "gradient", "layers": ",".join(cotangents), "samples": len(signal)}
        return self._request(head, parts)[1]

    def close(self) -> None:
        """Ends the process. A second call does nothing."""
        self._is_closed = True
        with self._lock:
            self._end()

    def __enter__(self) -> Encoder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        # Where the constructor failed, there may be none.
        if getattr(self, "_child", None) is not None:
            self.close()

    @staticmethod
    def _checked(x: ArrayLike) -> FloatArray:
        signal = checked(np.asarray(x), "x")
        if signal.ndim != 1:
            raise ValueError(f"x has the shape {signal.shape}: give [T]")
        return signal

    def _shape(self, name: str, samples: int) -> Tuple[int, ...]:
        if name == "encoding":
            return (samples // self.hop, self.bottleneck)
        if name == "bottleneck":
            return (samples, self.bottleneck)
        if re.fullmatch(r"(relu1|relu2|residual):[0-9]+", name) is None:
            raise ValueError(f"'{name}' is not the name of one layer: as relu1:3, relu2:3, residual:3, bottleneck or encoding")
        return (samples, self.width)

    def _started(self) -> Dict[str, Any]:
        """Starts a process, and returns what it says of the encoder."""
        child = Child(self._arguments, talks=True)
        self._child, self._owner = child, os.getpid()
        try:
            return self._head(child)
        except BaseException:
            self._end()
            raise

    def _request(self, head: Dict[str, Any], arrays: Sequence[FloatArray]) -> Tuple[Dict[str, Any], FloatArray]:
        with self._lock:
            if self._is_closed:
                raise ValueError("the encoder is closed")
            if self._child is None or self._owner != os.getpid():
                # After a fork the process is the parent's.
                self._started()
            child = self._child
            assert child is not None
            try:
                parts = [np.ascontiguousarray(array, dtype="<f4") for array in arrays]
                head = dict(head, bytes=sum(part.nbytes for part in parts))
                try:
                    child.stdin.write(json.dumps(head).encode() + b"\n")
                    for part in parts:
                        if part.size:
                            child.stdin.write(part.data.cast("B"))
                    child.stdin.flush()
                except BrokenPipeError:
                    raise child.failure() from None
                answer = self._head(child)
                if "error" in answer:
                    refusal: Error = error_of(answer["error"], {})
                else:
                    return answer, self._values(child, answer["bytes"])
            except BaseException:
                # What is on its way between the two is not known any more.
                self._end()
                raise
            raise refusal

    @staticmethod
    def _head(child: Child) -> Dict[str, Any]:
        line = child.stdout.readline()
        if not line.endswith(b"\n"):
            raise child.failure()
        head: Dict[str, Any] = json.loads(line)
        return head

    @staticmethod
    def _values(child: Child, count: int) -> FloatArray:
        values: NDArray[np.float32] = np.empty(count // 4, "<f4")
        rest = values.data.cast("B") if count else memoryview(b"")
        while len(rest):
            got = child.stdout.readinto(rest)  # type: ignore[attr-defined]
            if not got:
                raise child.failure()
            rest = rest[got:]
        return values

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            # A process that a fork has taken along stays the parent's.
            child.close(stops=self._owner == os.getpid())
