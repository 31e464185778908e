# SPDX-License-Identifier: Apache-2.0
"""Metrics of results, and the presets."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Sequence, Union, cast

from ._program import Argument, Child, memory_files
from ._result import Result
from ._settings import Inputs, Rate, arguments, rates
from ._sounds import Sound

_RESERVED = {"json": "the table is what the function returns", "explain": "use the command line", "help": "see help(wavestyle.evaluate)"}


def evaluate(
    content: Sound,
    style: Sound,
    outputs: Union[Sound, Result, Sequence[Union[Sound, Result]]],
    sample_rate: Rate = None,
    metrics: Union[str, Sequence[str], None] = None,
    **settings: Any,
) -> Dict[str, Any]:
    """Measures sounds against their content and style.

    Parameters
    ----------
    content, style
        Paths, or arrays [frames] or [frames, channels].
    outputs
        What is measured: the same, a `Result`, or a list of these.
    sample_rate
        Of arrays, in hertz; a pair for content and style where they differ, of which outputs have the content's. A `Result` has its own.
    metrics
        As 'flatness' or ['flatness', 'chroma'], all by default.
    **settings
        Other settings of `wavestyle evaluate`, as pitch_classes, start or threads.

    Returns
    -------
    dict
        What `wavestyle evaluate --json` prints: 'content', 'style' and a list 'outputs', each with 'name', 'path' (None of an array) and
        'scores', the metrics by name. A metric that is not defined, like the pitch of noise, is left out.

    Raises
    ------
    Error
        As `transfer`.
    """
    content_rate, style_rate = rates(sample_rate)
    with memory_files() as files:
        inputs = Inputs(files)
        words: List[Argument] = ["evaluate", "--json"]
        words += arguments({"metrics": [metrics] if isinstance(metrics, str) else metrics}, {}, "evaluate")
        words += arguments(settings, _RESERVED, "evaluate")
        words.append(b"--content=" + inputs.path(content, content_rate, "content"))
        words.append(b"--style=" + inputs.path(style, style_rate, "style"))
        sounds = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        words.append("--")
        for index, sound in enumerate(sounds):
            name = "output" if len(sounds) == 1 else f"output {index + 1}"
            if isinstance(sound, Result):
                words.append(inputs.path(sound.samples, sound.sample_rate, name))
            else:
                words.append(inputs.path(sound, content_rate, name))
        with Child(words, files, inputs.names) as child:
            table: Dict[str, Any] = json.loads(child.finish())
    for sound in [table["content"], table["style"], *table["outputs"]]:
        if sound["path"] in inputs.names:
            sound["name"], sound["path"] = inputs.names[sound["path"]], None
    return table


def presets(name: Optional[str] = None) -> List[Dict[str, Any]]:
    """The presets: name, title, source, departures from it, and settings.

    Parameters
    ----------
    name
        Only this one, with every setting that it has.

    Raises
    ------
    UsageError
        Where there is none of that name.
    """
    with Child(["presets", "--json"] + ([name] if name is not None else [])) as child:
        found = json.loads(child.finish())
    return cast(List[Dict[str, Any]], found if isinstance(found, list) else [found])
