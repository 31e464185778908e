# SPDX-License-Identifier: Apache-2.0
"""The judgement of outputs for one pair: all figures of style, content, noise and verbatim, and `both`."""

import numpy as np

from . import content as content_figures
from . import noise, style as style_figures, verbatim
from .sounds import Sound


class Judge:
    def __init__(self, content: Sound, style: Sound, style2: Sound | None = None, speech: bool = False, voice: bool = False):
        self.content, self.style, self.speech, self.voice = content, style, speech, voice
        self.styles = [style] if style2 is None else [style, style2]
        self._of_style = content_figures.raw_figures(content, style, speech)

    def figures(self, output: Sound) -> dict[str, float | None]:
        output = output.fitted(len(self.content))
        result = {
            **style_figures.figures(output, self.content, self.styles, self.voice),
            **content_figures.figures(self.content, output, self.speech, self._of_style),
            **noise.figures(output, self.content, self.style),
            **verbatim.figures(output, self.content, self.style),
        }
        kept = float(np.clip(result["content"], 0, 1))
        result["both"] = 2 * result["style"] * kept / max(result["style"] + kept, 1e-9)
        return result
