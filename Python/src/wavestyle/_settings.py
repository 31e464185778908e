# SPDX-License-Identifier: Apache-2.0
"""Settings of the command line by their names in Python, and sounds as files that the program can open."""

from __future__ import annotations

import os
import re
from numbers import Real
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from ._program import Argument, MemoryFile
from ._sounds import checked, checked_rate, is_path, wav

_NAME = re.compile(r"[a-z][a-z0-9_]*")
#: Flags that are given or left out: there is no `--no-` of them.
_PLAIN_FLAGS = {"strict"}


def arguments(settings: Mapping[str, Any], reserved: Mapping[str, str], function: str) -> List[Argument]:
    """The words of settings.

    Parameters
    ----------
    settings
        By name, with underscores. None is left out; True and False are flags; a list is joined by commas.
    reserved
        Names that there is something else for, and what.
    """
    words: List[Argument] = []
    for name, value in settings.items():
        if name in reserved or not _NAME.fullmatch(name):
            raise TypeError(f"{function}() takes no setting '{name}': {reserved.get(name, 'names are as alpha or content_layer')}")
        option = name.replace("_", "-")
        if value is None:
            continue
        if isinstance(value, (bool, np.bool_)):
            if value:
                words.append(f"--{option}")
            elif not (name in _PLAIN_FLAGS or name.startswith("no_")):
                words.append(f"--no-{option}")
        elif is_path(value) and not isinstance(value, str):
            words.append(f"--{option}=".encode() + os.fsencode(value))
        elif isinstance(value, (list, tuple)):
            words.append(f"--{option}=" + ",".join(_text(name, part) for part in value))
        else:
            words.append(f"--{option}=" + _text(name, value))
    return words


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (Real, np.generic)):
        # Without the type's name, which repr() of NumPy's numbers has.
        number = value.item() if isinstance(value, np.generic) else value
        return repr(number)
    raise TypeError(f"the setting '{name}' is a {type(value).__name__}: give a number, a text, a flag or a list of these")


class Inputs:
    """Sounds as words of the command line: paths as they are, arrays as files in memory.

    Parameters
    ----------
    files
        Takes the files; who made the list closes them.
    """

    def __init__(self, files: List[MemoryFile]) -> None:
        self.files = files
        #: The arrays by what stands for them.
        self.names: Dict[str, str] = {}

    def path(self, sound: object, rate: object, name: str) -> bytes:
        """The path of a sound."""
        if is_path(sound):
            return os.fsencode(sound)  # type: ignore[arg-type]
        samples = checked(sound, name)
        file = MemoryFile("wavestyle-sound", wav(samples, checked_rate(rate, name)))
        self.files.append(file)
        self.names[file.path] = name
        return os.fsencode(file.path)


def rates(sample_rate: object) -> Tuple[object, object]:
    """The rates of content and style: one for both, or a pair."""
    if isinstance(sample_rate, (tuple, list)):
        if len(sample_rate) != 2:
            raise ValueError(f"sample_rate has {len(sample_rate)} rates: give one, or a pair for content and style")
        return sample_rate[0], sample_rate[1]
    return sample_rate, sample_rate


def weighted(style: object) -> Sequence[Tuple[object, Optional[float]]]:
    """Styles with their weights, None where there is one style without."""
    if isinstance(style, tuple) and len(style) == 2 and isinstance(style[1], Real):
        return [(style[0], float(style[1]))]
    if isinstance(style, (list, tuple)):
        if not style:
            raise ValueError("style is an empty list: give a sound, or some")
        return [pair for one in style for pair in weighted(_no_list(one))]
    return [(style, None)]


def _no_list(style: object) -> object:
    if isinstance(style, list):
        raise TypeError("a list of styles has a list in it: give sounds, or pairs of a sound and its weight")
    return style


def style_arguments(style: object, rate: object, inputs: Inputs) -> List[Argument]:
    """The words of one style or of several."""
    words: List[Argument] = []
    pairs = weighted(style)
    for index, (sound, weight) in enumerate(pairs):
        name = "style" if len(pairs) == 1 else f"style {index + 1}"
        suffix = "" if weight is None else f"@{weight!r}"
        words.append(b"--style=" + inputs.path(sound, rate, name) + suffix.encode())
    return words


Rate = Union[int, float, Tuple[Union[int, float], Union[int, float]], None]
