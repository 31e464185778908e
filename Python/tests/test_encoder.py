# SPDX-License-Identifier: Apache-2.0
"""The encoder against what Magenta's graph computed in TensorFlow (Tests/Fixtures/nsynth-tiny: width 8, 30 blocks, 1,024 samples)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List

import h5py
import numpy as np
import pytest
import wavestyle
from conftest import RATE, TINY, tone


@pytest.fixture(scope="module")
def golden() -> Iterator[Any]:
    with h5py.File(TINY / "golden.h5") as file:
        values: Dict[str, Any] = {name: file[name][()] for name in ("content", "style", "content_companded", "style_companded")}
        values["activations"] = {name: np.asarray(values) for name, values in _datasets(file["activations"])}
        values["gradients"] = {name: np.asarray(run["initial_gradient"]) for name, run in file["runs"].items()}
        yield values


def _datasets(group: Any) -> List[Any]:
    found: List[Any] = []
    group.visititems(lambda name, item: found.append((name, item)) if hasattr(item, "shape") else None)
    return found


@pytest.fixture
def tiny() -> Iterator[wavestyle.Encoder]:
    with wavestyle.Encoder(TINY / "weights.h5", threads=2) as encoder:
        yield encoder


def largest_error(values: Any, expected: Any) -> float:
    """In parts of the largest expected value."""
    return float(np.abs(np.asarray(values, float) - expected).max() / np.abs(expected).max())


def test_companding_is_the_programs(golden: Any, tiny: wavestyle.Encoder) -> None:
    assert wavestyle.compand(golden["content"]).tobytes() == golden["content_companded"].tobytes()
    assert tiny.input(golden["content"], 16_000).tobytes() == golden["content_companded"].tobytes()
    assert list(wavestyle.compand([1, -1, 2, 0, np.nan])) == [127 / 128, -1, 127 / 128, 0, 0]
    codes = (np.arange(-128, 128) / 128).astype(np.float32)
    assert wavestyle.compand(wavestyle.expand(codes)).tobytes() == codes.tobytes()


def test_a_sound_becomes_x(tiny: wavestyle.Encoder) -> None:
    stereo = np.stack([tone(220), tone(220)], axis=1)
    x = tiny.input(stereo, RATE)
    assert x.shape == (len(stereo) * 16_000 // RATE,)
    assert x.tobytes() == tiny.input(tone(220), RATE).tobytes()


def test_activations_are_tensorflows(golden: Any, tiny: wavestyle.Encoder) -> None:
    """1e-5 of each map's largest value: two float32 programs with other orders of summation, as GoldenActivationTests says."""
    maps = tiny.activations(golden["content_companded"], "relu1,relu2,residual,bottleneck,encoding")
    assert len(maps) == 92 and (tiny.width, tiny.layers, tiny.bottleneck, tiny.hop) == (8, 30, 16, 512)
    for name, values in maps.items():
        layer, _, block = name.partition(":")
        expected = golden["activations"][f"block{block}/{layer}" if block else layer]
        assert values.shape == expected.shape and largest_error(values, expected) < 1e-5, name


def test_the_gradient_of_a_squared_error_is_tensorflows(golden: Any, tiny: wavestyle.Encoder) -> None:
    """1e-4 of the largest entry, as GoldenRunTests allows. L = mean over 5 layers of the mean of (F - S)^2, so dL/dF = 2 (F - S) / (5 T C)."""
    x = golden["content_companded"]
    maps = tiny.activations(x, "relu1:1-5")
    styles = tiny.activations(golden["style_companded"], "relu1:1-5")
    cotangents = {name: 2 * (F - styles[name]) / (5 * F.size) for name, F in maps.items()}
    assert largest_error(tiny.gradient(x, cotangents), golden["gradients"]["l2_relu1_blocks1to5_alpha0"]) < 1e-4


def test_the_gradient_of_a_gram_loss_is_tensorflows(golden: Any, tiny: wavestyle.Encoder) -> None:
    """The same tolerance. G = F^T F / T, L = mean over 30 layers of the mean of (G - G_s)^2, so dL/dF = 4 F (G - G_s) / (30 C^2 T). The content's loss
    is 0 at the content."""
    x = golden["content_companded"]
    maps = tiny.activations(x, "relu1")
    styles = tiny.activations(golden["style_companded"], ["relu1"])
    cotangents: Dict[str, Any] = {}
    for name, F32 in maps.items():
        F, S = F32.astype(float), styles[name].astype(float)
        difference = F.T @ F / len(F) - S.T @ S / len(S)
        cotangents[name] = 4 * F @ difference / (30 * F.shape[1] ** 2 * len(F))
    assert largest_error(tiny.gradient(x, cotangents), golden["gradients"]["gram_relu1_all_alpha1"]) < 1e-4


