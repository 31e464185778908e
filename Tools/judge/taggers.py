# SPDX-License-Identifier: Apache-2.0
"""Listeners: three taggers of music, trained by Pons and Serra (musicnn, 2019) on MagnaTagATune and on the Million Song Dataset.

A tagger hears three seconds: 187 frames of 96 log mel bands at 16 kHz, a frame each 256 samples. It answers with 50 tags. Its inner
layers, before the tags, are the embedding. The networks run in PyTorch on the variables of the original checkpoints.
"""

import importlib.util
from functools import cache
from pathlib import Path

import librosa
import numpy as np
import torch
import torch.nn.functional as F

from . import checkpoint
from .sounds import RATE

NAME, VERSION = "taggers", 1
NAMES = ("MTT_musicnn", "MTT_vgg", "MSD_musicnn")
# The layers of each whose outputs are its embedding.
EMBEDDING = {"MTT_musicnn": ("pooled", "penultimate"), "MTT_vgg": ("pool5",), "MSD_musicnn": ("pooled", "penultimate")}
FRAMES = 187

torch.set_num_threads(1)


def log_mel(samples: np.ndarray) -> np.ndarray:
    """Frames x 96."""
    power = librosa.feature.melspectrogram(y=samples, sr=RATE, n_fft=512, hop_length=256, n_mels=96)
    return np.log10(1 + 10000 * power.T).astype(np.float32)


def excerpts(frames: np.ndarray) -> np.ndarray:
    """Excerpts x 187 x 96, evenly spaced and about half overlapping. What is shorter is repeated."""
    while len(frames) < FRAMES:
        frames = np.concatenate([frames, frames])
    count = max(1, round(2 * len(frames) / FRAMES) - 1)
    starts = np.unique(np.linspace(0, len(frames) - FRAMES, count).astype(int))
    return np.stack([frames[start:start + FRAMES] for start in starts])


class Network:
    """What both architectures need: variables by name, with names as TensorFlow's layers number them."""

    def __init__(self, variables: dict[str, np.ndarray]):
        self.variables = {name: torch.from_numpy(value.copy()) for name, value in variables.items()}

    def normalised(self, x: torch.Tensor, number: int) -> torch.Tensor:
        layer = f"batch_normalization_{number}" if number else "batch_normalization"
        mean, variance, gamma, beta = (self.variables[f"{layer}/{part}"] for part in ("moving_mean", "moving_variance", "gamma", "beta"))
        return F.batch_norm(x, mean, variance, gamma, beta, eps=1e-3)

    def convolved(self, x: torch.Tensor, layer: str, padding: int = 0) -> torch.Tensor:
        kernel = self.variables[f"{layer}/kernel"].permute(3, 2, 0, 1)  # height, width, in, out -> out, in, height, width
        return F.relu(F.conv2d(x, kernel, self.variables[f"{layer}/bias"], padding=padding))

    def dense(self, x: torch.Tensor, layer: str) -> torch.Tensor:
        return x @ self.variables[f"{layer}/kernel"] + self.variables[f"{layer}/bias"]


class VGG(Network):
    """Five convolutions of 3 x 3 with maxima over squares."""

    POOLS = (((4, 1), 2), ((2, 2), 2), ((2, 2), 2), ((2, 2), 2), ((4, 4), 4))

    def __call__(self, excerpts: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Excerpts x frames x 96 -> logits, and layers by name: excerpts x features."""
        x = self.normalised(excerpts[:, None], 0)
        for number, (size, stride) in enumerate(self.POOLS, start=1):
            x = self.normalised(self.convolved(x, f"{number}CNN", padding=1), number)
            x = F.max_pool2d(x, size, stride)
        pooled = torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)
        flat = x.permute(0, 2, 3, 1).flatten(start_dim=1)  # TensorFlow's order: channels last
        return self.dense(flat, "dense"), {"pool5": pooled}


class Musicnn(Network):
    """Tall filters for timbre, long ones for rhythm; three residual layers over time; mean and maximum over time."""

    TIMBRE = (("conv2d", 1), ("conv2d_1", 2))  # 7 frames x 38 or 67 bands, maximum over the bands
    RHYTHM = (("conv2d_2", 3, 128), ("conv2d_3", 4, 64), ("conv2d_4", 5, 32))  # frames x one band
    MIDDLE = (("conv2d_5", 6), ("conv2d_6", 7), ("conv2d_7", 8))  # 7 frames x all features

    def __call__(self, excerpts: torch.Tensor) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Excerpts x frames x 96 -> logits, and layers by name: excerpts x features."""
        x = self.normalised(excerpts[:, None], 0)
        features = []
        for layer, number in self.TIMBRE:
            features.append(self.normalised(self.convolved(F.pad(x, (0, 0, 3, 3)), layer), number).amax(dim=3))
        for layer, number, length in self.RHYTHM:
            before = (length - 1) // 2
            padded = F.pad(x, (0, 0, before, length - 1 - before))
            features.append(self.normalised(self.convolved(padded, layer), number).amax(dim=3))
        front = torch.cat(features, dim=1)  # excerpts x features x frames

        layers, below = [front], front
        for layer, number in self.MIDDLE:
            padded = F.pad(below.transpose(1, 2)[:, None], (0, 0, 3, 3))
            above = self.normalised(self.convolved(padded, layer), number)[..., 0]
            below = above if len(layers) == 1 else above + below
            layers.append(below)
        over_time = torch.cat(layers, dim=1)

        both = torch.stack([over_time.amax(dim=2), over_time.mean(dim=2)], dim=2).flatten(start_dim=1)
        pooled = self.normalised(both, 9)
        penultimate = self.normalised(F.relu(self.dense(pooled, "dense")), 10)
        return self.dense(penultimate, "dense_1"), {"pooled": pooled, "penultimate": penultimate}


@cache
def network(name: str) -> Network:
    package = importlib.util.find_spec("musicnn")
    if package is None:
        raise SystemExit("The taggers are not installed: make judge-setup")
    folder = Path(list(package.submodule_search_locations)[0]) / name
    variables = checkpoint.read(folder / ".index", folder / ".data-00000-of-00001")
    return (VGG if name.endswith("vgg") else Musicnn)(variables)


@torch.no_grad()
def logits(name: str, inputs: np.ndarray) -> np.ndarray:
    """Of a tagger, for excerpts x 187 x 96."""
    return network(name)(torch.from_numpy(inputs))[0].numpy()


@torch.no_grad()
def listen(samples: np.ndarray) -> dict[str, np.ndarray]:
    """`NAME.tags`: mean probabilities of 50 tags over the excerpts; `NAME.LAYER`: mean outputs of a layer."""
    inputs = torch.from_numpy(excerpts(log_mel(samples)))
    answer = {}
    for name in NAMES:
        raw, layers = network(name)(inputs)
        answer[f"{name}.tags"] = torch.sigmoid(raw).mean(dim=0).numpy()
        answer |= {f"{name}.{layer}": layers[layer].mean(dim=0).numpy() for layer in EMBEDDING[name]}
    return answer
