# SPDX-License-Identifier: Apache-2.0
"""Figures of style: how near the output is to the style, by what listeners hear. 0 is as near as the content is, 1 is as near as the style
itself, whose other excerpt counts as much as the style."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from . import notes, onsets, speaker, taggers
from .sounds import Sound

Likeness = Callable[[Sound, Sound], float]
LEAST_RANGE = 0.05  # between 0 and 1, where the content is as near as the style


@cache
def background() -> dict[str, np.ndarray]:
    """Mean and spread of each feature over many recordings. Without them, all sounds look alike."""
    with np.load(Path(__file__).parent / "background.npz") as file:
        return dict(file)


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-12))


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return cosine(np.ravel(a) - np.mean(a), np.ravel(b) - np.mean(b))


def _standardised(name: str, feature: np.ndarray) -> np.ndarray:
    return (feature - background()[f"{name}.mean"]) / background()[f"{name}.spread"]


def embeddings(sound: Sound) -> list[np.ndarray]:
    heard = sound.heard(taggers)
    names = [f"{tagger}.{layer}" for tagger in taggers.NAMES for layer in taggers.EMBEDDING[tagger]]
    return [_standardised(name, heard[name]) for name in names]


def tag_logits(sound: Sound) -> list[np.ndarray]:
    heard, result = sound.heard(taggers), []
    for tagger in taggers.NAMES:
        p = heard[f"{tagger}.tags"]
        result.append(_standardised(f"{tagger}.tags", np.log(p + 1e-6) - np.log1p(-p + 1e-6)))
    return result


def _mean_cosine(features: Callable[[Sound], list[np.ndarray]]) -> Likeness:
    return lambda a, b: float(np.mean([cosine(x, y) for x, y in zip(features(a), features(b))]))


def _speaker(a: Sound, b: Sound) -> float:
    return cosine(a.heard(speaker)["speaker"], b.heard(speaker)["speaker"])


def _rhythm(a: Sound, b: Sound) -> float:
    x, y = (onsets.rhythm(sound.heard(onsets)["activation"]) for sound in (a, b))
    length = min(len(x), len(y))
    return correlation(x[:length], y[:length])


def share(output: Sound, content: Sound, styles: list[Sound], likeness: Likeness) -> float:
    """Of the way from the content to the style."""
    zero, here, one = (np.mean([likeness(sound, style) for style in styles]) for sound in (content, output, styles[0]))
    return float((here - zero) / max(one - zero, LEAST_RANGE))


def figures(output: Sound, content: Sound, styles: list[Sound], voice: bool) -> dict[str, float]:
    result = {
        "style_embeddings": share(output, content, styles, _mean_cosine(embeddings)),
        "style_tags": share(output, content, styles, _mean_cosine(tag_logits)),
        "style_tag_correlation": float(np.mean([
            correlation(output.heard(taggers)[f"{tagger}.tags"], styles[0].heard(taggers)[f"{tagger}.tags"])
            for tagger in taggers.NAMES])),
        "style_chroma": correlation(*(notes.chroma(s.heard(notes)["activation"]).mean(axis=0) for s in (output, styles[0]))),
        "style_rhythm": share(output, content, styles, _rhythm),
    }
    if voice:
        result["style_speaker"] = share(output, content, styles, _speaker)
    # Taggers of music disagree on voices, so there the speaker encoder decides alone.
    summed = ["style_speaker"] if voice else ["style_embeddings", "style_tags"]
    result["style"] = float(np.mean([np.clip(result[name], 0, 1) for name in summed]))
    return result
