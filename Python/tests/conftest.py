# SPDX-License-Identifier: Apache-2.0
"""The sounds of the tests, and that nothing is left behind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "Tests" / "Fixtures" / "nsynth-tiny"
RATE = 44_100


def tone(pitch: float, seconds: float = 0.5, rate: int = RATE, seed: int = 1) -> Any:
    """A decaying sawtooth with some noise, [frames] of float32."""
    t = np.arange(int(seconds * rate)) / rate
    noise = np.random.default_rng(seed).normal(0, 0.01, len(t))
    return (0.4 * (2 * (t * pitch % 1) - 1) * np.exp(-2 * t) + noise).astype(np.float32)


@pytest.fixture
def voice() -> Any:
    return tone(220)


@pytest.fixture
def flute() -> Any:
    return tone(330, 0.6, seed=2)


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No temporary file, no file in the current folder, no open file, no process."""
    temporary, current = tmp_path / "temporary", tmp_path / "current"
    temporary.mkdir()
    current.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.chdir(current)
    before = set(os.listdir("/proc/self/fd"))
    yield
    # PyTorch keeps a cache of its own there.
    assert [path for path in temporary.iterdir() if not path.name.startswith("torchinductor")] == []
    assert list(current.iterdir()) == []
    assert set(os.listdir("/proc/self/fd")) == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
