#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes Tests/Fixtures/mosaic/*.h5: the values of each step, on two pairs of short sounds. README.md there lists the datasets.

    fixtures.py [--folder Tests/Fixtures/mosaic]
"""

import argparse
from pathlib import Path

import h5py
import numpy as np
import scipy.signal
import soundfile

import grains
import ground
import mosaic
import play
import tonal
from filter import filtered
from sound import analyse, tonal_share
from spectra import RATE, rms, stft
from transport import band_transport, flattened, full_transport

ROOT = Path(__file__).resolve().parents[3]
BUNDLED = ROOT / "Sources/wavestyle/Resources/sounds"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=ROOT / "Tests/Fixtures/mosaic")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "voice-flute.h5", bundled("voice", 640, 14_333), bundled("flute", 0, 11_111), range(-3, 4))
    write(folder / "glide-drums.h5", glide(9_611), drums(9_733), range(-3, 4, 2))


# Sounds.


def rounded(values):
    """On a grid, so that they deflate well."""
    return (np.round(np.float64(values) * 2**16) / 2**16).astype(np.float32)


def levelled(sound):
    return rounded(sound / rms(sound) * 0.1)


def bundled(name, first, count):
    return levelled(soundfile.read(BUNDLED / f"{name}.flac")[0][first : first + count])


def glide(count):
    """A harmonic tone that rises by an octave a second, with vibrato and a pause, in a little noise."""
    time = np.arange(count) / RATE
    f0 = 180 * 2**time * (1 + 0.015 * np.sin(2 * np.pi * 5.5 * time))
    phase = 2 * np.pi * np.cumsum(f0) / RATE
    tone = sum(np.sin(partial * phase + partial**2) / partial**1.2 for partial in range(1, 13))
    loudness = np.interp(time, [0, 0.02, 0.25, 0.28, 0.36, 0.38, 0.55, 0.6], [0, 1, 0.8, 0.001, 0.001, 1, 0.7, 0])
    return levelled(tone * loudness + 0.003 * np.random.default_rng(7).standard_normal(count))


def drums(count):
    """Noise, low and high, with four strokes; the third has a tone of 70 Hz."""
    time = np.arange(count) / RATE
    noise = np.random.default_rng(11).standard_normal(count)
    texture = 0.5 * noise + 0.3 * scipy.signal.lfilter([1], [1, -0.9], noise)

    def stroke(start, decay):
        return np.where(time >= start, np.exp(-(time - start) / decay), 0)

    strokes = stroke(0.01, 0.02) + 0.5 * stroke(0.07, 0.015) + 0.8 * stroke(0.33, 0.06) + stroke(0.45, 0.03)
    return levelled(texture * (strokes + 0.0005) + 1.5 * stroke(0.33, 0.04) * np.sin(2 * np.pi * 70 * time))


# Steps.


def write(path, content, style, shifts):
    values = {}
    content, style = analyse(content), analyse(style)
    for name, sound in (("content", content), ("style", style)):
        position, period, voiced = grains.marks(sound)
        values |= grouped(
            name, samples=sound.samples, f0=sound.f0, voiced=sound.voiced, periodicity=sound.periodicity,
            envelope=sound.envelope, tonal_share=tonal_share(sound.samples))
        values |= grouped(f"{name}/marks", position=position, period=period, voiced=voiced)
    full = full_transport(content.envelope, style.envelope)
    bands = band_transport(content.envelope, style.envelope)
    octave = mosaic.octaves_apart(content, style)
    mode = mosaic.MODES.index(mosaic.suitable_mode(style, octave, words=False))
    values |= grouped("transport", full=full, bands=bands) | grouped("rule", octave=octave, mode=mode)

    def finished(excitation, want, keep, octave=0):
        f0 = content.fundamental() * 2.0**octave
        return filtered(mosaic.scaled(excitation, rms(content.samples)), want, f0, keep)

    places = grains.path(content, style, full)
    excitation = grains.overlap_add(content, style, places)
    values |= grouped("grains", path=places, excitation=excitation, output=finished(excitation, full, 0.7))
    values |= tonal_steps(content, style, shifts, flattened(bands), finished)
    values |= played("play", content, style, bands, octave)
    values["play/output"] = finished(values["play/excitation"], full, 0, octave)
    values |= grounded(content.samples, style.samples, values["grains/output"])
    if octave > 0:
        values |= played("play_up", content, style, bands, octave + 1)

    with h5py.File(path, "w") as file:
        for name, value in values.items():
            value = np.asarray(value, np.float32)
            small = value.size <= 64
            file.create_dataset(name, data=value, **({} if small else {"chunks": value.shape, "compression": 9}))


def tonal_steps(content, style, shifts, want, finished):
    copies = [rounded(tonal.transposed(style.samples, shift)) for shift in shifts]
    atoms, starts = tonal.dictionary(copies)
    sums, audible = tonal.norms(atoms)
    magnitudes = np.abs(stft(content.samples, tonal.SIZE, tonal.HOP))
    # Rounded before 0.1 is added: to the bits that the published files have.
    start = rounded(np.random.default_rng(0).random((len(magnitudes), len(atoms)))) + np.float32(0.1)
    steps = list(tonal.factorisation(magnitudes, atoms, starts, start))
    excitation = tonal.overlap_add(steps[-1] / sums, copies, starts, len(content.samples))
    return grouped(
        "tonal", shifts=list(shifts), copies=np.concatenate(copies), copy_lengths=[len(copy) for copy in copies],
        starts=starts, norms=sums, audible=audible, start=start, activations_1=steps[0], activations_2=steps[1],
        activations_20=steps[19], excitation=excitation, want=want, output=finished(excitation, want, 0.3))


def grounded(content, style, playing):
    # Longer than the style: it begins again.
    return grouped(
        "ground", loop=ground.loop(style, 2 * len(style)), levels=ground.levels(content),
        held=ground.held(ground.levels(content)), output=ground.with_ground(playing, style, content, 0.6))


def played(name, content, style, want, octave):
    score = play.score(content, style, octave)
    places, jumps = play.positions(content, style, want, score)
    values = dict(octave=octave, phi=places, jumps=jumps, excitation=play.render(content, style, places, jumps, score))
    if name == "play":
        values |= dict(
            contour_content=score.content_octaves - octave, contour_style=score.style_octaves, onsets=score.onsets,
            flux_content=score.content_flux, flux_style=score.style_flux)
    return grouped(name, **values)


def grouped(name, **values):
    return {f"{name}/{key}": value for key, value in values.items()}


if __name__ == "__main__":
    main()
