// SPDX-License-Identifier: Apache-2.0
#include "vector_kernels.h"

#include "cloned.h"

#include <stdbool.h>
#include <string.h>

typedef float f32x16 __attribute__((ext_vector_type(16)));
typedef int32_t i32x16 __attribute__((ext_vector_type(16)));
typedef _Float16 f16x16 __attribute__((ext_vector_type(16)));
typedef bool b16 __attribute__((ext_vector_type(16)));

static const float largest_half = 65504;

// max(x, 0), and NaN where x is: what overflowed does not become silence.
#define RELU(x) ((x) < 0 ? (__typeof__(x))0 : (x))

// Loads and stores of vectors at any address.
typedef float f32x16_any __attribute__((ext_vector_type(16), aligned(4)));

CLONED void vk_convolve_signal(
    const float *restrict x, const float *restrict kernel, const float *restrict bias, float *restrict y, int64_t rows,
    int64_t columns) {
    const float *k0 = kernel, *k1 = kernel + columns, *k2 = kernel + 2 * columns;
    for (int64_t t = 0; t < rows; t++, y += columns) {
        float before = x[t - 1], here = x[t], after = x[t + 1];
        for (int64_t c = 0; c < columns; c++) y[c] = bias[c] + before * k0[c] + here * k1[c] + after * k2[c];
    }
}

CLONED void vk_relu(const float *restrict x, float *restrict y, int64_t count) {
    for (int64_t i = 0; i < count; i++) y[i] = RELU(x[i]);
}

// Non-temporal stores need whole, aligned vectors.
CLONED void vk_relu_keep(const float *restrict x, float *restrict y, float *restrict copy, int64_t count) {
    int64_t i = 0;
    if ((uintptr_t)copy % sizeof(f32x16) == 0)
        for (; i + 16 <= count; i += 16) {
            f32x16 value = *(const f32x16_any *)(x + i);
            value = RELU(value);
            *(f32x16_any *)(y + i) = value;
            __builtin_nontemporal_store(value, (f32x16 *)(copy + i));
        }
    for (; i < count; i++) copy[i] = y[i] = RELU(x[i]);
#if defined(__x86_64__)
    // Another thread reads the copy after a barrier that orders only ordinary stores.
    __builtin_ia32_sfence();
#endif
}

CLONED void vk_relu_keep_half(const float *restrict x, float *restrict y, uint16_t *restrict copy, int64_t count) {
    int64_t i = 0;
    for (; i + 16 <= count; i += 16) {
        f32x16 value = *(const f32x16_any *)(x + i);
        value = RELU(value);
        *(f32x16_any *)(y + i) = value;
        f16x16 half = __builtin_convertvector(__builtin_elementwise_min(value, (f32x16)largest_half), f16x16);
        memcpy(copy + i, &half, sizeof half);
    }
    for (; i < count; i++) {
        float value = RELU(x[i]);
        y[i] = value;
        _Float16 half = (_Float16)(value < largest_half ? value : largest_half);
        memcpy(copy + i, &half, sizeof half);
    }
}

CLONED void vk_widen(const uint16_t *restrict x, float *restrict y, int64_t count) {
    int64_t i = 0;
    for (; i + 16 <= count; i += 16) {
        f16x16 half;
        memcpy(&half, x + i, sizeof half);
        *(f32x16_any *)(y + i) = __builtin_convertvector(half, f32x16);
    }
    for (; i < count; i++) {
        _Float16 half;
        memcpy(&half, x + i, sizeof half);
        y[i] = half;
    }
}

// The matrices B^T and A^T of Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2016: section 4.1 (points 0,
// +-1 and infinity) and 4.3 (+-2 too).
CLONED void vk_winograd2_input(const float *x, int64_t x_step, float *restrict v, int64_t v_step, int64_t count) {
    const float *x1 = x + x_step, *x2 = x + 2 * x_step, *x3 = x + 3 * x_step;
    float *v1 = v + v_step, *v2 = v + 2 * v_step, *v3 = v + 3 * v_step;
    for (int64_t i = 0; i < count; i++) {
        v[i] = x[i] - x2[i];
        v1[i] = x1[i] + x2[i];
        v2[i] = x2[i] - x1[i];
        v3[i] = x1[i] - x3[i];
    }
}

CLONED void vk_winograd2_output(const float *restrict m, int64_t m_step, float *restrict y, int64_t count) {
    const float *m1 = m + m_step, *m2 = m + 2 * m_step, *m3 = m + 3 * m_step;
    float *y1 = y + count;
    for (int64_t i = 0; i < count; i++) {
        y[i] = m[i] + m1[i] + m2[i];
        y1[i] = m1[i] - m2[i] - m3[i];
    }
}

CLONED void vk_winograd4_input(const float *x, int64_t x_step, float *restrict v, int64_t v_step, int64_t count) {
    const float *x1 = x + x_step, *x2 = x + 2 * x_step, *x3 = x + 3 * x_step, *x4 = x + 4 * x_step, *x5 = x + 5 * x_step;
    float *v1 = v + v_step, *v2 = v + 2 * v_step, *v3 = v + 3 * v_step, *v4 = v + 4 * v_step, *v5 = v + 5 * v_step;
    for (int64_t i = 0; i < count; i++) {
        float even = x4[i] - 4 * x2[i], odd = x3[i] - 4 * x1[i], even2 = x4[i] - x2[i], odd2 = 2 * (x3[i] - x1[i]);
        v[i] = 4 * x[i] - 5 * x2[i] + x4[i];
        v1[i] = even + odd;
        v2[i] = even - odd;
        v3[i] = even2 + odd2;
        v4[i] = even2 - odd2;
        v5[i] = 4 * x1[i] - 5 * x3[i] + x5[i];
    }
}

