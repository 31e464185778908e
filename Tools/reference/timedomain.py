#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Computes the losses, a gradient and a run of Mital's transfer in the time domain on a small case.

    timedomain.py [--fixtures Tests/Fixtures/mital]

Writes timedomain.json: two sounds, a kernel, a first x, and what `models/timedomain.py` of P. K. Mital: Time Domain Neural Audio
Style Transfer (2017) makes of them, in float64. Needs PyTorch and SciPy.

PyTorch  the graph: products with cosines and sines, magnitudes, a convolution over frames as an image of height 3, Gram matrices
SciPy    L-BFGS-B, as the code's ScipyOptimizerInterface has it
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from scipy.optimize import minimize
from scipy.signal.windows import hann

FFT, HOP, FILTERS, TAPS, ALPHA = 64, 8, 24, 4, 0.05
LENGTH, BINS = FFT // 2, FFT // 2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("--fixtures", type=Path, default=root / "Tests/Fixtures/mital")
    folder = parser.parse_args().fixtures
    generator = np.random.default_rng(11_160)

    # Of one length, and of whole hops: what comes after is seen by the code's last frames.
    time = np.arange(256)
    content = decimals(0.5 * np.sin(0.31 * time) + 0.05 * generator.standard_normal(256))
    style = decimals(0.4 * np.sin(0.9 * time) * np.sin(0.05 * time) + 0.1 * generator.standard_normal(256))
    # Theirs has the deviation of sqrt(4 / ((bins + filters) taps)).
    kernel = decimals(generator.standard_normal((3, TAPS, BINS, FILTERS)) * np.sqrt(4 / ((BINS + FILTERS) * TAPS)))
    frames = len(content) // HOP
    start = decimals(generator.standard_normal((frames, LENGTH)) * 0.1)

    weights = torch.tensor(kernel).permute(3, 2, 0, 1)
    targets = [activations(torch.tensor(cut(sound)), weights) for sound in (content, style)]

    def losses(x):
        inputs, relus = activations(x, weights)
        differences = [(inputs - targets[0][0]).square().sum(), (relus - targets[0][1]).square().sum()]
        grams = [
            (gram(own, frames) - gram(other, frames)).square().sum()
            for own, other in ((inputs[2], targets[1][0][2]), (relus, targets[1][1]))
        ]
        return sum(grams), ALPHA * sum(differences)

    def evaluate(values):
        x = torch.tensor(values.reshape(frames, LENGTH), requires_grad=True)
        style_loss, content_loss = losses(x)
        (style_loss + content_loss).backward()
        return style_loss.item() + content_loss.item(), x.grad.numpy().ravel()

    style_loss, content_loss = (value.item() for value in losses(torch.tensor(start)))
    gradient = evaluate(start.ravel())[1]
    course = [evaluate(start.ravel())[0]]
    result = minimize(
        evaluate, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 20},
        callback=lambda x: course.append(evaluate(x)[0]))
    assert len(course) == 21, result.message

    values = dict(
        content=content, style=style, kernel=kernel, start=start, frames=frames, inputs=targets[0][0].permute(1, 0, 2),
        styleLoss=style_loss, contentLoss=content_loss, gradient=gradient, losses=course)
    significant = {name: digits(value) for name, value in values.items()}
    (folder / "timedomain.json").write_text(json.dumps(
        dict(fftSize=FFT, length=LENGTH, hop=HOP, filters=FILTERS, taps=TAPS, alpha=ALPHA, **significant)) + "\n")


def decimals(values):
    """Values that are short to write down, as float32 holds them."""
    return np.float64(np.float32(np.round(values, 3)))


def digits(value):
    if np.ndim(value) == 0 and isinstance(value, (int, float)):
        return value
    return [float(f"{number:.8g}") for number in np.asarray(value).ravel()]


def cut(signal):
    count = len(signal) // HOP
    padded = np.pad(signal, (0, LENGTH))
    return np.lib.stride_tricks.sliding_window_view(padded, LENGTH)[: count * HOP : HOP] * hann(LENGTH, sym=True)


def activations(x, weights):
    """Real, imaginary and magnitude parts `[3, frames, bins]`, and the ReLUs `[frames - taps + 1, filters]`."""
    # Their frequencies go from 0 to pi, both included: not a discrete Fourier transform's.
    frequencies = torch.outer(
        torch.linspace(0, LENGTH - 1, LENGTH, dtype=torch.float64),
        torch.linspace(0, 2 * np.pi / FFT * BINS, BINS, dtype=torch.float64))
    real, imaginary = x @ torch.cos(frequencies), x @ torch.sin(frequencies)
    magnitudes = torch.sqrt(torch.clamp(real * real + imaginary * imaginary, min=1e-15))
    inputs = torch.stack([real, imaginary, magnitudes])
    # An image of height 3 and width frames, whose channels are frequencies; no padding.
    relus = torch.relu(torch.nn.functional.conv2d(inputs.permute(2, 0, 1)[None], weights))
    return inputs, relus[0, :, 0].T


def gram(features, frames):
    return features.T @ features / frames


if __name__ == "__main__":
    main()
