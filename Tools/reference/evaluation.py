#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Computes each metric of every ordered pair of the bundled sounds, and writes reference.json beside them.

    evaluation.py [--fixtures Tests/Fixtures/evaluation]

The sounds are mono at 16 kHz and are taken as they are: nothing is brought to another loudness. All is computed in float64.
null stands for what is not defined: a division by silence's nothing, a correlation with what does not vary.

librosa     short-time spectra, mel filters, onset strength, spectral flatness
SciPy       square roots and logarithms of matrices, correlations
auraloss    MultiResolutionSTFTLoss with its defaults; its signals are padded by reflection, as torch.stft does
pyloudnorm  integrated loudness
NumPy       the rest, written out here: the judge network with its weights, and distances that no library has
"""

import argparse
import json
import math
import warnings
from pathlib import Path

import auraloss
import librosa
import numpy as np
import pyloudnorm
import scipy
import soundfile
import torch

from texture.texture import distances, statistics

SOUNDS = ["note", "chord", "speech", "noise", "silence"]
RATE, SIZE, HOP, BANDS = 16_000, 1_024, 256, 64
FLOOR = 1e-6
JUDGE_SIZE, JUDGE_HOP = 800, 200
FILTERS, KERNEL, SEED = 320, 6, 0x6A75646765
CHANNELS, REGULARISATION = 32, 1e-3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("--fixtures", type=Path, default=root / "Tests/Fixtures/evaluation")
    folder = parser.parse_args().fixtures
    torch.set_default_dtype(torch.float64)
    sounds = {name: soundfile.read(folder / f"{name}.flac", dtype="float64")[0] for name in SOUNDS}
    judge = Judge()
    textures = {name: statistics(sound, RATE) for name, sound in sounds.items()}
    features = {name: judge.features(sound) for name, sound in sounds.items()}

    pairs = {}
    for output in SOUNDS:
        for reference in SOUNDS:
            x, y = sounds[output], sounds[reference]
            pairs[f"{output}/{reference}"] = {
                "style-distance": frechet_distance(log_mel(x), log_mel(y)),
                "style-covariance": log_covariance_distance(features[output], features[reference]),
                "style-gram": gram_distance(features[output], features[reference]),
                "style-texture": texture_distance(textures[output], textures[reference]),
                "content-envelope": envelope_correlation(log_mel(x), log_mel(y)),
                "content-waveform": correlation(x, y),
                "content-onsets": correlation(onsets(x), onsets(y)),
                "convergence": spectral_convergence(x, y),
                "log-spectral": log_spectral_distance(x, y),
                "multi-resolution": multi_resolution_distance(x, y),
            }
    sounds_alone = {
        name: {"flatness": flatness(x), "clipping": clipping(x), "loudness": loudness(x)} for name, x in sounds.items()
    }
    result = {"sounds": sounds_alone, "pairs": pairs, "channels": loudness_of_channels(sounds)}
    (folder / "reference.json").write_text(json.dumps(rounded(result), indent=1, allow_nan=False) + "\n")


# Spectra.


def magnitudes(x, size=SIZE, hop=HOP):
    """[frames, bins]."""
    return np.abs(librosa.stft(x, n_fft=size, hop_length=hop)).T


def log_mel(x):
    """[frames, bands]."""
    mel = librosa.feature.melspectrogram(y=x, sr=RATE, n_fft=SIZE, hop_length=HOP, n_mels=BANDS, dtype=np.float64)
    return np.log(np.maximum(mel, FLOOR)).T


def spectral_convergence(x, y):
    x, y = magnitudes(x), magnitudes(y)
    return ratio(np.linalg.norm(x - y), np.linalg.norm(y))


def log_spectral_distance(x, y):
    x, y = (10 * np.log10(np.maximum(magnitudes(sound) ** 2, FLOOR)) for sound in (x, y))
    return float(np.mean(np.sqrt(np.mean((x - y) ** 2, axis=1))))


def multi_resolution_distance(x, y):
    # auraloss would divide by what it clamps silence to.
    if not y.any():
        return None
    x, y = (torch.from_numpy(sound)[None, None] for sound in (x, y))
    return float(auraloss.freq.MultiResolutionSTFTLoss()(x, y))


def flatness(x):
    """Mean over the frames that hold something; librosa gives 1 to those that don't."""
    frames = librosa.feature.spectral_flatness(y=x, n_fft=SIZE, hop_length=HOP)[0]
    audible = magnitudes(x).max(axis=1) ** 2 > 1e-10
    return float(frames[audible].mean()) if audible.any() else None


def clipping(x):
    """The share at full scale, by how many times louder the sound was when it was clipped."""
    return {str(gain): float(np.mean(np.abs(np.clip(gain * x, -1, 1)) >= 0.999)) for gain in (1, 4, 32)}


# Content.


