# SPDX-License-Identifier: Apache-2.0
"""Listener: notes of any number of voices, by Basic Pitch (Bittner et al., 2022)."""

import importlib.util
from functools import cache
from pathlib import Path

import librosa
import numpy as np
import onnxruntime

from .sounds import RATE

NAME, VERSION = "notes", 1
MODEL_RATE, HOP = 22050, 256
WINDOW = 43844  # samples that the network hears at once
OVERLAP = 30 * HOP  # half of it is cut off at either end of a window's answer
LOWEST_KEY = 21  # MIDI
ONSET, SUSTAIN = 0.5, 0.3  # least activations
GAP, SHORTEST = 11, 5  # frames: the longest pause in a note, and the shortest note


@cache
def network() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    package = Path(list(importlib.util.find_spec("basic_pitch").submodule_search_locations)[0])
    path = package / "saved_models" / "icassp_2022" / "nmp.onnx"
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def listen(samples: np.ndarray) -> dict[str, np.ndarray]:
    """`activation`: frames x 88 keys; `notes`: rows of onset and end in seconds, and MIDI key."""
    samples = librosa.resample(samples, orig_sr=RATE, target_sr=MODEL_RATE)
    frames = len(samples) // HOP
    padded = np.concatenate([np.zeros(OVERLAP // 2, np.float32), samples])
    model, edge = network(), OVERLAP // 2 // HOP
    activations, onsets = [], []
    for start in range(0, len(padded), WINDOW - OVERLAP):
        window = padded[start:start + WINDOW]
        window = np.pad(window, (0, WINDOW - len(window))).astype(np.float32)[None, :, None]
        activation, onset = model.run(
            ["StatefulPartitionedCall:1", "StatefulPartitionedCall:2"], {model.get_inputs()[0].name: window})
        activations.append(activation[0, edge:-edge])
        onsets.append(onset[0, edge:-edge])
    activation, onset = (np.concatenate(parts)[:frames].astype(np.float32) for parts in (activations, onsets))
    return {"activation": activation, "notes": decoded(activation, onset)}


def decoded(activation: np.ndarray, onset: np.ndarray) -> np.ndarray:
    """A note starts at a peak of the onset's activation and lasts while the key's own does. The last peaks come first; what a note
    covers, with the keys beside it, belongs to no other note."""
    rising = (onset[1:-1] > onset[:-2]) & (onset[1:-1] >= onset[2:]) & (onset[1:-1] >= ONSET)
    peaks = np.argwhere(rising) + [1, 0]
    peaks = peaks[np.argsort(-peaks[:, 0], kind="stable")]
    sounding = activation >= SUSTAIN
    found = []
    for start, key in peaks:
        end = pause = 0
        for frame, on in enumerate(sounding[start:, key], start=start):
            pause = 0 if on else pause + 1
            end = frame + 1
            if pause == GAP:
                break
        end -= pause
        if end - start >= SHORTEST:
            found.append((start * HOP / MODEL_RATE, end * HOP / MODEL_RATE, LOWEST_KEY + key))
            sounding[start:end, max(0, key - 1):key + 2] = False
    return np.array(sorted(found), np.float32).reshape(-1, 3)


def chroma(activation: np.ndarray) -> np.ndarray:
    """Frames x 12 pitch classes, from C."""
    classes = (np.arange(activation.shape[1]) + LOWEST_KEY) % 12
    return np.stack([activation[:, classes == c].sum(axis=1) for c in range(12)], axis=1)
