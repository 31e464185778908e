// SPDX-License-Identifier: Apache-2.0
// Kernels of the mosaic, compiled for several x86-64 levels. Buffers must not overlap unless a name says 'in place'.
#pragma once
#include <stdint.h>

/// One step of the best path through `count` states, in which state j follows j - 1 (at no cost), j or j - 2 (at `near`), or any state
/// (at `jump` above the best):
///
///     cost[j] = bias[j] + sum_r (wanted[r] - features[r][j])^2 + weight[j] |pitch - pitches[j]|
///     next[j] = cost[j] + min(jump, total[j - 1], near + total[j], near + total[j - 2])
///     origins[j] = 0, 1, 2, 3: which of these it was, the first of equal ones
///
/// `total` is relative to its least value, and total[-1] and total[-2] are read. `features` is [rows, count]; `weight` may be null for
/// zeros. Returns the least value of next.
float vk_path_step(
    const float *wanted, const float *features, int64_t rows, float pitch, const float *pitches, const float *weight,
    const float *bias, float jump, float near, const float *total, float *next, uint8_t *origins, int64_t count);

/// Subtracts a value from all, in place; returns the first place where the result is 0 or less, or `count`.
int64_t vk_lower(float value, float *x, int64_t count);

/// y[i] = x at places[i], for a band-limited x: sum_k f[k] x[floor(place) - taps / 2 + 1 + k], where the filter f is interpolated linearly
/// between the rows of `filters`, [phases + 1, taps], a row for each fraction of a sample. taps is a multiple of 8.
void vk_read_at(
    const float *x, const double *places, const float *filters, int64_t phases, int64_t taps, float *y, int64_t count);

/// most[i] = max(most[i], x[i]), in place.
void vk_take_larger(const float *x, float *most, int64_t count);

/// x *= factor where x < bound, in place; bound is [count], or one number if `is_single`.
void vk_fade_below(const float *bound, int is_single, float factor, float *x, int64_t count);

/// y = v / (y + least), in place.
void vk_ratio(const float *v, float least, float *y, int64_t count);

/// y += gain * x * window, in place.
void vk_add_windowed(float gain, const float *x, const float *window, float *y, int64_t count);
