#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The sound texture statistics of McDermott and Simoncelli (Neuron 71, 2011) in float64, from the formulas.

Filters, offsets and constants are those of the authors' Sound Texture Synthesis Toolbox; where `Sources/Texture` departs from it on purpose
(an ideal low-pass at 200 Hz, a floor below envelopes and below what divides, the paper's variance / mean^2), so does this.
"""

import numpy as np

BANDS, POWER_BANDS = 30, 20
DISTANCES, OCTAVE_DISTANCES = [1, 2, 3, 5, 8, 11, 16, 21], [1, 2]
SILENCE, LEAST_VARIANCE, LEAST_MODULATION = 1e-10, 1e-8, 1e-12
OVERSAMPLING = 8


def fast(count):
    """The least length without a prime factor above 5."""
    while True:
        rest = count
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return count
        count += 1


def erb(hertz):
    return 9.265 * np.log1p(hertz / (24.7 * 9.265))


def hertz(erbs):
    return 24.7 * 9.265 * np.expm1(erbs / 9.265)


def half_cosine(place):
    """cos(pi place / 2) for places between -1 and 1, else 0."""
    return np.where(np.abs(place) < 1, np.cos(np.pi / 2 * np.clip(place, -1, 1)), 0)


def cochlear(frequencies, rate):
    """Gains, [BANDS + 2, frequencies], and the frequencies between which each band lies."""
    corners = np.linspace(erb(20), erb(min(10_000, rate / 2)), BANDS + 2)
    places = (erb(frequencies) - corners[0]) / (corners[1] - corners[0])
    inner = np.array([half_cosine(places - k) for k in range(1, BANDS + 1)])
    low = np.where(places < 1, np.sqrt(1 - inner[0] ** 2), 0)
    high = np.where(places > BANDS, np.sqrt(1 - inner[-1] ** 2), 0)
    edges = hertz(corners)
    limits = [(-1, edges[1])] + [(edges[k - 1], edges[k + 1]) for k in range(1, BANDS + 1)] + [(edges[-2], rate)]
    return np.vstack([low, inner, high]), limits


def power_filters(frequencies):
    centres = 0.5 * 400 ** (np.arange(POWER_BANDS) / (POWER_BANDS - 1))

    def gains(f):
        # Half the bandwidth to each side of Q = 2, to where the cosine is 0: half the centre.
        return half_cosine((f - centres[:, None]) / (centres[:, None] / 2))

    grid = np.linspace(centres[3], centres[-4], 2_000_001)
    squares = sum(half_cosine((grid - c) / (c / 2)) ** 2 for c in centres)
    mean = (squares.sum() - (squares[0] + squares[-1]) / 2) / (grid.size - 1)
    return gains(frequencies) / np.sqrt(mean)


def octave_filters(frequencies):
    centres = 200 / 2.0 ** np.arange(7, 0, -1)
    with np.errstate(divide="ignore"):
        return half_cosine(np.log2(frequencies / centres[:, None]))


def statistics(signal, rate, oversampling=OVERSAMPLING):
    """A dictionary of arrays, by the names of `TextureClass`; NaN where the sound is too short for a filter of modulations.

    oversampling: of a band's analytic signal; None for the whole rate.
    """
    length = 2 * fast((max(len(signal), rate) + 1) // 2)
    signal = np.resize(signal, length)
    seconds = length / rate
    bins = length // 2 + 1
    spectrum = np.fft.rfft(signal)
    gains, limits = cochlear(np.arange(bins) / seconds, rate)
    once = np.full(bins, 2.0)
    once[[0, -1]] = 1
    modulations = int(np.floor(200 * seconds + 1e-6)) + 1
    samples = fast(2 * modulations)

    envelopes, variances = [], []
    for gain, (low, high) in zip(gains, limits):
        band = spectrum * gain
        variances.append(np.sum(once[1:] * np.abs(band[1:]) ** 2) / length**2)
        first = max(int(np.floor(low * seconds + 1e-6)) + 1, 0)
        last = min(int(np.ceil(high * seconds - 1e-6)) - 1, bins - 1)
        size = length if oversampling is None else fast(max(oversampling * (last - first + 1), 2 * modulations))
        values = np.zeros(size, complex)
        values[: last - first + 1] = (once * band)[first : last + 1] / length
        analytic = np.fft.ifft(values) * size
        envelope = (np.abs(analytic) ** 2 + SILENCE) ** 0.15
        envelopes.append(np.fft.fft(envelope)[:modulations] / size)
    E = np.array(envelopes)

    def sampled(spectra):
        padded = np.zeros(spectra.shape[:-1] + (samples,), complex)
        padded[..., :modulations] = spectra
        return np.fft.ifft(padded) * samples

    weights = np.full(modulations, 2.0)
    weights[0] = 1
    e = sampled(E * weights).real
    mean = e.mean(1)
    d = e - mean[:, None]
    v = (d**2).mean(1)
    floored = v + LEAST_VARIANCE

    def pairs(matrix, distances):
        return np.concatenate([np.diag(matrix, distance) for distance in distances])

    frequencies = np.arange(modulations) / seconds
    powers = 2 * np.abs(E) ** 2
    powers[:, 0] = 0
    octaves = octave_filters(frequencies)
    between = []
    for gain in octaves[1:]:
        products = 2 * ((E * gain) @ (E * gain).conj().T).real
        own = np.diag(products) + LEAST_VARIANCE
        between.append(pairs(products / np.sqrt(np.outer(own, own)), OCTAVE_DISTANCES))
    analytic = sampled(2 * E[:, None] * octaves)
    coarse = (analytic**2 / np.sqrt(np.abs(analytic) ** 2 + LEAST_MODULATION)).real[:, :-1]
    fine = analytic[:, 1:]
    divisor = np.sqrt(
        ((coarse**2).mean(-1) + LEAST_VARIANCE) * ((fine.real**2).mean(-1) + LEAST_VARIANCE))
    slow = power_filters(frequencies)
    slow[~slow.any(1)] = np.nan
    there = np.where(octaves.any(1), 1, np.nan)
    return {
        "mean": mean,
        "variation": v / mean**2,
        "skewness": (d**3).mean(1) / floored**1.5,
        "kurtosis": (d**4).mean(1) / floored**2,
        "correlation": pairs(d @ d.T / samples / np.sqrt(np.outer(floored, floored)), DISTANCES),
        "modulation-power": powers @ (slow**2).T / floored[:, None],
        "octave-correlation": np.array(between) * there[1:, None],
        "phase-correlation": np.stack(
            [(coarse * fine.real).mean(-1) / divisor, (coarse * fine.imag).mean(-1) / divisor], axis=-1)
        * there[:-1, None],
        "subband-variance": np.array(variances),
    }


def distances(target, own):
    """The squared error of each class, relative to the target's own sum of squares."""
    found = {}
    for name in target:
        both = ~np.isnan(own[name] + target[name])
        power = np.sum(target[name][both] ** 2)
        least = 1e-16 if name == "subband-variance" else 1e-6
        found[name] = np.sum((own[name] - target[name])[both] ** 2) / max(power, least)
    return found
