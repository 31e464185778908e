#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A mosaic of the style's own sound in the shape of the content, in NumPy and SciPy.

    mosaic.py CONTENT STYLE OUT [--mode auto|grains|tonal|play] [--words] [--keep SHARE] [--octave OCTAVES]

Sounds of any rate and number of channels are mixed to mono at 16 kHz; so is the output.
"""

import argparse

import numpy as np
import soundfile
import soxr

import grains
import play
import tonal
from filter import filtered
from sound import analyse, tonal_share
from spectra import RATE, rms, stft
from transport import band_transport, flattened, full_transport

MODES = ["grains", "tonal", "play"]


def octaves_apart(content, style):
    """Whole octaves from the content's pitch to the style's, towards 0; 0 unless both are voiced in over half of their frames."""
    if min(content.voiced.mean(), style.voiced.mean()) <= 0.5:
        return 0
    own, other = (np.median(np.log2(sound.f0[sound.voiced])) for sound in (content, style))
    return int(other - own)


def suitable_mode(style, octave, words):
    if words or tonal_share(style.samples) <= 0.5:
        return "grains"
    return "play" if octave else "tonal"


def mosaic(content, style, mode="auto", words=False, keep=None, octave=None):
    """The content's mosaic, and the mode. Both sounds are [samples], float32, mono at 16 kHz; they are brought to a root mean square
    of 0.1, the mosaic to the content's."""
    level = rms(content)
    content, style = (analyse((sound / rms(sound) * 0.1).astype(np.float32)) for sound in (content, style))
    octave = octaves_apart(content, style) if octave is None else octave
    mode = suitable_mode(style, octave, words) if mode == "auto" else mode
    if mode == "grains":
        excitation, want, usual = grains_of(content, style)
    elif mode == "tonal":
        excitation, want, usual = tonal_of(content, style, words)
    else:
        excitation, want, usual = play_of(content, style, octave)
    keep = usual if keep is None else keep
    f0 = content.fundamental() * 2.0 ** (octave if mode == "play" else 0)
    excitation = scaled(excitation, rms(content.samples))
    return scaled(filtered(excitation, want, f0, keep), level), mode


# The modes: what plays, the envelope that is wanted, and how much of its shape.


def grains_of(content, style):
    want = full_transport(content.envelope, style.envelope)
    return grains.overlap_add(content, style, grains.path(content, style, want)), want, 0.7


def tonal_of(content, style, words):
    copies = [tonal.transposed(style.samples, shift) for shift in tonal.SHIFTS]
    atoms, starts = tonal.dictionary(copies)
    magnitudes = np.abs(stft(content.samples, tonal.SIZE, tonal.HOP))
    start = tonal.random_start(len(magnitudes), len(atoms))
    for activations in tonal.factorisation(magnitudes, atoms, starts, start, polyphony=10 if words else 5):
        pass
    excitation = tonal.overlap_add(activations / tonal.norms(atoms)[0], copies, starts, len(content.samples))
    want = band_transport(content.envelope, style.envelope)
    return (excitation, want, 0.8) if words else (excitation, flattened(want), 0.3)


def play_of(content, style, octave):
    score = play.score(content, style, octave)
    nearest = band_transport(content.envelope, style.envelope)
    places, jumps = play.positions(content, style, nearest, score)
    excitation = play.render(content, style, places, jumps, score)
    return excitation, full_transport(content.envelope, style.envelope), 0


def scaled(sound, level):
    return sound * np.float32(level / rms(sound))


def read(path):
    sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    sound = sound.mean(axis=1)
    return sound if rate == RATE else soxr.resample(sound, rate, RATE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("content")
    parser.add_argument("style")
    parser.add_argument("out")
    parser.add_argument("--mode", choices=["auto", *MODES], default="auto")
    parser.add_argument("--words", action="store_true", help="words are to be understood")
    parser.add_argument("--keep", type=float, help="share of the envelope's shape, 0 to 1")
    parser.add_argument("--octave", type=int, help="octaves by which play moves the melody")
    options = parser.parse_args()
    output, mode = mosaic(
        read(options.content), read(options.style), options.mode, options.words, options.keep, options.octave)
    soundfile.write(options.out, output * min(1, 0.99 / np.abs(output).max()), RATE)
    print(mode)


if __name__ == "__main__":
    main()
