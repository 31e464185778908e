# SPDX-License-Identifier: Apache-2.0
"""NSynth's encoder as a function of PyTorch: a loss on its activations has a gradient with respect to x.

`python torch_gradient.py` moves noise towards the style of a tone by Adam.
"""

import numpy as np
import torch
import wavestyle


class Activations(torch.autograd.Function):
    """From x [T], float32 in companded units, to the maps [T, C] of some layers."""

    @staticmethod
    def forward(ctx, x, encoder, layers):
        maps = encoder.activations(x.detach().numpy(), layers)
        ctx.encoder, ctx.names = encoder, list(maps)
        ctx.save_for_backward(x)
        return tuple(torch.from_numpy(values) for values in maps.values())

    @staticmethod
    def backward(ctx, *cotangents):
        gradient = ctx.encoder.gradient(ctx.saved_tensors[0].numpy(), dict(zip(ctx.names, map(torch.Tensor.numpy, cotangents))))
        return torch.from_numpy(gradient), None, None


def main() -> None:
    tone = np.sin(2 * np.pi * 440 * np.arange(8_000) / 16_000).astype(np.float32)
    with wavestyle.Encoder() as encoder:
        style = [F.T @ F / len(F) for F in Activations.apply(torch.from_numpy(wavestyle.compand(0.5 * tone)), encoder, "relu1:1-5")]
        x = torch.normal(0, 0.3, (8_000,), generator=torch.Generator().manual_seed(1)).requires_grad_()
        optimizer = torch.optim.Adam([x], lr=0.02)
        for iteration in range(21):
            maps = Activations.apply(x, encoder, "relu1:1-5")
            loss = sum((F.T @ F / len(F) - G).square().mean() for F, G in zip(maps, style))
            if iteration % 5 == 0:
                print(iteration, loss.item())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


if __name__ == "__main__":
    main()
