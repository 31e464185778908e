# SPDX-License-Identifier: Apache-2.0
"""The style's recording at varying speed, so that it plays the content's melody; it jumps where another place fits better."""

from dataclasses import dataclass

import numpy as np
import scipy.ndimage
import scipy.signal

from envelope import at_frames, pooled
from pitch import HOP
from spectra import HOP as ENVELOPE_HOP
from spectra import RATE

LOOK_AHEAD = 12
CROSSFADE = 480
# Samples between two looks at the style's pitch.
BLOCK = 80
# Samples of silence around the style.
MARGIN = 8_000


@dataclass
class Score:
    """What is played. Octaves are log2 of hertz, [frames] each, the content's already moved; flux [frames]; onsets are frames."""

    content_octaves: np.ndarray
    style_octaves: np.ndarray
    content_flux: np.ndarray
    style_flux: np.ndarray
    onsets: np.ndarray
    # Whether pitches decide the speed; otherwise it is 1.
    pitched: bool

    def speed(self, content_octaves, style_octaves):
        """Of the style, between 1/8 and 4."""
        if not self.pitched:
            return np.ones(np.broadcast(content_octaves, style_octaves).shape)
        return 2 ** np.clip(content_octaves - style_octaves, -3, 2)


def score(content, style, octave):
    flux, style_flux = (spectral_flux(sound) for sound in (content, style))
    largest = scipy.ndimage.maximum_filter1d(flux, 9)
    return Score(
        contour(content) + octave, contour(style), fitted(flux, len(content.f0)), fitted(style_flux, len(style.f0)),
        np.flatnonzero((flux == largest) & (flux > 0.35)),
        pitched=bool(style.voiced.mean() > 0.25 and content.voiced.mean() > 0.15),
    )


def contour(sound):
    """log2 f0, straight over gaps, smoothed by a median of 5."""
    if sound.voiced.sum() < 3:
        return np.full(len(sound.f0), np.log2(200))
    frames = np.arange(len(sound.f0))
    line = np.interp(frames, frames[sound.voiced], np.log2(sound.f0[sound.voiced]))
    return scipy.ndimage.median_filter(line, 5)


def spectral_flux(sound):
    """Mean rise of the envelope within 24 ms, each 10 ms; what is 39 dB below the loudest does not count."""
    envelope = np.maximum(sound.envelope, sound.envelope.max() - 9)
    rise = np.pad(np.maximum(envelope[3:] - envelope[:-3], 0).mean(axis=1), (2, 1))
    count = len(envelope) * ENVELOPE_HOP // HOP
    return np.interp(np.arange(count) * HOP / ENVELOPE_HOP, np.arange(len(rise)), rise)


def fitted(values, count):
    return np.pad(values, (0, max(0, count - len(values))))[:count]


def positions(content, style, want, score):
    """Where the style plays at each of the content's frames, in samples, and the frames of jumps, the first of all included."""
    frames, places = len(content.f0), len(style.f0)
    x, y = pooled(at_frames(want, frames)), pooled(at_frames(style.envelope, places))
    level = y.mean(axis=1)
    x, y = (envelope - envelope.mean(axis=1, keepdims=True) for envelope in (x, y))
    bad = 2.0 * (level < level.max() - 4.5)
    if score.pitched:
        bad += 2.0 * ~style.voiced + 2.0 * (np.abs(np.gradient(score.style_octaves)) > 0.04)

    def ahead(frame, place):
        """Mean cost of the next frames, if the style goes on from these places."""
        cost = np.zeros(len(place))
        for later in np.minimum(np.arange(frame, frame + LOOK_AHEAD), frames - 1):
            whole = np.minimum(place.astype(int), places - 1)
            cost += ((x[later] - y[whole]) ** 2).mean(axis=1) / 2 + bad[whole] + 5 * (place >= places - 2)
            cost += 0.3 * (score.content_flux[later] - score.style_flux[whole]) ** 2
            place = place + score.speed(score.content_octaves[later], score.style_octaves[whole])
        return cost / LOOK_AHEAD

    onsets = set(score.onsets.tolist())
    result, jumps, place = np.zeros(frames), [], None
    worn = np.zeros(places)
    for frame in range(frames):
        if frame in onsets or frame % 3 == 0:
            costs = ahead(frame, np.arange(places, dtype=float)) + worn
            if score.pitched:
                costs += 0.5 * np.abs(score.content_octaves[frame] - score.style_octaves)
            best = int(costs.argmin())
            if place is None:
                place, jumps = float(best), [frame]
            elif costs[best] + (0.18 if frame in onsets else 0.6) < ahead(frame, np.array([place]))[0]:
                place, jumps = float(best), jumps + [frame]
                worn[max(0, best - 5) : best + 6] += 0.25
            worn *= 0.97
        result[frame] = place * HOP
        whole = min(int(place), places - 1)
        place += float(score.speed(score.content_octaves[frame], score.style_octaves[whole]))
        place = min(place, places - 1)
    return result, jumps


