# SPDX-License-Identifier: Apache-2.0
"""The ground: the style's own recording beneath what plays. It makes room for that, and is as loud as the content lets it."""

import numpy as np

from spectra import HOP, RATE, istft, rms, stft

SIZE = 1_024
# What plays counts by so much in power.
PRECEDENCE = 4
# Seconds of fade where the recording begins again.
FADE = 0.05
# Seconds for which the content's level is held, decibels a second by which it then falls, and what is silence.
HOLD, FALL, LOWEST = 0.5, 80, -60


def loop(style, length):
    """The style over and over; its end fades into its beginning at constant power: [length]."""
    fade = min(round(FADE * RATE), len(style) // 2)
    period = len(style) - fade
    rounds, places = np.divmod(np.arange(length), period)
    angle = np.pi / 2 * (np.arange(fade) + 0.5) / fade
    result = style[places]
    joined = (rounds > 0) & (places < fade)
    at = places[joined]
    result[joined] = style[at] * np.sin(angle)[at] + style[period + at] * np.cos(angle)[at]
    return result


def levels(sound):
    """Decibels each 8 ms, of a hop to each side, relative to the mean power of frames within 20 dB of the loudest."""
    hops = -(-len(sound) // HOP)
    powers = np.square(np.pad(sound, (0, hops * HOP - len(sound))), dtype=np.float64).reshape(hops, HOP).sum(axis=1)
    frames = len(sound) // HOP + 1
    around = (np.pad(powers, (1, 1))[:-1] + np.pad(powers, (0, 2))[:-1])[:frames]
    return 10 * np.log10(around / around[around > 0.01 * around.max()].mean() + 1e-30)


def held(decibels):
    """Amplitudes, 0 to 1: levels that are held, then fall. Nothing begins before the content does."""
    amplitudes, level, since = np.zeros(len(decibels)), -np.inf, 0
    for frame, own in enumerate(decibels):
        if own >= level:
            level, since = own, frame
        elif (frame - since) * HOP / RATE > HOLD:
            level = max(own, level - FALL * HOP / RATE)
        amplitudes[frame] = 0 if level < LOWEST else 10 ** (min(level, 0) / 20)
    around = np.pad(amplitudes, (2, 1), "edge")
    return np.min([around[shift : shift + len(amplitudes)] for shift in range(4)], axis=0)


def with_ground(playing, style, content, amplitude):
    """What plays and, beneath it, the ground: [samples]. amplitude: of the whole recording, relative to what plays."""
    gain = np.float32(amplitude * rms(playing) / rms(style))
    above = stft(playing, SIZE, 2 * HOP)
    # It does not end where the content does.
    ground = stft(loop(style, len(playing) + SIZE) * gain, SIZE, 2 * HOP)[: len(above)]
    power = np.abs(ground) ** 2
    room = power / np.maximum(power + PRECEDENCE * np.abs(above) ** 2, 1e-30)
    amplitudes = np.interp(np.arange(len(playing)) / HOP, np.arange(len(playing) // HOP + 1), held(levels(content)))
    return playing + amplitudes * istft(ground * room, len(playing), SIZE, 2 * HOP)
