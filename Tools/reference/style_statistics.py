#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Computes the statistics `covariance`, `histogram` and `wasserstein` of small maps, and their gradients.

    style_statistics.py [--fixtures Tests/Fixtures/statistics]

Writes reference.json. All of it is float64 NumPy, from random maps of three decimals, half of whose values are 0 as after a ReLU;
before a gradient is written, it is compared with central differences.

covariance   sum (cov(x) - cov(style))^2 / C^2, with np.cov, which divides by T here
histogram    mean (x - R(x))^2, with R(x) each channel of x matched to the style's: np.interp on ranks
wasserstein  mean (sort(x V^T) - sort(style V^T))^2 over directions V, the style's at the ranks of x
"""

import argparse
import json
from pathlib import Path

import numpy as np

ROWS, STYLE_ROWS, COLUMNS, DIRECTIONS = 80, 57, 5, 4


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("--fixtures", type=Path, default=root / "Tests/Fixtures/statistics")
    folder = parser.parse_args().fixtures
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(2107)

    own = activations(generator, ROWS, 0.2)
    styles = [activations(generator, STYLE_ROWS, 0.6), activations(generator, ROWS + 40, 0)]
    directions = generator.standard_normal((DIRECTIONS, COLUMNS))
    directions = np.float64(np.float32(directions / np.linalg.norm(directions, axis=1, keepdims=True)))
    shares = [0.25, 0.75]
    losses = {
        "covariance": covariance,
        "histogram": matched,
        "wasserstein": lambda x, styles, shares: projected(x, styles, shares, directions),
    }
    values = {}
    for name, loss in losses.items():
        values[name] = loss(own, styles[:1], [1])
        values[f"{name}_of_two"] = loss(own, styles, shares)
        # Off zero: values that are equal have no order, and their gradient is one of several.
        check(lambda x: loss(x, styles, shares), own + 0.01 * generator.standard_normal(own.shape), generator)
    write(
        folder / "reference.json",
        columns=COLUMNS, own=own, styles=[style.ravel().tolist() for style in styles], shares=shares,
        directions=directions,
        losses={name: {"value": value, "gradient": rounded(slope)} for name, (value, slope) in values.items()},
    )


def activations(generator, rows, offset):
    """Correlated channels after a ReLU, as float32 holds them; the first does not vary."""
    mixed = generator.standard_normal((rows, COLUMNS)) @ generator.uniform(-1, 1, (COLUMNS, COLUMNS)) + offset
    mixed[:, 0] = 0.5
    return np.float64(np.float32(np.round(np.maximum(mixed, 0), 3)))


def covariance(x, styles, shares):
    count, columns = x.shape
    target = sum(share * np.cov(style.T, bias=True) for share, style in zip(shares, styles))
    difference = np.cov(x.T, bias=True) - target
    return (difference**2).sum() / columns**2, 4 / (columns**2 * count) * (x - x.mean(0)) @ difference


def matched(x, styles, shares):
    """A stable sort: of equal values the earlier one has the lower rank."""
    count = len(x)
    result = np.empty_like(x)
    for channel in range(x.shape[1]):
        ranks = np.empty(count)
        ranks[np.argsort(x[:, channel], kind="stable")] = np.arange(count)
        result[:, channel] = sum(
            share * np.interp((ranks + 0.5) / count, (np.arange(len(s)) + 0.5) / len(s), np.sort(s[:, channel]))
            for share, s in zip(shares, styles)
        )
    return ((x - result) ** 2).mean(), 2 * (x - result) / x.size


def projected(x, styles, shares, directions):
    value, slope = matched(x @ directions.T, [style @ directions.T for style in styles], shares)
    return value, slope @ directions


def check(loss, x, generator):
    _, slope = loss(x)
    for _ in range(5):
        direction = generator.standard_normal(x.shape)
        step = 1e-7
        difference = (loss(x + step * direction)[0] - loss(x - step * direction)[0]) / (2 * step)
        # A step of 1e-7 in float64, beside values of 1.
        assert abs(difference - (slope * direction).sum()) < 1e-7 * np.abs(slope).sum(), difference


def rounded(values):
    return np.round(values, 12).ravel().tolist()


def write(path, **values):
    content = {name: value.ravel().tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}
    path.write_text(json.dumps(content) + "\n")


if __name__ == "__main__":
    main()
