#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes Tests/Fixtures/evaluation/pitch.json: what librosa, mir_eval, Praat, NumPy and SciPy say of the sounds beside it.

    pitch.py

For each sound, in float64 throughout:

    f0, voiced, voicedProbability   librosa.pyin, C2 to C7, frames of 2048 and hop 256; f0 is 0 where nothing is voiced
    medianF0, voicing               numpy.median over voiced frames; their share
    pitchClasses                    shares of the energy of scipy.signal.stft, C3 to B7, null for silence
    harmonicity                     mean of Boersma's HNR over frames that are not silent, in dB; null for silence

`praat` has the mean of Praat's own 'To Harmonicity (ac)', windows of six periods, for some of them and for a tone of 220 Hz
under the noise, by its decibels above it.

`agreement` has mir_eval's raw pitch and raw chroma accuracy for every pair, reference first, null where nothing is
voiced in the reference; `melodies` are two made up tracks, with theirs.
"""

import json
from pathlib import Path

import librosa
import mir_eval
import numpy as np
import parselmouth
import scipy.fft
import scipy.signal
import soundfile

FOLDER = Path(__file__).resolve().parents[2] / "Tests/Fixtures/evaluation"
SOUNDS = ["note", "chord", "speech", "noise", "silence"]
RATE = 16_000
LOWEST, HIGHEST = librosa.note_to_hz("C2"), librosa.note_to_hz("C7")
FRAME, HOP = 2_048, 256

# Tracks lie on a grid of 10 cents, so that 50 cents apart is common: that is not within 50 cents for mir_eval, and
# the logarithms' last bits must not decide it.
TOLERANCE = 50 - 1e-6


def track(sound):
    f0, voiced, probability = librosa.pyin(
        sound, fmin=LOWEST, fmax=HIGHEST, sr=RATE, frame_length=FRAME, hop_length=HOP)
    return {"f0": np.nan_to_num(f0).tolist(), "voiced": voiced.tolist(), "voicedProbability": probability.tolist()}


def agreement(reference, estimate):
    voiced = np.array(reference["voiced"], float)
    if not voiced.any():
        return None
    arguments = [
        voiced, mir_eval.melody.hz2cents(np.array(reference["f0"])),
        np.array(estimate["voiced"], float), mir_eval.melody.hz2cents(np.array(estimate["f0"])),
    ]
    return {
        "pitch": float(mir_eval.melody.raw_pitch_accuracy(*arguments, cent_tolerance=TOLERANCE)),
        "chroma": float(mir_eval.melody.raw_chroma_accuracy(*arguments, cent_tolerance=TOLERANCE)),
    }


def melodies():
    """A tune, and the same out of tune, with some notes in another octave and other frames voiced."""
    random = np.random.default_rng(7)
    tune = np.repeat(librosa.midi_to_hz(random.integers(48, 84, 40)), 5)
    cents = random.normal(0, 40, tune.size) + 1200 * random.integers(-1, 2, tune.size)
    tracks = [
        {"f0": np.where(voiced, f0, 0).tolist(), "voiced": voiced.tolist()}
        for f0 in (tune, tune * 2 ** (cents / 1200)) for voiced in [random.uniform(size=f0.size) < 0.8]
    ]
    return {"reference": tracks[0], "estimate": tracks[1], "agreement": agreement(*tracks)}


def pitch_classes(sound):
    frequencies, _, spectrum = scipy.signal.stft(
        sound, fs=RATE, window="hann", nperseg=4_096, noverlap=4_096 - 1_024, boundary="zeros", padded=False)
    energy = np.sum(np.abs(spectrum) ** 2, axis=1)
    notes = np.full(frequencies.shape, -1)
    notes[1:] = np.round(librosa.hz_to_midi(frequencies[1:]))
    inside = (notes >= librosa.note_to_midi("C3")) & (notes <= librosa.note_to_midi("B7"))
    sums = np.bincount(notes[inside] % 12, weights=energy[inside], minlength=12)
    return (sums / sums.sum()).tolist() if sums.sum() > 0 else None


def upsampled_autocorrelation(x, factor, size=8_192):
    """The autocorrelation on a grid `factor` times as fine, by zeros after the power spectrum."""
    power = np.abs(scipy.fft.rfft(x, size)) ** 2
    return scipy.fft.irfft(power, size * factor) * factor


def vertices(x):
    """Heights of the parabolas through local maxima and their neighbours."""
    tops = scipy.signal.argrelmax(x)[0]
    slope, curvature = (x[tops + 1] - x[tops - 1]) / 2, x[tops + 1] + x[tops - 1] - 2 * x[tops]
    return x[tops] - slope ** 2 / (2 * curvature)


def harmonicity(sound, factor=32):
    length = round(6 * RATE / LOWEST)
    window = scipy.signal.windows.hann(length, sym=False)
    lags = slice(int(np.floor(RATE / HIGHEST)) * factor, int(np.ceil(RATE / LOWEST)) * factor + 1)
    shape = upsampled_autocorrelation(window, factor)
    sound = sound - sound.mean()
    peak = np.abs(sound).max()
    ratios = []
    for start in range(0, sound.size - length + 1, HOP):
        frame = sound[start:start + length]
        frame = frame - frame.mean()
        if peak == 0 or np.abs(frame).max() < 0.1 * peak:
            continue
        fine = upsampled_autocorrelation(frame * window, factor)
        normalised = (fine[lags] / fine[0]) / (shape[lags] / shape[0])
        best = max(vertices(normalised), default=0)
        best = 1 / best if best > 1 else best
        ratios.append(10 * np.log10(best / (1 - best)) if best > 0 else -np.inf)
    return float(np.mean(np.clip(ratios, -60, 60))) if ratios else None


def praat():
    sounds = {name: soundfile.read(FOLDER / f"{name}.flac", dtype="float64")[0] for name in SOUNDS}
    angle = 2 * np.pi * 220 * np.arange(RATE) / RATE
    tone = sum(0.1 * np.sin(harmonic * angle + harmonic ** 2) for harmonic in range(1, 11))
    noise = sounds["noise"] * np.sqrt(np.mean(tone ** 2) / np.mean(sounds["noise"] ** 2))
    cases = {name: sounds[name] for name in ("note", "chord", "speech")}
    cases |= {f"{decibels}": tone + noise * 10 ** (-decibels / 20) for decibels in (0, 10, 20, 30)}
    means = {}
    for name, sound in cases.items():
        ratios = parselmouth.Sound(sound, RATE).to_harmonicity_ac(
            time_step=HOP / RATE, minimum_pitch=LOWEST, silence_threshold=0.1, periods_per_window=6).values
        # A silent frame has -200.
        means[name] = float(ratios[ratios > -200].mean())
    return means


def main():
    result = {"sounds": {}, "agreement": {}, "melodies": melodies(), "praat": praat()}
    for name in SOUNDS:
        sound, rate = soundfile.read(FOLDER / f"{name}.flac", dtype="float64")
        assert rate == RATE and sound.ndim == 1
        entry = track(sound)
        f0, voiced = np.array(entry["f0"]), np.array(entry["voiced"])
        entry["medianF0"] = float(np.median(f0[voiced])) if voiced.any() else None
        entry["voicing"] = float(voiced.mean())
        entry["pitchClasses"] = pitch_classes(sound)
        entry["harmonicity"] = harmonicity(sound)
        result["sounds"][name] = entry
    for reference in SOUNDS:
        result["agreement"][reference] = {
            estimate: agreement(result["sounds"][reference], result["sounds"][estimate]) for estimate in SOUNDS}
    (FOLDER / "pitch.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
