# SPDX-License-Identifier: Apache-2.0
"""The taggers answer what the original TensorFlow graphs answer. `tagger-logits.npz` holds the graphs' logits for `inputs()`."""

from pathlib import Path

import numpy as np
import pytest

from judge import taggers


def inputs() -> np.ndarray:
    random = np.random.default_rng(0)
    return (random.random((2, 187, 96)) * random.random((2, 187, 1)) * 4).astype(np.float32)


@pytest.mark.parametrize("name", taggers.NAMES)
def test_logits_are_those_of_the_original_graph(name: str):
    with np.load(Path(__file__).parent / "tagger-logits.npz") as file:
        expected = file[name]
    # Sums of some thousand float32 products in another order: 1.4e-5 is the largest difference seen, on logits up to 8.
    np.testing.assert_allclose(taggers.logits(name, inputs()), expected, atol=5e-5, rtol=0)


def test_a_short_sound_is_repeated_and_a_long_one_is_heard_in_excerpts():
    assert taggers.excerpts(np.zeros((50, 96), np.float32)).shape == (1, 187, 96)
    assert taggers.excerpts(np.zeros((187, 96), np.float32)).shape == (1, 187, 96)
    assert taggers.excerpts(np.zeros((935, 96), np.float32)).shape == (9, 187, 96)