CLONED void vk_winograd4_output(const float *restrict m, int64_t m_step, float *restrict y, int64_t count) {
    const float *m1 = m + m_step, *m2 = m + 2 * m_step, *m3 = m + 3 * m_step, *m4 = m + 4 * m_step, *m5 = m + 5 * m_step;
    float *y1 = y + count, *y2 = y + 2 * count, *y3 = y + 3 * count;
    for (int64_t i = 0; i < count; i++) {
        float sum = m1[i] + m2[i], difference = m1[i] - m2[i], sum2 = m3[i] + m4[i], difference2 = m3[i] - m4[i];
        y[i] = m[i] + sum + sum2;
        y1[i] = difference + 2 * difference2;
        y2[i] = sum + 4 * sum2;
        y3[i] = difference + 8 * difference2 + m5[i];
    }
}

CLONED void vk_add_bias(float *restrict x, const float *restrict bias, int64_t rows, int64_t columns) {
    for (int64_t t = 0; t < rows; t++, x += columns)
        for (int64_t c = 0; c < columns; c++) x[c] += bias[c];
}

CLONED void vk_bias_relu_bits(
    float *restrict x, const float *restrict bias, uint8_t *restrict bits, int64_t rows, int64_t columns) {
    float *row = x;
    for (int64_t t = 0; t < rows; t++, row += columns)
        for (int64_t c = 0; c < columns; c++) {
            float sum = row[c] + bias[c];
            row[c] = RELU(sum);
        }
    int64_t count = rows * columns, i = 0;
    for (; i + 16 <= count; i += 16) {
        b16 positive = __builtin_convertvector(*(const f32x16_any *)(x + i) > 0, b16);
        memcpy(bits + i / 8, &positive, 2);
    }
    for (; i < count; i++) {
        uint8_t bit = (uint8_t)(1u << (i % 8));
        bits[i / 8] = (uint8_t)((i % 8 ? bits[i / 8] : 0) | (x[i] > 0 ? bit : 0));
    }
}

CLONED void vk_keep_where_bit(float *restrict x, const uint8_t *restrict bits, int64_t count) {
    int64_t i = 0;
    for (; i + 16 <= count; i += 16) {
        b16 keep;
        memcpy(&keep, bits + i / 8, 2);
        f32x16 value = *(const f32x16_any *)(x + i);
        // A vector condition is true where its sign bit is set.
        *(f32x16_any *)(x + i) = -__builtin_convertvector(keep, i32x16) ? value : (f32x16)0;
    }
    for (; i < count; i++)
        if (!(bits[i / 8] >> (i % 8) & 1)) x[i] = 0;
}

CLONED void vk_add_where_positive(
    float *restrict y, const float *restrict x, const float *restrict gate, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        float value = x[i], sum = y[i];
        y[i] = sum + (gate[i] > 0 ? value : 0);
    }
}

// Sums of float32 squares over 1,024 entries in 16 lanes, those added in float64: the rounding of a block is below
// 64 * 2^-24 of its value, whatever the whole count.
enum { block = 1024 };

static inline __attribute__((always_inline)) double differences(
    float *restrict gradient, const float *restrict x, const float *restrict target, float scale, int64_t count) {
    double total = 0;
    for (int64_t start = 0; start < count; start += block) {
        int64_t end = start + block < count ? start + block : count, i = start;
        f32x16 lanes = 0;
        for (; i + 16 <= end; i += 16) {
            f32x16 difference = *(const f32x16_any *)(x + i) - *(const f32x16_any *)(target + i);
            if (gradient) {
                f32x16 sum = *(const f32x16_any *)(gradient + i) + scale * difference;
                *(f32x16_any *)(gradient + i) = sum;
            }
            lanes += difference * difference;
        }
        float sum = 0;
        for (int lane = 0; lane < 16; lane++) sum += lanes[lane];
        for (; i < end; i++) {
            float difference = x[i] - target[i];
            if (gradient) gradient[i] += scale * difference;
            sum += difference * difference;
        }
        total += sum;
    }
    return total;
}

CLONED double vk_squared_distance(const float *restrict x, const float *restrict target, int64_t count) {
    return differences(0, x, target, 0, count);
}

CLONED double vk_add_scaled_difference(
    float *restrict gradient, const float *restrict x, const float *restrict target, float scale, int64_t count) {
    return differences(gradient, x, target, scale, count);
}

CLONED void vk_drain(double *restrict total, float *restrict sums, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        total[i] += sums[i];
        sums[i] = 0;
    }
}

CLONED void vk_adam(
    float *restrict x, float *restrict m, float *restrict v, const float *restrict g, int64_t count, float rate,
    float b1, float b2, float epsilon, float lower, float upper) {
    for (int64_t i = 0; i < count; i++) {
        m[i] = b1 * m[i] + (1 - b1) * g[i];
        v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i];
        // The builtin, not sqrtf: setting errno would keep the loop from vectorising.
        float moved = x[i] - rate * m[i] / (__builtin_elementwise_sqrt(v[i]) + epsilon);
        moved = moved < lower ? lower : moved;
        x[i] = moved > upper ? upper : moved;
    }
}
