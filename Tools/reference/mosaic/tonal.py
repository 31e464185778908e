# SPDX-License-Identifier: Apache-2.0
"""Spectra of the transposed style, as a non-negative factorisation of the content's (Driedger, Praetzlich and Mueller, 2015)."""

import numpy as np
import scipy.ndimage
import scipy.signal
import soxr

from spectra import RATE, hann, stft

SIZE, HOP = 1_536, 384
SHIFTS = range(-30, 25)
ITERATIONS, REPETITION, DIAGONAL = 20, 2, 6
# Of overlap-add: atoms of a frame, the least of them as a share of the largest, samples that one may move.
ATOMS, LEAST, REACH = 10, 0.03, 128


def transposed(style, semitones):
    """The style at another speed: as much shorter as it is higher."""
    if semitones == 0:
        return style
    return soxr.resample(style, RATE, RATE * 2 ** (-semitones / 12), "HQ").astype(np.float32)


def dictionary(copies):
    """Magnitudes of all copies' frames, [atoms, bins], and each copy's first atom, [copies + 1]."""
    frames = [np.abs(stft(copy, SIZE, HOP)) for copy in copies]
    return np.concatenate(frames), np.cumsum([0] + [len(magnitudes) for magnitudes in frames])


def norms(atoms):
    """Their sums, and which of them are audible: within 45 dB of the largest. [atoms] each."""
    sums = atoms.sum(axis=1)
    return np.maximum(sums, 1e-9), sums > sums.max() * 10 ** (-45 / 20)


def random_start(frames, atoms, seed=0):
    return (np.random.default_rng(seed).random((frames, atoms)) + 0.1).astype(np.float32)


def factorisation(magnitudes, atoms, starts, start, polyphony=5, iterations=ITERATIONS):
    """Yields the activations of atoms that sum to 1, [frames, atoms], after each iteration. Kullback-Leibler divergence.

    magnitudes: the content's, [frames, bins]. start: positive, [frames, atoms].
    """
    sums, audible = norms(atoms)
    atoms = atoms / sums[:, None] + np.float32(1e-9)
    magnitudes = magnitudes + np.float32(1e-9)
    activations = start * audible
    activations *= magnitudes.sum(axis=1, keepdims=True) / activations.sum(axis=1, keepdims=True)
    transposed_atoms = np.ascontiguousarray(atoms.T)
    for iteration in range(iterations):
        fade = np.float32(1 - (iteration + 1) / iterations)
        # No atom again at once, then few atoms at a time, then atoms in the order that the style has them.
        largest = scipy.ndimage.maximum_filter1d(activations, 2 * REPETITION + 1, axis=0)
        activations = np.where(activations >= largest, activations, activations * fade)
        if polyphony < len(atoms):
            least = np.partition(activations, -polyphony, axis=1)[:, -polyphony, None]
            activations = np.where(activations >= least, activations, activations * fade)
        activations = diagonal_sums(activations, starts) * audible
        activations = activations * ((magnitudes / (activations @ atoms + np.float32(1e-9))) @ transposed_atoms)
        yield activations


def diagonal_sums(activations, starts):
    """Sums over steps of -6 to 6 frames and as many atoms of the same copy."""
    result = np.zeros_like(activations)
    for first, end in zip(starts, starts[1:]):
        source, target = activations[:, first:end], result[:, first:end]
        for step in range(-DIAGONAL, DIAGONAL + 1):
            frames, atoms = (max(0, size - abs(step)) for size in source.shape)
            to, origin = max(0, -step), max(0, step)
            target[to : to + frames, to : to + atoms] += source[origin : origin + frames, origin : origin + atoms]
    return result


def overlap_add(activations, copies, starts, length):
    """Lays the largest atoms of each frame over the sound so far, each where it agrees best with it: [length].

    activations: of the atoms as they are, [frames, atoms].
    """
    window, common = hann(SIZE), SIZE - HOP
    edge = SIZE // 2 + REACH
    padded = [np.pad(copy, (edge, edge + HOP + SIZE)) for copy in copies]
    output = np.zeros(HOP * len(activations) + 2 * SIZE, np.float32)
    gain = np.float32(2 * HOP / SIZE)
    for frame, values in enumerate(activations):
        place = slice(frame * HOP, frame * HOP + SIZE)
        # All atoms of a frame are aligned with what the frames before it left.
        lies = output[place][:common] * window[:common]
        aligning = frame > 0 and lies @ lies > 1e-7
        for atom in largest_atoms(values):
            copy = np.searchsorted(starts, atom, "right") - 1
            first = (atom - starts[copy]) * HOP
            piece = padded[copy][first : first + SIZE + 2 * REACH]
            shift = alignment(piece[: common + 2 * REACH], lies) if aligning else REACH
            output[place] += gain * values[atom] * window * piece[shift : shift + SIZE]
    return output[SIZE // 2 : SIZE // 2 + length]


def largest_atoms(values):
    """Indices, the largest first, of at most ATOMS values that are not small beside it."""
    count = min(ATOMS, len(values))
    top = np.argpartition(values, -count)[-count:]
    top = top[np.argsort(-values[top])]
    return top[values[top] > LEAST * values[top[0]]]


def alignment(piece, lies):
    """The shift with the largest normalised correlation, less 2 % of it at the farthest.

    What is 30 dB below the piece's loudest part counts as that loud: rounding decides nothing.
    """
    products = scipy.signal.fftconvolve(piece, lies[::-1], "valid")
    sums = np.pad(np.cumsum(piece.astype(np.float64) ** 2), (1, 0))
    energy = sums[len(lies) :] - sums[: -len(lies)]
    likeness = products / np.sqrt(energy + 1e-3 * energy.max() + 1e-6)
    farness = np.abs(np.arange(2 * REACH + 1) - REACH) / REACH
    return int(np.argmax(likeness - 0.02 * likeness.max() * farness))
