# SPDX-License-Identifier: Apache-2.0
"""Grains of the style, a pitch period or 5 ms apart, along the path whose envelopes are nearest to the wanted ones."""

import numpy as np
from scipy.spatial.distance import cdist

from envelope import at_frames, pooled
from pitch import HOP
from spectra import RATE, hann

# Samples between the marks of what is unvoiced.
UNVOICED = 80


def path(content, style, want):
    """For each of the content's frames of 10 ms the style's: [frames]."""
    costs = frame_costs(content, style, want)
    frames, places = costs.shape
    total, back = costs[0], np.zeros(costs.shape, np.int32)
    for frame in range(1, frames):
        # A jump from the best place of all, or from one, no or two frames before.
        origin = int(total.argmin())
        best, pointers = np.full(places, total[origin] + 4), np.full(places, origin)
        for step, price in ((1, 0), (0, 0.3), (2, 0.3)):
            sums = total[: places - step] + price
            better = np.flatnonzero(sums < best[step:])
            best[better + step], pointers[better + step] = sums[better], better
        back[frame], total = pointers, best + costs[frame]
    result = [int(total.argmin())]
    for pointers in back[:0:-1]:
        result.append(int(pointers[result[-1]]))
    return np.array(result[::-1])


def frame_costs(content, style, want):
    """What it costs to play a style's frame for a content's: [content's frames, style's frames]."""
    x, y = (at_frames(envelope, len(sound.f0)) for envelope, sound in ((want, content), (style.envelope, style)))
    (shape, level, slope), (style_shape, style_level, style_slope) = (parts(pooled(envelope)) for envelope in (x, y))
    costs = cdist(shape, style_shape, "sqeuclidean") / 8 / 2
    costs += 0.3 / 8 * (slope[:, None] - style_slope) ** 2
    costs += 0.02 / 4 * (level[:, None] - style_level) ** 2
    voiced, style_voiced = content.voiced[:, None], style.voiced
    costs += 3 * (voiced & ~style_voiced) + 1.8 * (~voiced & style_voiced)
    costs += 0.3 * (voiced & style_voiced) * np.abs(np.log2(content.f0[:, None] / style.f0))
    return costs + 2 * (style_level < style_level.max() - 7)


def parts(envelope):
    """Shape, [frames, bands], level, and level's change over 6 frames either way, both [frames]."""
    level = envelope.mean(axis=1)
    padded = np.pad(level, 6, "edge")
    return envelope - level[:, None], level, padded[12:] - padded[:-12]


def nearest_frame(position, frames):
    return min(int(position / HOP + 0.5), frames - 1)


def marks(sound):
    """Positions, periods and voicing of the places that grains are cut around, [marks] each, in samples."""
    margin = 2_000
    samples = np.pad(sound.samples, margin)
    positions, periods, voicing = [], [], []
    place = float(UNVOICED)
    while place < len(sound.samples) - UNVOICED:
        frame = nearest_frame(place, len(sound.f0))
        voiced = bool(sound.voiced[frame])
        period = RATE / sound.f0[frame] if voiced else UNVOICED
        if voiced:
            if voicing and voicing[-1]:
                place = next_mark(samples, positions[-1] + margin, period) - margin
            else:
                place = largest(samples, int(place) + margin, period) - margin
                place = max(place, positions[-1] + 8 if positions else 0)
        positions.append(int(place))
        periods.append(period)
        voicing.append(voiced)
        place += period
    return np.array(positions, int), np.array(periods, float), np.array(voicing, bool)


def largest(samples, place, period):
    """Where the waveform is farthest from 0, within half a period."""
    reach = int(period / 2)
    return place - reach + int(np.argmax(np.abs(samples[place - reach : place + reach + 1])))


def next_mark(samples, mark, period):
    """A period after a mark, within 20 %, where the waveform around it is most like that around the mark."""
    half, reach = int(min(period, 400)), max(1, int(0.2 * period))
    first = round(mark + period) - reach
    there = samples[first - half : first + half + 2 * reach]
    return first + int(np.argmax(likeness(there, samples[mark - half : mark + half])))


def likeness(there, here):
    """Normalised correlation for each shift of `here` in `there`."""
    sums = np.pad(np.cumsum(there.astype(np.float64) ** 2), (1, 0))
    energy = sums[len(here) :] - sums[: -len(here)]
    return np.correlate(there, here, "valid") / np.sqrt(energy + 1e-9)


def overlap_add(content, style, path):
    """The style's grains at the content's periods, pitch-synchronously (TD-PSOLA; Moulines and Charpentier, 1990): [samples]."""
    margin = 4_000
    samples = np.pad(style.samples, margin)
    positions, periods, voicing = marks(style)
    output = np.zeros(len(content.samples) + 2 * margin, np.float32)
    place = float(UNVOICED)
    # An unvoiced grain that is repeated to give it a pitch, and since when.
    held, since = None, 0.0
    while place < len(content.samples):
        frame = nearest_frame(place, len(content.f0))
        wanted = path[frame] * HOP + place - frame * HOP
        mark = nearest(positions, wanted)
        period, width, source = UNVOICED, UNVOICED, positions[mark]
        if not content.voiced[frame]:
            held = None
            if voicing[mark]:
                source = int(wanted)
        else:
            period = RATE / content.f0[frame]
            width = period
            if voicing[mark]:
                held, width = None, min(periods[mark], period)
            else:
                if held is None or place - since > 0.04 * RATE:
                    held, since = source, place
                source = held
        width = round(width)
        grain = samples[margin + source - width : margin + source + width] * hann(2 * width)
        centre = margin + round(place)
        output[centre - width : centre + width] += grain * np.float32(np.sqrt(period / width))
        place += period
    return output[margin:-margin]


def nearest(positions, place):
    """The index of the nearest position; of the earlier of two."""
    after = min(max(int(np.searchsorted(positions, place)), 1), len(positions) - 1)
    return after if abs(positions[after] - place) < abs(positions[after - 1] - place) else after - 1
