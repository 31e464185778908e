#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One iteration of the optimisation in PyTorch or TensorFlow, timed.

An iteration is the activations, the loss and its gradient with respect to x. The weights are constants:
no gradient with respect to them is formed. The targets (style features or Grams, content features) are
computed once, before any timing. T samples, C channels, float32, the NSynth WaveNet encoder:

    en = conv(x, 3 taps) + b
    for each block i:  a = relu(en)                              relu1
                       d = relu(conv(a, 3 taps, dilation) + b)   relu2
                       en = en + conv(d, 1 tap) + b

    gram   mean over blocks of mean (G(x) - G(style))^2, G = F'F / T, F = relu1 of every block,
           plus mean (relu2(x) - relu2(content))^2 at the last block
    l2     mean over blocks 1-5 of mean (F(x) - F(style))^2, F = relu1; nothing past the last of them is computed

Both peers are helped where the framework's own form is slower: the layout is the faster one, and the Gram's gradient
is the one product F (D + D'), not the two that automatic differentiation forms (a tenth to a quarter of the time, and
a fifth of TensorFlow's memory).

Prints one JSON line. With --serve: a ready line after set-up and warm-up, a line {"seconds": ...} for every
line "run" on the standard input, and the final line on "quit" or at the end of the input.
"""

import argparse
import json
import os
import resource
import sys
import time

import numpy as np


class Weights:
    """The encoder's tensors as NumPy arrays: kernels [tap, in, out], biases [out]."""

    def __init__(self, path):
        import h5py

        with h5py.File(path, "r") as file:

            def layer(name):
                return file[name]["W"][0].astype(np.float32), file[name]["biases"][:].astype(np.float32)

            count = sum(1 for name in file if name.startswith("ae_dilatedconv_"))
            self.start = layer("ae_startconv")
            self.dilated = [layer(f"ae_dilatedconv_{i + 1}") for i in range(count)]
            self.residual = [layer(f"ae_res_{i + 1}") for i in range(count)]


class Torch:
    """Eager PyTorch, autograd on x.

    "rows" keeps the sound as [1, C, 1, T] channels last, so that each sample is a row of C numbers in memory;
    "planes" keeps it as [1, C, T]. In-place where autograd allows it.
    """

    layouts = ("rows", "planes")

    def __init__(self, options, weights, blocks):
        import torch

        torch.set_num_threads(options.threads)
        torch.set_num_interop_threads(1)
        self.torch, self.options, self.blocks = torch, options, blocks
        self.version = torch.__version__
        self.rows = options.layout == "rows"

        def prepared(layer):
            kernel = torch.from_numpy(layer[0]).permute(2, 1, 0)  # [out, in, tap]
            if self.rows:
                kernel = kernel[:, :, None, :].contiguous(memory_format=torch.channels_last)
            return kernel.contiguous() if not self.rows else kernel, torch.from_numpy(layer[1])

        class Gram(torch.autograd.Function):
            @staticmethod
            def forward(context, a):
                context.save_for_backward(a)
                f = a.flatten(2)[0]  # [C, T]; in rows a view of [T, C]
                return (f @ f.t()) / f.shape[1]

            @staticmethod
            def backward(context, gradient):
                (a,) = context.saved_tensors
                symmetric = (gradient + gradient.t()) / a.shape[-1]
                return self.convolve(a, (symmetric.reshape(*symmetric.shape, *[1] * (a.dim() - 2)), None))

        self.gram = Gram.apply if options.gram == "symmetric" else self.plain_gram

        self.start = prepared(weights.start)
        self.dilated = [prepared(layer) for layer in weights.dilated[:blocks]]
        self.residual = [prepared(layer) for layer in weights.residual[:blocks]]

    def convolve(self, x, layer, dilation=1):
        kernel, bias = layer
        padding = dilation * (kernel.shape[-1] // 2)
        convolution = self.torch.nn.functional
        if self.rows:
            return convolution.conv2d(x, kernel, bias, padding=(0, padding), dilation=(1, dilation))
        return convolution.conv1d(x, kernel, bias, padding=padding, dilation=dilation)

    def plain_gram(self, a):
        f = a.flatten(2)[0]
        return (f @ f.t()) / f.shape[1]

    def features(self, x):
        """The style features of each block and, for the gram case, relu2 of the last block."""
        en = self.convolve(x.view(1, 1, 1, -1) if self.rows else x.view(1, 1, -1), self.start)
        gram, style = self.options.case == "gram", []
        for i in range(self.blocks):
            a = self.torch.relu(en)
            style.append(self.gram(a) if gram else a)
            last = i + 1 == self.blocks
            if last and not gram:
                return style, None
            d = self.torch.relu_(self.convolve(a, self.dilated[i], 2 ** (i % self.options.stages)))
            if last:
                return style, d
            en += self.convolve(d, self.residual[i])

    def prepare(self, x, content, style):
        torch = self.torch
        with torch.no_grad():
            self.style, _ = self.features(torch.from_numpy(style))
            if self.options.case == "gram":
                _, self.content = self.features(torch.from_numpy(content))
        self.x = torch.from_numpy(x).requires_grad_()

    def step(self):
        torch = self.torch
        style, content = self.features(self.x)
        style_loss = sum((a - b).square().mean() for a, b in zip(style, self.style)) / self.blocks
        content_loss = torch.zeros(()) if content is None else (content - self.content).square().mean()
        loss = style_loss + content_loss
        (gradient,) = torch.autograd.grad(loss, self.x)
        return loss.item(), style_loss.item(), content_loss.item(), gradient.numpy()


class TensorFlow:
    """TensorFlow, one tf.function, a tape on x only.

    "dilated" passes the dilation to tf.nn.conv1d. "batched" views [T, C] as [1, T/d, d, C] and convolves along T/d:
    Magenta's time_to_batch without its transposes.
    """

    layouts = ("dilated", "batched")

    def __init__(self, options, weights, blocks):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(options.threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        self.tf, self.options, self.blocks = tf, options, blocks
        self.version = tf.__version__

        def prepared(layer):
            return tf.constant(layer[0]), tf.constant(layer[1])

        @tf.custom_gradient
        def gram(a):
            f = a[0]
            samples = float(f.shape[0])

            def backward(gradient):
                return tf.matmul(f, (gradient + tf.transpose(gradient)) / samples)[None]

            return tf.matmul(f, f, transpose_a=True) / samples, backward

        def plain_gram(a):
            return tf.matmul(a[0], a[0], transpose_a=True) / float(a.shape[1])

        self.gram = gram if options.gram == "symmetric" else plain_gram
        self.start = prepared(weights.start)
        self.dilated = [prepared(layer) for layer in weights.dilated[:blocks]]
        self.residual = [prepared(layer) for layer in weights.residual[:blocks]]

    def convolve(self, x, layer, dilation=1):
        tf, (kernel, bias) = self.tf, layer
        if self.options.layout == "dilated" or dilation == 1:
            return tf.nn.bias_add(tf.nn.conv1d(x, kernel, 1, "SAME", dilations=dilation), bias)
        samples, channels = x.shape[1], x.shape[2]
        steps = -(-samples // dilation)
        x = tf.pad(x, [[0, 0], [0, steps * dilation - samples], [0, 0]])
        y = tf.nn.conv2d(tf.reshape(x, [1, steps, dilation, channels]), kernel[:, None], 1, "SAME")
        return tf.nn.bias_add(tf.reshape(y, [1, steps * dilation, -1])[:, :samples], bias)

    def features(self, x):
        """The style features of each block and, for the gram case, relu2 of the last block."""
        tf = self.tf
        en = self.convolve(tf.reshape(x, [1, -1, 1]), self.start)
        gram, style = self.options.case == "gram", []
        for i in range(self.blocks):
            a = tf.nn.relu(en)
            style.append(self.gram(a) if gram else a)
            last = i + 1 == self.blocks
            if last and not gram:
                return style, tf.zeros(())
            d = tf.nn.relu(self.convolve(a, self.dilated[i], 2 ** (i % self.options.stages)))
            if last:
                return style, d
            en = en + self.convolve(d, self.residual[i])

    def prepare(self, x, content, style):
        tf = self.tf
        features = tf.function(self.features)
        self.style, _ = features(tf.constant(style))
        _, self.content = features(tf.constant(content))
        self.x = tf.constant(x)

        @tf.function
        def iteration(x):
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(x)
                style, content = self.features(x)
                style_loss = tf.add_n(
                    [tf.reduce_mean(tf.square(a - b)) for a, b in zip(style, self.style)]
                ) / len(style)
                content_loss = tf.reduce_mean(tf.square(content - self.content))
                loss = style_loss + content_loss
            return loss, style_loss, content_loss, tape.gradient(loss, x)

        self.iteration = iteration

    def step(self):
        loss, style, content, gradient = self.iteration(self.x)
        return float(loss), float(style), float(content), gradient.numpy()


FRAMEWORKS = {"torch": Torch, "tensorflow": TensorFlow}


def parse():
    parser = argparse.ArgumentParser(description="One iteration of the optimisation, in PyTorch or TensorFlow.")
    parser.add_argument("--framework", choices=FRAMEWORKS, required=True)
    parser.add_argument("--case", choices=("gram", "l2"), required=True)
    parser.add_argument("--samples", type=int, required=True, metavar="T")
    parser.add_argument("--threads", type=int, default=2, metavar="N")
    parser.add_argument("--runs", type=int, default=7, metavar="N", help="timed iterations (without --serve)")
    parser.add_argument("--warm-up", type=int, default=2, metavar="N", help="iterations before, not counted")
    parser.add_argument("--stages", type=int, default=10, metavar="N", help="dilations before they start again at 1")
    parser.add_argument(
        "--gram",
        choices=("symmetric", "automatic"),
        default="symmetric",
        help="the Gram matrix's gradient: ours, one product, or what automatic differentiation finds, two",
    )
    parser.add_argument("--layout", help="torch: rows (default) or planes; tensorflow: dilated (default) or batched")
    parser.add_argument("--weights", required=True, metavar="FILE.h5")
    for name in ("x", "content", "style"):
        parser.add_argument(f"--{name}", required=True, metavar="FILE.f32", help="T little-endian float32, companded")
    parser.add_argument("--serve", action="store_true", help="one iteration for every line 'run'; 'quit' ends")
    options = parser.parse_args()
    layouts = FRAMEWORKS[options.framework].layouts
    options.layout = options.layout or layouts[0]
    if options.layout not in layouts:
        parser.error(f"--layout for {options.framework} is one of {', '.join(layouts)}, not '{options.layout}'")
    for name in ("samples", "threads", "runs", "warm_up", "stages"):
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1")
    return options


def samples(path, count):
    values = np.fromfile(path, dtype="<f4")
    if len(values) != count:
        sys.exit(f"iteration.py: {path} holds {len(values)} samples, --samples says {count}")
    return values


def emit(record):
    print(json.dumps(record), flush=True)


def main():
    options = parse()
    weights = Weights(options.weights)
    blocks = len(weights.dilated) if options.case == "gram" else 5
    if len(weights.dilated) < blocks:
        sys.exit(f"iteration.py: {options.weights} has {len(weights.dilated)} blocks; the l2 case needs 5")
    peer = FRAMEWORKS[options.framework](options, weights, blocks)
    peer.prepare(*(samples(getattr(options, name), options.samples) for name in ("x", "content", "style")))

    seconds = []

    def timed():
        begin = time.perf_counter()
        result = peer.step()
        return result, time.perf_counter() - begin

    for _ in range(options.warm_up):
        result, _ = timed()

    identity = {
        "framework": options.framework,
        "version": peer.version,
        "case": options.case,
        "samples": options.samples,
        "threads": options.threads,
    }
    if options.serve:
        emit({"ready": True, **identity})
        for line in sys.stdin:
            command = line.strip()
            if command == "quit":
                break
            if command != "run":
                sys.exit(f"iteration.py: unknown command '{command}'; commands are 'run' and 'quit'")
            result, taken = timed()
            seconds.append(taken)
            emit({"seconds": taken})
    else:
        for _ in range(options.runs):
            result, taken = timed()
            seconds.append(taken)

    loss, style, content, gradient = result
    emit(
        {
            **identity,
            "loss": loss,
            "style": style,
            "content": content,
            "seconds": seconds,
            "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "gradient_norm": float(np.linalg.norm(gradient.astype(np.float64))),
        }
    )


if __name__ == "__main__":
    main()
