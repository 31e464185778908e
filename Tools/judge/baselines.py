# SPDX-License-Identifier: Apache-2.0
"""Simple systems that a transfer should beat. Each takes mono samples of the content and of the style at 16 kHz and returns samples as
long as the content.

    content, style    the sounds themselves: the figures' ends
    mix               both at one level
    control           the content with noise of the style's mean spectrum 10 dB below it: transfers nothing
    vocoder           the style's bands under the content's envelopes
    nmf               frames of the style, picked by NMF with restricted activations (Driedger, Praetzlich, Mueller, "Let it Bee", 2015)
    nmf-transposed    the same with the style in 25 transpositions, an octave either way
"""

import librosa
import numpy as np
import scipy.signal

RATE = 16000


def level(samples: np.ndarray) -> float:
    return max(float(np.sqrt(np.mean(np.square(samples)))), 1e-9)


def fitted(style: np.ndarray, length: int) -> np.ndarray:
    """The style's start, repeated where it is shorter."""
    return np.resize(style, length)


def mix(content: np.ndarray, style: np.ndarray) -> np.ndarray:
    return content / level(content) + fitted(style, len(content)) / level(style)


def control(content: np.ndarray, style: np.ndarray) -> np.ndarray:
    frequencies, power = scipy.signal.welch(style, RATE, nperseg=1024)
    white = np.random.default_rng(0).standard_normal(len(content))
    spectrum = np.fft.rfft(white)
    spectrum *= np.sqrt(np.interp(np.fft.rfftfreq(len(white), 1 / RATE), frequencies, power))
    noise = np.fft.irfft(spectrum, len(white))
    return content + noise * (level(content) / level(noise) * 10 ** (-10 / 20))


def vocoder(content: np.ndarray, style: np.ndarray, bands: int = 16) -> np.ndarray:
    """A carrier is the style's band divided by its own envelope; each band gets the style's mean level back."""
    style = fitted(style, len(content))
    edges = librosa.mel_frequencies(n_mels=bands + 1, fmin=60, fmax=7900)
    smooth = scipy.signal.butter(2, 30, fs=RATE, output="sos")

    def envelope(band: np.ndarray) -> np.ndarray:
        return scipy.signal.sosfiltfilt(smooth, np.abs(scipy.signal.hilbert(band)))

    result = np.zeros(len(content))
    for low, high in zip(edges[:-1], edges[1:]):
        filter_ = scipy.signal.butter(3, [low, high], "bandpass", fs=RATE, output="sos")
        modulator, carrier = (scipy.signal.sosfiltfilt(filter_, sound) for sound in (content, style))
        floor = 0.1 * level(carrier)
        band = carrier / np.maximum(envelope(carrier), floor) * np.maximum(envelope(modulator), 0)
        result += band * (level(carrier) / level(band))
    return result


def nmf(content: np.ndarray, style: np.ndarray, steps: range = range(1)) -> np.ndarray:
    """Activations of the style's frames under the KL divergence. In each of 20 iterations, what is not the largest within +-3 frames,
    or not among the 3 largest of its frame, fades, and sums over +-3 frames along diagonals favour frames in their own order. The
    style's complex frames are then added up by their activations."""
    size, hop, iterations, repetition, polyphony, continuity = 2048, 1024, 20, 3, 3, 3

    def frames(samples: np.ndarray) -> np.ndarray:
        return librosa.stft(samples.astype(np.float32), n_fft=size, hop_length=hop)

    copies = [style if k == 0 else librosa.resample(style, orig_sr=RATE, target_sr=RATE * 2 ** (-k / 12)) for k in steps]
    transforms = [frames(copy) for copy in copies]
    atoms = np.concatenate(transforms, axis=1)
    sums = np.abs(atoms).sum(axis=0) + 1e-9
    atoms = atoms / sums
    dictionary = np.abs(atoms) + 1e-12
    target = np.abs(frames(content)) + 1e-9
    activation = np.random.default_rng(0).random((atoms.shape[1], target.shape[1])) + 0.1
    for iteration in range(iterations):
        fade = 1 - (iteration + 1) / iterations
        around = scipy.ndimage.maximum_filter1d(activation, 2 * repetition + 1, axis=1, mode="constant")
        activation[activation < around] *= fade
        if len(activation) > polyphony:
            least = np.partition(activation, -polyphony, axis=0)[-polyphony]
            activation[activation < least] *= fade
        summed, start = [], 0
        for transform in transforms:  # diagonals stay within one copy
            rows = activation[start:start + transform.shape[1]]
            start += transform.shape[1]
            padded = np.pad(rows, continuity)
            summed.append(sum(padded[k:k + rows.shape[0], k:k + rows.shape[1]] for k in range(2 * continuity + 1)))
        activation = np.concatenate(summed)
        ratio = target / (dictionary @ activation + 1e-12)
        activation *= (dictionary.T @ ratio) / dictionary.sum(axis=0)[:, None]
    return librosa.istft((atoms @ activation).astype(np.complex64), hop_length=hop, n_fft=size, length=len(content))


BASELINES = {
    "content": lambda content, style: content,
    "style": lambda content, style: style,
    "mix": mix,
    "control": control,
    "vocoder": vocoder,
    "nmf": nmf,
    "nmf-transposed": lambda content, style: nmf(content, style, range(-12, 13)),
}


def finished(result: np.ndarray, content: np.ndarray) -> np.ndarray:
    """At the content's level, and no louder than full scale."""
    result = result * (level(content) / level(result))
    return result * min(1.0, 0.99 / max(float(np.abs(result).max()), 1e-9))
