#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times the spectrogram backend beside PyTorch and librosa, in turn, on the same weights and the same sounds.

    spectra.py --program .build/release/wavestyle-bench --threads 2 --runs 7

    ulyanov       one evaluation: 430 frames, 4096 filters of 11 frames, the loss and its gradient with respect to the
                  spectrogram. PyTorch computes the published form, with the full 4096 x 4096 Gram matrix.
    griffin-lim   500 rounds on the same spectrogram, plain and with momentum 0.99, beside librosa.griffinlim.

Losses that differ by more than 1e-3 mean that it is not the same work: exit status 1.
"""

import argparse
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from compare import Contestant, Failure, aligned

RATE, SAMPLES, SIZE, HOP, FILTERS, KERNEL, ALPHA = 22_050, 219_648, 2_048, 512, 4_096, 11, 1e-2
ROUNDS = 500
PEERS = {"ulyanov": "torch", "griffin-lim": "librosa", "fast-griffin-lim": "librosa"}


def sound(seed, fundamental):
    """Repeated decaying notes with noise."""
    random = np.random.default_rng(seed)
    t = np.arange(SAMPLES) / RATE
    wave = sum(np.sin(2 * np.pi * fundamental * k * t + random.uniform(0, 6)) / k for k in range(1, 20))
    wave = 0.3 * wave * np.exp(-3 * (t % 0.7)) + 0.01 * random.standard_normal(SAMPLES)
    return wave.astype("<f4")


def transform(wave):
    padded = np.pad(wave, SIZE // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, SIZE)[::HOP]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(SIZE) / SIZE)
    return np.fft.rfft(frames * window)


def torch_ulyanov(options):
    import torch

    torch.set_num_threads(options.threads)
    kernel = np.fromfile(options.kernel, "<f4").reshape(KERNEL, SIZE // 2 + 1, FILTERS)
    weight = torch.from_numpy(kernel).permute(2, 1, 0).contiguous()
    spectra = [np.log1p(np.abs(transform(np.fromfile(path, "<f4")))) for path in (options.content, options.style)]
    frames = spectra[0].shape[0]

    def features(x):
        return torch.relu(torch.nn.functional.conv1d(x.t()[None], weight))[0]

    def gram(f):
        return f @ f.t() / frames

    with torch.no_grad():
        content, style = (features(torch.from_numpy(s.astype(np.float32))) for s in spectra)
        target = gram(style)
    x = torch.from_numpy(np.fromfile(options.x, "<f4").reshape(frames, -1)).requires_grad_()

    def once():
        x.grad = None
        f = features(x)
        loss = ((gram(f) - target) ** 2).sum() + ALPHA * ((f - content) ** 2).sum()
        loss.backward()
        return {"loss": loss.item(), "gradient_norm": x.grad.norm().item()}

    return once, torch.__version__


def librosa_griffin_lim(options):
    import librosa

    magnitudes = np.abs(transform(np.fromfile(options.content, "<f4"))).T.astype(np.float32)
    momentum = 0.99 if options.serve.startswith("fast") else 0

    def once():
        return {
            "signal": librosa.griffinlim(
                magnitudes, n_iter=ROUNDS, hop_length=HOP, momentum=momentum, random_state=0, length=SAMPLES
            )
        }

    return once, librosa.__version__


def serve(options):
    once, version = torch_ulyanov(options) if options.serve == "ulyanov" else librosa_griffin_lim(options)
    for _ in range(2):
        record = once()
    if "signal" in record:
        wanted = np.abs(transform(np.fromfile(options.content, "<f4")))
        distance = np.linalg.norm(np.abs(transform(record["signal"])) - wanted) / np.linalg.norm(wanted)
        record = {"loss": float(distance)}
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        if line.strip() == "quit":
            break
        start = time.perf_counter()
        once()
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({**record, "version": version, "peak_bytes": peak}), flush=True)


def contest(options, work, paths, folder):
    common = ["--threads", options.threads, *(part for name, path in paths.items() for part in (f"--{name}", path))]
    kernel = folder / "kernel.f32"
    contestants = []
    try:
        ours = [options.program, "--spectra", work, *common]
        if work == "ulyanov":
            ours += ["--write-kernel", kernel]
        contestants.append(Contestant("wavestyle", ours, folder))
        contestants[0].read("ready")
        peer = [sys.executable, __file__, "--serve", work, "--kernel", kernel, *common]
        contestants.append(Contestant(PEERS[work], peer, folder))
        contestants[1].read("ready")
        seconds = [[], []]
        for _ in range(options.runs):
            for times, contestant in zip(seconds, contestants):
                times.append(contestant.run())
        records = [contestant.quit() for contestant in contestants]
    finally:
        for contestant in contestants:
            contestant.stop()
    if work == "ulyanov" and not abs(records[0]["loss"] / records[1]["loss"] - 1) < 1e-3:
        raise Failure(f"not the same work: the loss is {records[0]['loss']} here and {records[1]['loss']} in the peer")
    ratio = statistics.median(a / b for a, b in zip(*seconds))
    return [
        work,
        f"{PEERS[work]} {records[1]['version']}",
        *(f"{statistics.median(times) * 1e3:,.0f}" for times in seconds),
        f"{ratio:.2f}",
        *(f"{record['peak_bytes'] / 1e6:,.0f}" for record in records),
        *(f"{record['loss']:.5g}" for record in records),
    ]


def parse():
    parser = argparse.ArgumentParser(description="Time the spectrogram backend beside its peers, in turn.")
    parser.add_argument("--program", metavar="FILE", help="wavestyle-bench")
    parser.add_argument("--threads", type=int, default=2, metavar="N")
    parser.add_argument("--runs", type=int, default=7, metavar="N", help="rounds")
    for name in ("serve", "x", "content", "style", "kernel"):
        parser.add_argument(f"--{name}", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.serve and not (options.program and os.access(options.program, os.X_OK)):
        parser.error(f"--program: there is no program at {options.program}")
    return options


def main():
    options = parse()
    if options.serve:
        return serve(options)
    rows = [["work", "peer", "ours ms", "peer ms", "ours / peer", "ours MB", "peer MB", "our loss", "its loss"]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = {key: folder / f"{key}.f32" for key in ("content", "style", "x")}
        content, style = sound(1, 220.0), sound(2, 277.0)
        content.tofile(paths["content"])
        style.tofile(paths["style"])
        random = np.random.default_rng(3)
        x = 0.5 * np.log1p(np.abs(transform(content))) + np.abs(0.1 * random.standard_normal((430, SIZE // 2 + 1)))
        x.astype("<f4").tofile(paths["x"])
        try:
            for work in PEERS:
                rows.append(contest(options, work, paths, folder))
        except Failure as failure:
            sys.exit(f"spectra.py: {failure}")
    print(f"{options.threads} threads, {options.runs} rounds")
    print("\n".join(aligned(rows)))


if __name__ == "__main__":
    main()
