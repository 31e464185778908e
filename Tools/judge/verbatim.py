# SPDX-License-Identifier: Apache-2.0
"""How much of an output is nothing but its inputs' waveforms, through any fixed filters: near 1 for what only filters, adds or mixes."""

import librosa
import numpy as np

from .sounds import Sound

CHANCE = 2.5  # coherence that unrelated sounds show, for each source and frame


def coherence(sources: list[Sound], output: Sound) -> float:
    """Multiple coherence of the output with the sources, weighted by the output's energy, less what chance gives."""
    length = min(len(sound) for sound in [*sources, output])
    transforms = [librosa.stft(sound.samples[:length], n_fft=512, hop_length=128) for sound in [*sources, output]]
    sounds = np.stack(transforms, axis=1)  # frequencies x sounds x frames
    spectra = sounds @ sounds.conj().swapaxes(1, 2)
    count, frames = len(sources), sounds.shape[2]
    among, across, power = spectra[:, :count, :count], spectra[:, :count, count:], spectra[:, count, count].real
    trace = np.trace(among, axis1=1, axis2=2).real
    among = among + 1e-6 * trace[:, None, None] * np.eye(count)
    explained = (across.conj().swapaxes(1, 2) @ np.linalg.solve(among, across))[:, 0, 0].real
    chance = CHANCE * count / frames
    share = np.clip((explained / (power + 1e-12) - chance) / (1 - chance), 0, 1)
    return float(np.sum(share * power) / np.sum(power))


def figures(output: Sound, content: Sound, style: Sound) -> dict[str, float]:
    return {
        "verbatim": coherence([content, style], output),
        "verbatim_content": coherence([content], output),
        "verbatim_style": coherence([style], output),
    }
