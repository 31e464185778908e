# SPDX-License-Identifier: Apache-2.0
"""Figures of content: how much of what happens in the content happens in the output, at the same time. A figure is None where the content
has nothing of the kind: no onsets, no notes, no pitch."""

import librosa
import mir_eval
import numpy as np
import pystoi
import scipy.ndimage

from . import notes, onsets, phones, pitch
from .sounds import RATE, Sound
from .style import correlation, cosine

CENTS = 50  # within which a pitch is the same
FEWEST_VOICED = 10  # frames
NOTE_ONSET = 0.1  # seconds within which a note starts at the same time
ONSET_WINDOW = 0.05
PITCHED_SHARE = 0.2  # of its frames: from here on a content's pitch and notes mean something
LEAST_RANGE = 0.02

# The figures whose mean is `content`. Those of pitch and notes count only where the content is pitched.
TIMED = ("content_onsets", "content_flux")
PITCHED = {True: ("content_pitch",), False: ("content_pitch", "content_notes", "content_note_frames", "content_chroma")}
WORDS = ("content_stoi", "content_phones")


def _common(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    length = min(len(a), len(b))
    return a[:length], b[:length]


def pitch_shares(content: Sound, output: Sound) -> tuple[float | None, float | None]:
    """Of the content's voiced frames, where the output has their pitch, and where it has it in any octave."""
    expected, found = content.heard(pitch), output.heard(pitch)
    voiced = pitch.voiced(expected, content.levels(len(expected["periodicity"])))
    voiced, frequency = _common(voiced, found["frequency"])
    if voiced.sum() < FEWEST_VOICED:
        return None, None
    cents = 1200 * np.log2(frequency[voiced] / expected["frequency"][:len(voiced)][voiced])
    in_octave = (cents + 600) % 1200 - 600
    return float(np.mean(np.abs(cents) <= CENTS)), float(np.mean(np.abs(in_octave) <= CENTS))


def note_f_measure(content: Sound, output: Sound) -> float | None:
    expected, found = (sound.heard(notes)["notes"].astype(float) for sound in (content, output))
    if not len(expected):
        return None
    if not len(found):
        return 0.0
    arguments = []
    for rows in (expected, found):
        arguments += [rows[:, :2], librosa.midi_to_hz(rows[:, 2])]
    return float(mir_eval.transcription.precision_recall_f1_overlap(
        *arguments, onset_tolerance=NOTE_ONSET, pitch_tolerance=CENTS, offset_ratio=None)[2])


def note_frames(content: Sound, output: Sound) -> float:
    """Correlation of the notes' activations, blurred over 30 ms."""
    blurred = (scipy.ndimage.gaussian_filter1d(sound.heard(notes)["activation"], 3, axis=0) for sound in (content, output))
    return correlation(*_common(*blurred))


def chroma_moves(content: Sound, output: Sound) -> float:
    """Correlation of pitch classes over time. Each class's mean is taken off: a chord that never changes says nothing."""
    a, b = _common(*(notes.chroma(sound.heard(notes)["activation"]) for sound in (content, output)))
    return cosine(np.ravel(a - a.mean(axis=0)), np.ravel(b - b.mean(axis=0)))


def onset_f_measure(content: Sound, output: Sound) -> float | None:
    expected, found = (sound.heard(onsets)["onsets"].astype(float) for sound in (content, output))
    return float(mir_eval.onset.f_measure(expected, found, window=ONSET_WINDOW)[0]) if len(expected) else None


def flux(content: Sound, output: Sound) -> float:
    """Correlation of the onsets' activations, blurred over 20 ms."""
    blurred = (scipy.ndimage.gaussian_filter1d(sound.heard(onsets)["activation"], 2) for sound in (content, output))
    return correlation(*_common(*blurred))


def stoi(content: Sound, output: Sound) -> float:
    return float(pystoi.stoi(*_common(content.samples, output.samples), RATE))


def phone_accuracy(content: Sound, output: Sound) -> float | None:
    """1 - Levenshtein's distance for each of the content's phones."""
    expected, found = (sound.heard(phones)["phones"].tolist() for sound in (content, output))
    if not expected:
        return None
    row = list(range(len(found) + 1))
    for i, phone in enumerate(expected, start=1):
        above, row = row, [i]
        for j, other in enumerate(found, start=1):
            row.append(min(above[j - 1] + (phone != other), above[j] + 1, row[-1] + 1))
    return max(0.0, 1 - row[-1] / len(expected))


def raw_figures(content: Sound, output: Sound, speech: bool) -> dict[str, float | None]:
    exact, folded = pitch_shares(content, output)
    result = {
        "content_pitch": exact,
        "content_pitch_folded": folded,
        "content_notes": note_f_measure(content, output),
        "content_note_frames": note_frames(content, output),
        "content_chroma": chroma_moves(content, output),
        "content_onsets": onset_f_measure(content, output),
        "content_flux": flux(content, output),
    }
    if speech:
        result |= {"content_stoi": stoi(content, output), "content_phones": phone_accuracy(content, output)}
    return result


def summed(content: Sound, of_style: dict[str, float | None], speech: bool) -> list[str]:
    """The figures that count for this content."""
    names = list(TIMED) + (list(WORDS) if speech else [])
    if float(np.mean(content.heard(pitch)["periodicity"] > pitch.PERIODIC)) > PITCHED_SHARE:
        names += PITCHED[speech]
    return [name for name in names if of_style[name] is not None]


def figures(content: Sound, output: Sound, speech: bool, of_style: dict[str, float | None]) -> dict[str, float | None]:
    """The raw figures, and `content`: their mean, each with 0 at what the style has by itself and 1 at the content itself."""
    result = raw_figures(content, output, speech)
    names = summed(content, of_style, speech)
    result["content"] = float(np.mean([(result[n] - of_style[n]) / max(1 - of_style[n], LEAST_RANGE) for n in names]))
    return result