@pytest.mark.parametrize("layer", ["relu1:3", "relu2:4", "residual:2", "bottleneck", "encoding"])
def test_the_gradient_is_that_of_differences(layer: str, golden: Any, tiny: wavestyle.Encoder) -> None:
    """Central differences of sum(cotangent * F) along 9 random directions, in parts of the gradient's norm, h = 1e-4. F is piecewise linear in x: what
    differs are kinks of ReLUs that a step crosses, an error that falls with h (median of the bottleneck 0.25, 0.067, 0.017 at 1e-2, 1e-3, 1e-4), and
    float32's rounding of F, which grows (of the encoding 0.027 at 1e-4, 0.041 at 1e-5). Hence 5 %; a wrong layer, sign or factor is off by about 1."""
    x = golden["content_companded"].astype(np.float64)
    generator = np.random.default_rng(4)
    cotangent = generator.normal(size=tiny.activations(x, layer)[layer].shape)
    gradient = tiny.gradient(x, {layer: cotangent}).astype(float)

    def value(at: Any) -> float:
        return float((tiny.activations(at, layer)[layer].astype(float) * cotangent).sum())

    errors = []
    for _ in range(9):
        direction = generator.normal(size=x.shape)
        slope = (value(x + 1e-4 * direction) - value(x - 1e-4 * direction)) / 2e-4
        errors.append(abs(slope - gradient @ direction) / np.linalg.norm(gradient))
    assert np.median(errors) < 0.05


def test_cotangents_add_up(golden: Any, tiny: wavestyle.Encoder) -> None:
    """One backward pass for several layers is the sum of theirs: to float32's rounding, 1e-5 of the largest entry."""
    x = golden["content_companded"]
    cotangents = tiny.activations(x, "relu1:2,relu2:9,encoding")
    alone = sum(tiny.gradient(x, {name: value}).astype(float) for name, value in cotangents.items())
    assert largest_error(tiny.gradient(x, cotangents), alone) < 1e-5


def test_short_inputs(tiny: wavestyle.Encoder) -> None:
    maps = tiny.activations(np.zeros(5), "relu1:1,encoding")
    assert maps["relu1:1"].shape == (5, 8) and maps["encoding"].shape == (0, 16)
    assert tiny.gradient(np.zeros(5), {"encoding": np.zeros((0, 16))}).shape == (5,)


def test_the_default_weights() -> None:
    with wavestyle.Encoder() as encoder:
        assert (encoder.width, encoder.layers) == (128, 30)
        assert encoder.activations(np.zeros(600, np.float32), "encoding")["encoding"].shape == (1, 16)


def test_refusals_leave_it_usable(golden: Any, tiny: wavestyle.Encoder) -> None:
    x = golden["content_companded"]
    pid = tiny._child.pid  # type: ignore[union-attr]
    with pytest.raises(wavestyle.UsageError, match="block 31 does not exist"):
        tiny.activations(x, "relu1:31")
    with pytest.raises(wavestyle.UsageError, match="no weights"):
        tiny.activations(x, "relu1:1@2")
    with pytest.raises(wavestyle.UsageError, match="chosen twice"):
        tiny.activations(x, "relu1:1,relu1:1")
    with pytest.raises(wavestyle.UsageError, match="block 31"):
        tiny.gradient(x, {"relu1:31": np.zeros((1_024, 8))})
    with pytest.raises(ValueError, match=r"cotangent of 'relu1:3' has the shape \(3, 8\): the layer's map has \(1024, 8\)"):
        tiny.gradient(x, {"relu1:3": np.zeros((3, 8))})
    with pytest.raises(ValueError, match="not the name of one layer"):
        tiny.gradient(x, {"relu1": np.zeros((1_024, 8))})
    with pytest.raises(ValueError, match="no cotangents"):
        tiny.gradient(x, {})
    with pytest.raises(ValueError, match=r"x has the shape \(4, 4\)"):
        tiny.activations(np.zeros((4, 4)), "relu1:1")
    with pytest.raises(ValueError, match="NaN"):
        tiny.activations(np.full(4, np.nan), "relu1:1")
    assert tiny.activations(x, "relu1:1")["relu1:1"].shape == (1_024, 8)
    assert tiny._child.pid == pid  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ({"do": "activations", "layers": "relu1:1"}, "it has no samples"),
        ({"do": "gradient", "layers": "relu1:1", "samples": 3}, "values are not x and a cotangent"),
        ({"do": "gradient", "layers": "relu1:1", "samples": -1}, "values are not x and a cotangent"),
        ({"do": "gradient", "layers": "relu1:1", "samples": 2**62}, "values are not x and a cotangent"),
        ({"do": "input", "channels": 0, "rate": 44_100}, "0 channels at 44100 Hz"),
        ({"do": "input", "channels": 1, "rate": 0}, "1 channels at 0 Hz"),
    ],
)
def test_the_service_checks_what_it_is_asked(head: Dict[str, Any], message: str, tiny: wavestyle.Encoder) -> None:
    with pytest.raises(wavestyle.BadDataError, match=message):
        tiny._request(head, [np.zeros(0, np.float32)])
    assert tiny.activations(np.zeros(5), "relu1:1")["relu1:1"].shape == (5, 8)