def onsets(x):
    return librosa.onset.onset_strength(y=x, sr=RATE, n_fft=SIZE, hop_length=HOP, n_mels=BANDS, dtype=np.float64)


def correlation(x, y):
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return None
    return float(scipy.stats.pearsonr(x, y).statistic)


def envelope_correlation(x, y):
    bands = [correlation(a, b) for a, b in zip(x.T, y.T)]
    bands = [value for value in bands if value is not None]
    return float(np.mean(bands)) if bands else None


# Style.


def texture_distance(output, style):
    """The mean over classes; nothing is like silence."""
    if not style["subband-variance"].any():
        return None
    return float(np.mean(np.sqrt(list(distances(style, output).values()))))


def frechet_distance(x, y):
    (m1, c1), (m2, c2) = ((frames.mean(axis=0), np.cov(frames, rowvar=False)) for frames in (x, y))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # The product is singular: fewer frames than bands.
        root = scipy.linalg.sqrtm(c1 @ c2)
    return float(np.sum((m1 - m2) ** 2) + np.trace(c1 + c2) - 2 * np.trace(root).real)


def gram_distance(x, y):
    x, y = (features.T @ features / len(features) for features in (x, y))
    return ratio(np.linalg.norm(x - y), np.linalg.norm(y))


def log_covariance_distance(x, y):
    x, y = (np.cov(features[:, :CHANNELS], rowvar=False) for features in (x, y))
    floor = REGULARISATION * np.trace(y) / CHANNELS
    if floor == 0:
        return None
    x, y = (scipy.linalg.logm(covariance + floor * np.eye(CHANNELS)) for covariance in (x, y))
    return float(np.linalg.norm(x - y) / math.sqrt(CHANNELS))


class Judge:
    """One convolution over frames of log(1 + |X|), then ReLU, with random weights. They are drawn as the project draws them:
    SplitMix64, a generator for each row of [kernel * bins, filters], Box and Muller's cosine."""

    def __init__(self):
        bins = JUDGE_SIZE // 2 + 1
        rows = KERNEL * bins
        # The last seed would draw biases.
        seeds = split_mix(np.array([SEED], dtype=np.uint64), rows + 1)[0]
        bits = split_mix(seeds[:rows], 2 * FILTERS) >> np.uint64(40)
        radius = np.sqrt(-2 * np.log((bits[:, 0::2] + 0.5) / 2**24))
        normal = radius * np.cos(np.pi * (bits[:, 1::2] / 2**23 - 1))
        # He et al.: variance 2 / fan-in.
        self.kernel = (math.sqrt(2 / rows) * normal).reshape(KERNEL, bins, FILTERS)

    def features(self, x):
        """[frames - KERNEL + 1, FILTERS]."""
        spectra = torch.from_numpy(np.log1p(magnitudes(x, JUDGE_SIZE, JUDGE_HOP)).T.copy())
        weights = torch.from_numpy(self.kernel).permute(2, 1, 0)
        return torch.relu(torch.nn.functional.conv1d(spectra[None], weights))[0].numpy().T


def split_mix(seeds, count):
    """[seeds, count] numbers of Steele, Lea and Flood's SplitMix64."""
    with np.errstate(over="ignore"):
        z = seeds[:, None] + np.uint64(0x9E3779B97F4A7C15) * np.arange(1, count + 1, dtype=np.uint64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


# Loudness.


def loudness(x):
    """Integrated, in LUFS, by the exact filters (pyloudnorm's default ones approximate).

    Of the sound as it is; with as much silence after it; four times over as if it had been sampled at other rates, cut to
    whole tenths of a second, because pyloudnorm takes part of a block for a block.
    """
    cases = {"16000": (x, RATE), "followed by silence": (np.concatenate([x, 0 * x]), RATE)}
    for rate in (44_100, 48_000):
        whole = 4 * len(x) // (rate // 10) * (rate // 10)
        cases[str(rate)] = (np.tile(x, 4)[:whole], rate)
    with np.errstate(divide="ignore"):
        values = {
            name: float(pyloudnorm.Meter(rate, filter_class="DeMan").integrated_loudness(y))
            for name, (y, rate) in cases.items()
        }
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def loudness_of_channels(sounds):
    """Integrated, in LUFS, of sounds side by side: two channels, and L R C Ls Rs."""
    meter = pyloudnorm.Meter(RATE, filter_class="DeMan")
    cases = [["note", "speech"], ["speech", "note"], ["chord", "silence"], ["noise", "noise"],
             ["note", "chord", "silence", "speech", "noise"], ["noise", "silence", "note", "chord", "speech"]]
    return [
        {"names": names, "loudness": float(meter.integrated_loudness(np.stack([sounds[name] for name in names], axis=1)))}
        for names in cases
    ]


# Numbers.


def ratio(a, b):
    return float(a / b) if b > 0 else None


def rounded(value):
    """Twelve digits: more than any tolerance looks at."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
