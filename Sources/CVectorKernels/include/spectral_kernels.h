// SPDX-License-Identifier: Apache-2.0
// Elementwise kernels for spectra and for networks on spectrograms, compiled for several x86-64 levels. Complex numbers are
// pairs of floats. Buffers must not overlap unless a name says 'in place'.
#pragma once
#include <stdint.h>

/// y = a b
void vk_multiply(const float *a, const float *b, float *y, int64_t count);

/// y += a b, in place.
void vk_multiply_add(const float *a, const float *b, float *y, int64_t count);

/// y *= a, in place.
void vk_scale(const float *a, float *y, int64_t count);

/// m = |z|, for `count` complex numbers.
void vk_magnitude(const float *z, float *m, int64_t count);

/// sum (|z| - magnitude)^2, for `count` complex numbers.
double vk_magnitude_distance(const float *z, const float *magnitude, int64_t count);

/// y += (re + i im) x, in place, for `count` complex numbers.
void vk_complex_multiply_add(float re, float im, const float *x, float *y, int64_t count);

/// out = magnitude d / |d| with d = z - share previous, for `count` complex numbers; 0 where d is. `previous` takes z's values,
/// and may be null where share is 0. Returns sum (|z| - magnitude)^2.
double vk_project(
    const float *z, float *previous, float share, const float *magnitude, float *out, int64_t count);

/// out = y + bias, or max(y + bias, 0); bias may be null.
void vk_finish_row(const float *y, const float *bias, int relu, float *out, int64_t count);

/// y += x, in place.
void vk_add(const float *x, float *y, int64_t count);

/// x = 0 where gate <= 0, in place.
void vk_keep_where_positive(float *x, const float *gate, int64_t count);

/// The filter transform of F(2, 3): three vectors of `count` weights to four, `u_step` apart.
void vk_winograd2_filter(
    const float *w0, const float *w1, const float *w2, float *u, int64_t u_step, int64_t count);

/// The filter transform of F(4, 3): three vectors of `count` weights to six, `u_step` apart.
void vk_winograd4_filter(
    const float *w0, const float *w1, const float *w2, float *u, int64_t u_step, int64_t count);