def ask(request: bytes) -> Any:
    command = [wavestyle.program(), "serve-encoder", f"--weights={TINY / 'weights.h5'}"]
    return subprocess.run(command, input=request, capture_output=True, timeout=60, env=dict(os.environ, WAVESTYLE_ERRORS="json"))


def test_the_service_ends_with_its_input() -> None:
    assert ask(b"").returncode == 0
    for request in (b"nonsense\n", b'{"do":"activations"}\n', b'{"do":"nonsense","bytes":0}\n', b'{"do":"input","bytes":-4}\n', b"x" * 100_000):
        ended = ask(request)
        assert ended.returncode == 65 and b"it is no request" in ended.stderr
    ended = ask(b'{"do":"activations","layers":"relu1:1","bytes":400}\n1234')
    assert ended.returncode == 74 and b"ended within a message" in ended.stderr
    # More than any memory, and no whole number of values: read, refused, and the end awaited.
    for count in (2**40, 5):
        ended = ask(b'{"do":"activations","layers":"relu1:1","bytes":%d}\n12345' % count)
        assert ended.returncode == (0 if count == 5 else 74)
        assert (b"not a whole number" in ended.stdout) == (count == 5)


def test_a_crash_is_an_exception(golden: Any, tiny: wavestyle.Encoder) -> None:
    x = golden["content_companded"]
    before = tiny.activations(x, "relu1:2")["relu1:2"]
    os.kill(tiny._child.pid, signal.SIGKILL)  # type: ignore[union-attr]
    with pytest.raises(wavestyle.SoftwareError, match="SIGKILL"):
        tiny.activations(x, "relu1:2")
    # Another process answers.
    assert tiny.activations(x, "relu1:2")["relu1:2"].tobytes() == before.tobytes()


def test_a_closed_encoder(tiny: wavestyle.Encoder) -> None:
    tiny.close()
    tiny.close()
    with pytest.raises(ValueError, match="closed"):
        tiny.activations(np.zeros(5), "relu1:1")


def test_threads_share_an_encoder(golden: Any, tiny: wavestyle.Encoder) -> None:
    x = golden["content_companded"]
    expected = {name: tiny.activations(x, name)[name].tobytes() for name in ("relu1:5", "relu2:7")}
    wrong: List[str] = []

    def work(name: str) -> None:
        for _ in range(20):
            if tiny.activations(x, name)[name].tobytes() != expected[name]:
                wrong.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


INTERRUPTED = """
import numpy as np, wavestyle
with wavestyle.Encoder() as encoder:
    print("running", flush=True)
    try:
        while True:
            encoder.activations(np.zeros(400_000), "encoding")
    except KeyboardInterrupt:
        print(encoder.activations(np.zeros(600), "encoding")["encoding"].shape, flush=True)
"""


def test_ctrl_c_leaves_it_usable() -> None:
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "running\n"
        time.sleep(0.5)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout.read() == "(1, 16)\n"
        assert process.wait(30) == 0
    assert len(children) == 1 and not Path(f"/proc/{children[0]}").exists()


def test_it_ends_with_python() -> None:
    """Also where nobody closes it, and where Python is killed."""
    for ending in ("", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"):
        code = f"import wavestyle; e = wavestyle.Encoder({str(TINY / 'weights.h5')!r}); print(e._child.pid, flush=True); {ending}"
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        end = time.monotonic() + 60
        while Path(f"/proc/{int(ended.stdout)}").exists() and time.monotonic() < end:
            time.sleep(0.05)
        assert not Path(f"/proc/{int(ended.stdout)}").exists()