class Tape:
    """The style, to be played at any speed."""

    def __init__(self, samples, score):
        self.length, self.score = len(samples), score
        self.versions = {0: np.pad(samples, (MARGIN, 2 * MARGIN))}

    def version(self, speed):
        """The samples, with as much of their upper band as can be heard at a speed; in sixths of an octave."""
        step = int(np.clip(np.rint(6 * np.log2(max(speed, 1))), 0, 12))
        if step not in self.versions:
            sections = scipy.signal.butter(10, 0.97 / 2 ** (step / 6), output="sos")
            self.versions[step] = scipy.signal.sosfiltfilt(sections, self.versions[0]).astype(np.float32)
        return self.versions[step]

    def style_octaves(self, place):
        octaves = self.score.style_octaves
        return np.interp(np.clip(place / HOP, 0, len(octaves) - 1), np.arange(len(octaves)), octaves)

    def piece(self, start, end, place):
        """The samples that sound from `start` to `end` of the content's time if the style is at `place` first."""
        octaves = self.score.content_octaves
        wanted = np.interp(np.arange(start, end) / HOP, np.arange(len(octaves)), octaves)
        places = np.empty(end - start)
        for first in range(0, end - start, BLOCK):
            block = slice(first, first + BLOCK)
            speed = self.score.speed(wanted[block], self.style_octaves(place))
            places[block] = place + np.cumsum(speed) - speed
            place += speed.sum()
        places = np.clip(places, 0, self.length + MARGIN)
        middle = np.median(wanted - self.style_octaves(places))
        samples = self.version(self.score.speed(middle, 0))
        return cubic(samples, places + MARGIN)


def cubic(samples, places):
    """Values between samples, by cubic splines of Catmull and Rom."""
    whole = places.astype(int)
    part = (places - whole).astype(np.float32)
    a, b, c, d = (samples[whole + step] for step in (-1, 0, 1, 2))
    return b + 0.5 * part * (c - a + part * (2 * a - 5 * b + 4 * c - d + part * (3 * (b - c) + d - a)))


def render(content, style, places, jumps, score):
    """The pieces between jumps with crossfades of 30 ms: [samples]."""
    length, tape = len(content.samples), Tape(style.samples, score)
    output = np.zeros(length + CROSSFADE + HOP, np.float32)
    fade = np.sin(np.linspace(0, np.pi / 2, CROSSFADE)) ** 2
    tail = None
    for frame, next_frame in zip(jumps, jumps[1:] + [len(places) + 1]):
        start, end = frame * HOP, min(next_frame * HOP, length) + CROSSFADE
        end = max(end, start + CROSSFADE + 10)
        place = places[frame]
        if tail is not None:
            place = aligned(tape, start, place, tail)
        piece = tape.piece(start, end, place)
        gain = np.ones(len(piece))
        if tail is not None:
            gain[:CROSSFADE] = fade
        gain[-CROSSFADE:] *= 1 - fade
        output[start:end] += (piece * gain)[: len(output) - start]
        tail = piece[-CROSSFADE:]
    return output[:length]


def aligned(tape, start, place, tail):
    """The place within half a period where the style agrees best with what it played before the jump."""
    octaves = tape.score.style_octaves
    period = RATE / 2 ** octaves[min(int(place / HOP), len(octaves) - 1)] if tape.score.pitched else 80
    best, offset = -9.0, 0.0
    for step in np.linspace(-period / 2, period / 2, 25):
        piece = tape.piece(start, start + CROSSFADE, max(0, place + step))
        likeness = float(piece @ tail) / np.sqrt(float(piece @ piece) * float(tail @ tail) + 1e-9)
        if likeness > best:
            best, offset = likeness, step
    return max(0, place + offset)
