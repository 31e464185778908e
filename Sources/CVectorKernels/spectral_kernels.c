// SPDX-License-Identifier: Apache-2.0
#include "spectral_kernels.h"

#include <stddef.h>

#include "cloned.h"

CLONED void vk_multiply(const float *restrict a, const float *restrict b, float *restrict y, int64_t count) {
    for (int64_t i = 0; i < count; i++) y[i] = a[i] * b[i];
}

CLONED void vk_multiply_add(const float *restrict a, const float *restrict b, float *restrict y, int64_t count) {
    for (int64_t i = 0; i < count; i++) y[i] += a[i] * b[i];
}

CLONED void vk_scale(const float *restrict a, float *restrict y, int64_t count) {
    for (int64_t i = 0; i < count; i++) y[i] *= a[i];
}

// sqrtf may set errno, which keeps a loop from being vectorised.
static inline float root(float x) { return __builtin_elementwise_sqrt(x); }

CLONED void vk_magnitude(const float *restrict z, float *restrict m, int64_t count) {
    for (int64_t i = 0; i < count; i++) m[i] = root(z[2 * i] * z[2 * i] + z[2 * i + 1] * z[2 * i + 1]);
}

// Blocks are summed in float32: their error stays below 1e-6 of the sum.
enum { block = 256 };

static inline float squared_distance(const float *z, const float *magnitude, int64_t count) {
#pragma clang fp reassociate(on)
    float sum = 0;
    for (int64_t i = 0; i < count; i++) {
        float difference = root(z[2 * i] * z[2 * i] + z[2 * i + 1] * z[2 * i + 1]) - magnitude[i];
        sum += difference * difference;
    }
    return sum;
}

static inline double magnitude_distance(const float *z, const float *magnitude, int64_t count) {
    double total = 0;
    for (int64_t i = 0; i < count; i += block)
        total += squared_distance(z + 2 * i, magnitude + i, count - i < block ? count - i : block);
    return total;
}

CLONED double vk_magnitude_distance(const float *z, const float *magnitude, int64_t count) {
    return magnitude_distance(z, magnitude, count);
}

CLONED void vk_complex_multiply_add(float re, float im, const float *restrict x, float *restrict y, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        float xre = x[2 * i], xim = x[2 * i + 1];
        y[2 * i] += re * xre - im * xim;
        y[2 * i + 1] += re * xim + im * xre;
    }
}

// Avoids division by |d| = 0.
static const float smallest = 1e-30f;

CLONED double vk_project(
    const float *restrict z, float *restrict previous, float share, const float *restrict magnitude,
    float *restrict out, int64_t count) {
    double total = magnitude_distance(z, magnitude, count);
    if (previous == NULL) {
        for (int64_t i = 0; i < count; i++) {
            float re = z[2 * i], im = z[2 * i + 1];
            float scale = magnitude[i] / (root(re * re + im * im) + smallest);
            out[2 * i] = re * scale;
            out[2 * i + 1] = im * scale;
        }
    } else {
        for (int64_t i = 0; i < count; i++) {
            float re = z[2 * i] - share * previous[2 * i], im = z[2 * i + 1] - share * previous[2 * i + 1];
            float scale = magnitude[i] / (root(re * re + im * im) + smallest);
            previous[2 * i] = z[2 * i];
            previous[2 * i + 1] = z[2 * i + 1];
            out[2 * i] = re * scale;
            out[2 * i + 1] = im * scale;
        }
    }
    return total;
}

CLONED void vk_finish_row(
    const float *restrict y, const float *restrict bias, int relu, float *restrict out, int64_t count) {
    float floor = relu ? 0 : -__builtin_inff();
    if (bias == NULL) {
        for (int64_t i = 0; i < count; i++) out[i] = y[i] < floor ? floor : y[i];
    } else {
        for (int64_t i = 0; i < count; i++) {
            float value = y[i] + bias[i];
            out[i] = value < floor ? floor : value;
        }
    }
}

CLONED void vk_add(const float *restrict x, float *restrict y, int64_t count) {
    for (int64_t i = 0; i < count; i++) y[i] += x[i];
}

CLONED void vk_keep_where_positive(float *restrict x, const float *restrict gate, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        float value = x[i];
        x[i] = gate[i] > 0 ? value : 0;
    }
}

CLONED void vk_winograd2_filter(
    const float *restrict w0, const float *restrict w1, const float *restrict w2, float *restrict u, int64_t u_step,
    int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        double a = w0[i], b = w1[i], c = w2[i];
        u[i] = (float)a;
        u[u_step + i] = (float)((a + c + b) / 2);
        u[2 * u_step + i] = (float)((a + c - b) / 2);
        u[3 * u_step + i] = (float)c;
    }
}

CLONED void vk_winograd4_filter(
    const float *restrict w0, const float *restrict w1, const float *restrict w2, float *restrict u, int64_t u_step,
    int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        double a = w0[i], b = w1[i], c = w2[i];
        double even = a + c, even4 = a + 4 * c;
        u[i] = (float)(a / 4);
        u[u_step + i] = (float)(-(even + b) / 6);
        u[2 * u_step + i] = (float)(-(even - b) / 6);
        u[3 * u_step + i] = (float)((even4 + 2 * b) / 24);
        u[4 * u_step + i] = (float)((even4 - 2 * b) / 24);
        u[5 * u_step + i] = (float)c;
    }
}
