# SPDX-License-Identifier: Apache-2.0
"""The example that makes the encoder a function of PyTorch: `make test-torch`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import pytest
import torch
import wavestyle

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TINY = Path(__file__).resolve().parents[3] / "Tests" / "Fixtures" / "nsynth-tiny"
sys.path.insert(0, str(EXAMPLES))

from torch_gradient import Activations  # noqa: E402


@pytest.fixture
def encoder() -> Iterator[wavestyle.Encoder]:
    with wavestyle.Encoder(TINY / "weights.h5", threads=1) as encoder:
        yield encoder


def loss_of(x: Any, encoder: wavestyle.Encoder) -> Any:
    """Two layers, and x itself by a way of its own, so that PyTorch has gradients to add."""
    relu, bottleneck = Activations.apply(2 * x, encoder, "relu1:4,bottleneck")
    return (relu.T @ relu / len(relu)).square().mean() + bottleneck.abs().sum() / 100 + x.square().sum()


def test_the_gradient_is_that_of_differences(encoder: wavestyle.Encoder) -> None:
    """Central differences along 9 random directions, h = 1e-4, in parts of the gradient's norm; the tolerance is that of test_encoder.py."""
    generator = torch.Generator().manual_seed(3)
    x = torch.normal(0, 0.3, (1_024,), generator=generator).requires_grad_()
    loss_of(x, encoder).backward()
    errors = []
    for _ in range(9):
        direction = torch.normal(0, 1, (1_024,), generator=generator)
        with torch.no_grad():
            difference = loss_of(x + 1e-4 * direction, encoder).double() - loss_of(x - 1e-4 * direction, encoder).double()
        slope = float(difference) / 2e-4
        errors.append(abs(slope - float(x.grad @ direction)) / float(x.grad.norm()))
    assert np.median(errors) < 0.05


def test_the_example_makes_the_loss_smaller() -> None:
    ended = subprocess.run([sys.executable, str(EXAMPLES / "torch_gradient.py")], check=True, capture_output=True, text=True)
    losses = [float(line.split()[1]) for line in ended.stdout.splitlines()]
    assert len(losses) == 5 and losses == sorted(losses, reverse=True) and losses[-1] < 0.5 * losses[0]
