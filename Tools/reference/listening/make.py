#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Computes the statistics of listening tests with SciPy, and writes statistics.json.

    make.py [--fixtures Tests/Fixtures/listening]

student    quantiles of Student's t (scipy.stats.t.ppf) and two-sided tails (2 t.sf)
normal     two-sided tails (2 norm.sf)
chiSquare  upper tails (chi2.sf)
intervals  mean, standard deviation and scipy.stats.t.interval of small samples
wilcoxon   scipy.stats.wilcoxon of differences, with its defaults: without ties, with ties, with zeros and ties
friedman   scipy.stats.friedmanchisquare, without and with ties
binomial   scipy.stats.binomtest against 1/2, with proportion_ci
holm       Holm's procedure, written out here (SciPy has none)

Samples are random, of few decimals. null stands for not a number. All of it is float64.
"""

import argparse
import json
import math
import warnings
from pathlib import Path

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    root = Path(__file__).resolve().parents[3]
    parser.add_argument("--fixtures", type=Path, default=root / "Tests/Fixtures/listening")
    folder = parser.parse_args().fixtures
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(1534)
    # A test that is not defined divides 0 by 0; a small one says that it is small.
    warnings.simplefilter("ignore")

    values = {
        "student": student(),
        "normal": [{"z": z, "p": 2 * stats.norm.sf(z)} for z in [0, 1e-3, 0.5, 1, 1.96, 3, 6, 10, 20, 37]],
        "chiSquare": chi_square(),
        "intervals": [interval(np.round(generator.uniform(1, 5, n), 2)) for n in [2, 3, 4, 8, 15, 40, 200]],
        "wilcoxon": [wilcoxon(differences) for differences in differences_of(generator)],
        "friedman": [friedman(rows) for rows in rows_of(generator)],
        "binomial": [binomial(k, n) for n in [1, 2, 3, 5, 6, 8, 20, 41, 200, 1000] for k in shares(n)],
        "holm": [holm(p) for p in [[0.01], [0.04, 0.01, 0.03], [0.5, 0.9, 0.6, 0.02], [0.02, 0.02, 0.02], []]],
    }
    lines = (f"{json.dumps(name)}: {rows(value)}" for name, value in values.items())
    (folder / "statistics.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def student():
    freedom = [1, 2, 3, 4, 7, 10, 19, 29, 59, 200, 1000]
    return [
        {
            "degrees": nu,
            "confidence": confidence,
            "quantile": stats.t.ppf(0.5 + confidence / 2, nu),
            "t": t,
            "p": 2 * stats.t.sf(t, nu),
        }
        for nu in freedom
        for confidence, t in [(0.5, 0.01), (0.95, 2.1), (0.99, 7), (0.999, 40)]
    ]


def chi_square():
    return [
        {"x": x, "degrees": k, "p": stats.chi2.sf(x, k)}
        for k in [1, 2, 3, 5, 9, 24, 100]
        for x in [1e-6, 0.1, 1, k - 0.5, k + 1.5, 3 * k, 60, 300, 1000]
    ]


def interval(values):
    mean, error = np.mean(values), stats.sem(values)
    low, high = stats.t.interval(CONFIDENCE, len(values) - 1, loc=mean, scale=error)
    return {"values": values.tolist(), "mean": mean, "deviation": np.std(values, ddof=1), "low": low, "high": high}


def differences_of(generator):
    for n in [1, 2, 3, 4, 5, 6, 8, 10, 12, 13, 14, 15, 20, 25, 30, 40, 49, 50, 51, 55, 60]:
        # Without ties: distinct magnitudes.
        magnitudes = generator.choice(np.arange(1, 400), n, replace=False) / 4
        yield magnitudes * generator.choice([-1, 1], n, p=[0.3, 0.7])
        # All of one sign: the smallest p.
        yield magnitudes
        # With ties, without zeros.
        yield generator.choice([-2, -1, -0.5, 0.5, 1, 2, 3], n)
        # With zeros and ties; and with one zero. SciPy throws for a single 0.
        if n == 1:
            continue
        yield generator.integers(-2, 4, n).astype(float)
        yield np.append(magnitudes[:-1] * generator.choice([-1, 1], n - 1), 0.0)
    yield np.zeros(5)
    yield np.zeros(20)


def wilcoxon(differences):
    result = stats.wilcoxon(differences)
    return {"differences": differences.tolist(), "statistic": result.statistic, "p": result.pvalue}


def rows_of(generator):
    for n, k in [(1, 3), (2, 3), (3, 4), (8, 3), (8, 5), (12, 4), (20, 6), (30, 3)]:
        shift = np.linspace(0, 12, k)
        yield np.round(generator.uniform(0, 80, (n, k)) + shift, 2)
        yield generator.integers(1, 6, (n, k)).astype(float)
    yield np.full((6, 3), 4.0)


def friedman(rows):
    result = stats.friedmanchisquare(*rows.T)
    return {"rows": rows.tolist(), "statistic": result.statistic, "p": result.pvalue}


def shares(n):
    return sorted({0, 1, n // 4, n // 2, (n + 1) // 2, n // 2 + int(math.sqrt(n)), n - 1, n} & set(range(n + 1)))


def binomial(successes, trials):
    result = stats.binomtest(successes, trials)
    low, high = result.proportion_ci(CONFIDENCE)
    return {"successes": successes, "trials": trials, "p": result.pvalue, "low": low, "high": high}


def holm(p):
    adjusted, largest = [0.0] * len(p), 0.0
    for place, index in enumerate(np.argsort(p, kind="stable")):
        largest = max(largest, min(1.0, (len(p) - place) * p[index]))
        adjusted[index] = largest
    return {"p": p, "adjusted": adjusted}


def rows(values):
    return "[\n" + ",\n".join(json.dumps(plain(value), allow_nan=False) for value in values) + "\n]"


def plain(row):
    return {name: [*value] if isinstance(value, list) else number(value) for name, value in row.items()}


def number(value):
    if isinstance(value, int):
        return value
    return None if math.isnan(value) else float(value)


if __name__ == "__main__":
    main()
