# SPDX-License-Identifier: Apache-2.0
"""Figures of noise and artefacts. None of them counts for style or content."""

import librosa
import numpy as np

from . import onsets, pitch
from .sounds import FRAME, RATE, Sound

QUIET = -40.0  # dB below the loudest frame: what is quieter is not looked at
PERIOD_WINDOW = 1024
FEWEST_FRAMES = 5
FAST = (15.0, 80.0)  # Hz of modulation: warble and musical noise
SHARP = -10.0  # dB before an onset, relative to after it
FEWEST_SHARP = 2


def flatness(samples: np.ndarray) -> float:
    """Spectral flatness, 1 for white noise: each frame's geometric mean over its mean, and the geometric mean of these."""
    power = np.abs(librosa.stft(samples, n_fft=1024, hop_length=256)) ** 2 + 1e-10
    level = 10 * np.log10(power.sum(axis=0) / power.sum(axis=0).max())
    power = power[4:, level > QUIET]
    return float(np.exp(np.mean(np.log(power).mean(axis=0) - np.log(power.mean(axis=0)))))


def residual(samples: np.ndarray) -> float:
    """Share of the energy that is neither steady nor sudden."""
    magnitude = np.abs(librosa.stft(samples, n_fft=2048, hop_length=256))
    steady, sudden = librosa.decompose.hpss(magnitude, margin=2.0)
    return float(1 - (np.sum(steady**2) + np.sum(sudden**2)) / np.sum(magnitude**2))


def harmonicity(samples: np.ndarray, frequency: np.ndarray, where: np.ndarray) -> float | None:
    """Median over frames of harmonics to noise in dB: from the autocorrelation at the period, which is unbiased by the window's own."""
    window = np.hanning(PERIOD_WINDOW)
    of_window = np.fft.irfft(np.abs(np.fft.rfft(window, 4 * PERIOD_WINDOW)) ** 2)[:PERIOD_WINDOW]
    values = []
    for frame in np.flatnonzero(where):
        start = frame * FRAME - PERIOD_WINDOW // 2
        if start < 0 or start + PERIOD_WINDOW > len(samples):
            continue
        segment = samples[start:start + PERIOD_WINDOW]
        segment = (segment - segment.mean()) * window
        correlation = np.fft.irfft(np.abs(np.fft.rfft(segment, 4 * PERIOD_WINDOW)) ** 2)[:PERIOD_WINDOW]
        correlation = correlation / of_window * of_window[0]
        correlation /= max(correlation[0], 1e-12)
        period = np.clip(RATE / frequency[frame], 8, PERIOD_WINDOW // 2)
        first, last = max(4, int(0.95 * period) - 1), int(1.05 * period) + 2
        values.append(np.clip(correlation[first:last].max(), 0.001, 0.9999))
    if len(values) < FEWEST_FRAMES:
        return None
    share = np.array(values)
    return float(np.median(10 * np.log10(share / (1 - share))))


def own_harmonicity(sound: Sound) -> float | None:
    heard = sound.heard(pitch)
    return harmonicity(sound.samples, heard["frequency"], pitch.voiced(heard, sound.levels(len(heard["frequency"]))))


def modulations(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """12 bands x 12 rates in 2...100 Hz: dB of the envelope's modulation relative to its mean; the bands' shares of the energy; the
    rates in Hz."""
    hop = 64
    mel = librosa.feature.melspectrogram(y=samples, sr=RATE, n_fft=512, win_length=256, hop_length=hop, n_mels=36, power=1.0)
    bands = mel.reshape(12, 3, -1)
    energy = (bands**2).mean(axis=(1, 2))
    relative = bands / (bands.mean(axis=2, keepdims=True) + 1e-7)
    frames = relative.shape[2]
    moving = (relative - relative.mean(axis=2, keepdims=True)) * np.hanning(frames)
    spectrum = np.abs(np.fft.rfft(moving, axis=2)) ** 2 / frames**2
    frequency = np.fft.rfftfreq(frames, hop / RATE)
    edges = np.geomspace(2, 100, 13)
    cells = [spectrum[:, :, (frequency >= low) & (frequency < high)].sum(axis=2).mean(axis=1) for low, high in zip(edges, edges[1:])]
    return 10 * np.log10(np.stack(cells, axis=1) + 1e-6), energy / energy.sum(), np.sqrt(edges[1:] * edges[:-1])


def modulation_figures(output: Sound, content: Sound, style: Sound) -> dict[str, float]:
    decibels, energy, rates = modulations(output.samples)
    inputs = [modulations(sound.samples)[0] for sound in (content, style)]
    weight = np.sqrt(energy) / np.sqrt(energy).sum()
    distances = [np.sqrt(np.sum(weight[:, None] * (decibels - other) ** 2) / len(rates)) for other in inputs]
    fast = (rates > FAST[0]) & (rates < FAST[1])

    def fast_power(cells: np.ndarray) -> np.ndarray:
        return (10 ** (cells[:, fast] / 10)).sum(axis=1)

    excess = 10 * np.log10(fast_power(decibels) / np.maximum(*(fast_power(other) for other in inputs)))
    return {"noise_modulation": float(min(distances)), "noise_roughness": float(np.sum(weight * excess))}


def before_onsets(content: Sound, output: Sound) -> float | None:
    """Median over the content's sharp onsets of the dB before them, over what the content has there."""

    def rise(samples: np.ndarray, onset: float) -> float:
        at = int(onset * RATE)
        before, after = samples[max(0, at - 480):max(0, at - 80)], samples[at:at + 320]
        if len(before) <= 200 or len(after) <= 200:
            return 0.0
        return float(10 * np.log10((np.mean(before**2) + 1e-8) / (np.mean(after**2) + 1e-8)))

    own = [(onset, rise(content.samples, onset)) for onset in content.heard(onsets)["onsets"]]
    differences = [rise(output.samples, onset) - value for onset, value in own if value < SHARP]
    return float(np.median(differences)) if len(differences) >= FEWEST_SHARP else None


def figures(output: Sound, content: Sound, style: Sound) -> dict[str, float | None]:
    expected, found = content.heard(pitch), output.heard(pitch)
    voiced = pitch.voiced(expected, content.levels(len(expected["frequency"])))[:len(found["frequency"])]
    harmonics = harmonicity(output.samples, found["frequency"], voiced)
    own = [value for value in (own_harmonicity(content), own_harmonicity(style)) if value is not None]
    return {
        "noise_flatness": flatness(output.samples) / max(flatness(sound.samples) for sound in (content, style)),
        "noise_residual": residual(output.samples) / max(residual(sound.samples) for sound in (content, style)),
        "noise_harmonics": harmonics,
        "noise_harmonics_lost": min(own) - harmonics if own and harmonics is not None else None,
        **modulation_figures(output, content, style),
        "noise_before_onsets": before_onsets(content, output),
    }
