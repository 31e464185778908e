# SPDX-License-Identifier: Apache-2.0
"""What the documentation shows runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict

import pytest
from conftest import ROOT


def test_python_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "Documentation" / "python.md").read_text(), re.DOTALL)
    assert len(blocks) == 4
    names: Dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    assert (tmp_path / "out.wav").stat().st_size > 4 * 44_100
    assert names["dx"].shape == names["x"].shape == (16_000,)
    assert capsys.readouterr().out.splitlines()[-1] == "style it is silent"
