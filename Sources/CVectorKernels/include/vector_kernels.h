// SPDX-License-Identifier: Apache-2.0
// Elementwise kernels over float32, compiled for several x86-64 levels and chosen when the program starts.
// Matrices are row-major and dense: [rows, columns]. Buffers must not overlap unless a name says 'in place'.
#pragma once
#include <stdint.h>

/// y[t, c] = bias[c] + sum_k x[t + k - 1] kernel[k, c], k = 0...2: a convolution of one channel. x[-1] and x[rows] are read.
void vk_convolve_signal(const float *x, const float *kernel, const float *bias, float *y, int64_t rows, int64_t columns);

/// y = max(x, 0)
void vk_relu(const float *x, float *y, int64_t count);

/// y = max(x, 0), and a copy that is not read soon.
void vk_relu_keep(const float *x, float *y, float *copy, int64_t count);

/// y = max(x, 0), and a copy in IEEE half precision, 65,504 at most.
void vk_relu_keep_half(const float *x, float *y, uint16_t *copy, int64_t count);

/// y = x, from IEEE half precision.
void vk_widen(const uint16_t *x, float *y, int64_t count);

/// The input transform of F(2, 3): four vectors of `count` values, `x_step` apart, to four, `v_step` apart.
void vk_winograd2_input(const float *x, int64_t x_step, float *v, int64_t v_step, int64_t count);

/// The output transform of F(2, 3): four vectors, `m_step` apart, to two, `count` apart.
void vk_winograd2_output(const float *m, int64_t m_step, float *y, int64_t count);

/// The input transform of F(4, 3): six vectors of `count` values, `x_step` apart, to six, `v_step` apart.
void vk_winograd4_input(const float *x, int64_t x_step, float *v, int64_t v_step, int64_t count);

/// The output transform of F(4, 3): six vectors, `m_step` apart, to four, `count` apart.
void vk_winograd4_output(const float *m, int64_t m_step, float *y, int64_t count);

/// x += bias, row by row, in place.
void vk_add_bias(float *x, const float *bias, int64_t rows, int64_t columns);

/// x = max(x + bias, 0), row by row, in place; bit i of `bits` says whether entry i is positive.
void vk_bias_relu_bits(float *x, const float *bias, uint8_t *bits, int64_t rows, int64_t columns);

/// x = 0 where the bit is 0, in place.
void vk_keep_where_bit(float *x, const uint8_t *bits, int64_t count);

/// y += x where gate > 0, y in place.
void vk_add_where_positive(float *y, const float *x, const float *gate, int64_t count);

/// sum (x - target)^2, in float64 over blocks summed in float32.
double vk_squared_distance(const float *x, const float *target, int64_t count);

/// gradient += scale (x - target), in place; returns sum (x - target)^2 as above.
double vk_add_scaled_difference(float *gradient, const float *x, const float *target, float scale, int64_t count);

/// total += sums, and sums = 0.
void vk_drain(double *total, float *sums, int64_t count);

/// One step of Adam, in place: m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2,
/// x = clamp(x - rate m / (sqrt(v) + epsilon), lower, upper).
void vk_adam(
    float *x, float *m, float *v, const float *g, int64_t count, float rate, float b1, float b2, float epsilon,
    float lower, float upper);
