# SPDX-License-Identifier: Apache-2.0
"""One transfer."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

import numpy as np
from numpy.typing import NDArray

from ._errors import TransferWarning
from ._program import Argument, Child, MemoryFile, memory_files
from ._result import Result
from ._settings import Inputs, Rate, arguments, rates, style_arguments
from ._sounds import FloatArray, Sound, is_path, samples_of

#: One style, with a weight among others or without.
Style = Union[Sound, Tuple[Sound, float]]

_RESULT = "the result is what the function returns"
_RESERVED = {
    "output": _RESULT, "output_format": _RESULT, "sample_format": "results are float32", "no_clobber": _RESULT,
    "json": "see the result's record", "trace": "see the result's losses", "events": "give progress", "quiet": "give progress",
    "snapshots": "use the command line", "report": "use the command line", "print_settings": "see wavestyle.presets",
    "dry_run": "use the command line", "unless_finished": _RESULT, "checkpoint_every": "use the command line",
    "no_checkpoint": "there is none", "resume": "use the command line", "restart": "use the command line",
    "allow_drift": "use the command line", "help": "see help(wavestyle.transfer)", "version": "see wavestyle.version",
    "working_rate": "it takes the place of --sample-rate",
}  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """How far a transfer has come.

    Attributes
    ----------
    stage : str
        'iterations', 'phases' (of a spectrogram), or what a mosaic does.
    fraction : float
        0 to 1, of the channel where channels are processed one by one.
    iteration, of : int or None
        The last iteration (0 is the start), and how many there are at most. None of a mosaic.
    loss : float or None
        Of that iteration.
    seconds : float or None
        Since the start's iteration.
    channel : int or None
        From 1, where channels are processed one by one.
    """

    stage: str
    fraction: float
    iteration: Optional[int] = None
    of: Optional[int] = None
    loss: Optional[float] = None
    seconds: Optional[float] = None
    channel: Optional[int] = None


def transfer(
    content: Sound,
    style: Union[Style, Sequence[Style]],
    sample_rate: Rate = None,
    preset: Optional[str] = None,
    *,
    progress: Optional[Callable[[Progress], object]] = None,
    threads: Optional[int] = None,
    max_memory: Union[int, str, None] = None,
    working_rate: Optional[int] = None,
    **settings: Any,
) -> Result:
    """Gives one sound the style of another.

    Parameters
    ----------
    content
        What is kept, its words or notes: a path, or an array [frames] or [frames, channels] of float32 or float64, full scale
        at -1 and 1.
    style
        What it shall sound like: the same, or a list of such, or of pairs of one and its weight.
    sample_rate
        Of arrays, in hertz; a pair for content and style where they differ.
    preset
        As 'mosaic', 'clean', 'ulyanov' or the path of a settings file: see `wavestyle.presets`. By default 'mosaic', or where loss, layers or
        backend is given, the published method of that backend.
    progress
        Called with a `Progress` now and then. What it raises ends the transfer.
    threads
        By default one for each processor. Results depend on it in their last bits.
    max_memory
        Bytes, or as '2GB'.
    working_rate
        The command line's --sample-rate: that of the spectrograms of backend 'stft', in hertz.
    **settings
        Any other setting of the command line by its name, with underscores: alpha, layers, loss, iterations, seed, blend, mode,
        init and so on. True and False are flags, None is left out, a list is joined by commas.

    Returns
    -------
    Result
        Its samples are float32, of the shape of `content` (of mono, where that is a path, [frames]).

    Raises
    ------
    Error
        What the program refuses or fails of: `UsageError` for settings, `BadDataError` for sounds, `InputError` for paths and so on.
    TypeError, ValueError
        For arrays of another type or shape, or with NaNs.
    KeyboardInterrupt
        After Ctrl-C, when the program has ended.

    Examples
    --------
    >>> result = wavestyle.transfer(voice, flute, 44_100, blend=0.3)
    >>> result = wavestyle.transfer("voice.wav", "flute.flac", loss="gram", layers="relu1", iterations=50)
    """
    if settings.get("mode") == "all":
        raise TypeError("transfer() gives one result: call it for each mode")
    content_rate, style_rate = rates(sample_rate)
    with memory_files() as files:
        inputs = Inputs(files)
        words: List[Argument] = ["--preset=" + preset] if preset is not None else []
        words += arguments({"threads": threads, "max_memory": max_memory}, {}, "transfer")
        words += arguments({"sample_rate": working_rate}, {}, "transfer")
        words += arguments(settings, _RESERVED, "transfer")
        has_iterations = _has_iterations(words)
        words.append(b"--content=" + inputs.path(content, content_rate, "content"))
        words += style_arguments(style, style_rate, inputs)
        sound, trace = MemoryFile("wavestyle-result"), MemoryFile("wavestyle-trace")
        files += [sound, trace]
        words += [f"--output={sound.path}", "--output-format=wav", "--sample-format=float32"]
        words += ["--events", "--json", "--quiet"] + ([f"--trace={trace.path}"] if has_iterations else [])
        record: Dict[str, Any] = {}
        names = {**inputs.names, sound.path: "result"}

        def tell(line: bytes) -> None:
            event = json.loads(line)
            if "record" in event:
                record.update(event["record"])
            elif "warning" in event:
                text = str(event["warning"]["text"])
                for path, name in names.items():
                    text = text.replace(path, name)
                warnings.warn(text, TransferWarning, stacklevel=4)
            elif progress is not None:
                how = _progress(event)
                if how is not None:
                    progress(how)

        with Child(words, files, names) as child:
            child.finish(tell)
        samples, rate = samples_of(sound.read())
        return Result(_shaped(samples, content), rate, record, _losses(trace.read()))


def _has_iterations(words: List[Argument]) -> bool:
    """Whether there will be losses: a mosaic has none, and the program takes no --trace for one."""
    with Child([*words, "--print-settings"]) as child:
        settings = json.loads(child.finish())
    return bool(settings["settings"].get("backend") != "mosaic")


def _progress(event: Dict[str, Dict[str, Any]]) -> Optional[Progress]:
    if "iteration" in event:
        how = event["iteration"]
        return Progress(
            "iterations", how["number"] / max(how["of"], 1), how["number"], how["of"], float(how["loss"]), how["seconds"],
            how.get("channel"),
        )  # fmt: skip
    if "phases" in event:
        how = event["phases"]
        return Progress("phases", how["round"] / max(how["of"], 1), how["round"], how["of"], channel=how.get("channel"))
    if "stage" in event:
        return Progress(event["stage"]["name"], event["stage"]["fraction"])
    return None


def _shaped(samples: FloatArray, content: object) -> FloatArray:
    """In the shape of the content, as far as there are as many channels."""
    wants_columns = not is_path(content) and np.ndim(content) == 2  # type: ignore[arg-type]
    return samples if wants_columns or samples.shape[1] > 1 else samples[:, 0]


def _losses(trace: bytes) -> Dict[str, NDArray[np.float64]]:
    """The trace's values by name: [iterations], or [channels, iterations] where channels were processed one by one."""
    points = [point for point in map(json.loads, trace.splitlines()) if "iteration" in point]
    channels: Dict[int, List[Dict[str, Any]]] = {}
    for point in points:
        channels.setdefault(point.pop("channel", 1), []).append(point)
    longest = max(map(len, channels.values()), default=0)
    losses: Dict[str, NDArray[np.float64]] = {}
    for name in points[0] if points else ():
        if name == "metrics":
            continue
        values = np.full((len(channels), longest), np.nan)
        for row, channel in zip(values, channels.values()):
            row[: len(channel)] = [point.get(name, np.nan) for point in channel]
        losses[name] = values if len(channels) > 1 else values[0]
    return losses
