# SPDX-License-Identifier: Apache-2.0
"""The envelope that is wanted: the content's frames, moved to where the style's are."""

import numpy as np

from envelope import split


def loud(envelope):
    """Frames within 50 dB of the loudest: [frames]."""
    power = np.exp(envelope).sum(axis=1)
    return power > power.max() * 1e-5


def full_transport(content, style):
    """Optimal transport between two normal distributions of envelopes, [frames, bands]; what is beyond 2.5 standard deviations
    moves along. No direction's spread changes by more than a factor of 2."""
    x, y = content[loud(content)], style[loud(style)]
    ridge = 0.05 * np.eye(content.shape[1])
    source, target = (np.cov(frames, rowvar=False) + ridge for frames in (x, y))
    root, inverse = power(source, 0.5), power(source, -0.5)
    values, vectors = np.linalg.eigh(inverse @ power(root @ target @ root, 0.5) @ inverse)
    map = (vectors * np.clip(values, 0.5, 2)) @ vectors.T
    deviation = content - x.mean(axis=0)
    limit = 2.5 * np.sqrt(np.diag(source))
    near = np.clip(deviation, -limit, limit)
    return y.mean(axis=0) + near @ map.T + (deviation - near)


def power(matrix, exponent):
    """Of a symmetric matrix; eigenvalues are at least 1e-8."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.maximum(values, 1e-8) ** exponent) @ vectors.T


def band_transport(content, style):
    """Each band's mean and spread; the spread changes by a factor of 2 at most."""
    x, y = content[loud(content)], style[loud(style)]
    factor = np.clip((y.std(axis=0) + 0.3) / (x.std(axis=0) + 0.3), 0.5, 2)
    return y.mean(axis=0) + (content - x.mean(axis=0)) * factor


def flattened(envelope, share=0.3):
    """The same levels, with a share of the shape's deviation from its mean."""
    level, shape = split(envelope)
    mean = shape[loud(envelope)].mean(axis=0)
    return level + mean + share * (shape - mean)
