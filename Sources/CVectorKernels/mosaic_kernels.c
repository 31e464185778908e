// SPDX-License-Identifier: Apache-2.0
#include "mosaic_kernels.h"

#include <stddef.h>

#include "cloned.h"

// What precedes each state, added to its cost; the least sum.
static inline float follow(
    float jump, float near, const float *total, float *next, uint8_t *origins, int64_t count) {
#pragma clang fp reassociate(on)
    float least = __builtin_inff();
    for (int64_t j = 0; j < count; j++) {
        float before = total[j - 1], stay = total[j] + near, skip = total[j - 2] + near;
        float best = before < jump ? before : jump;
        int origin = before < jump ? 1 : 0;
        origin = stay < best ? 2 : origin;
        best = stay < best ? stay : best;
        origin = skip < best ? 3 : origin;
        best = skip < best ? skip : best;
        origins[j] = (uint8_t)origin;
        next[j] += best;
        least = next[j] < least ? next[j] : least;
    }
    return least;
}

CLONED float vk_path_step(
    const float *restrict wanted, const float *restrict features, int64_t rows, float pitch,
    const float *restrict pitches, const float *restrict weight, const float *restrict bias, float jump, float near,
    const float *restrict total, float *restrict next, uint8_t *restrict origins, int64_t count) {
    for (int64_t j = 0; j < count; j++) next[j] = bias[j];
    for (int64_t r = 0; r < rows; r++) {
        const float *row = features + r * count;
        for (int64_t j = 0; j < count; j++) next[j] += (wanted[r] - row[j]) * (wanted[r] - row[j]);
    }
    if (weight != NULL)
        for (int64_t j = 0; j < count; j++) next[j] += weight[j] * __builtin_fabsf(pitch - pitches[j]);
    return follow(jump, near, total, next, origins, count);
}

CLONED static void lower(float value, float *x, int64_t count) {
    for (int64_t i = 0; i < count; i++) x[i] -= value;
}

int64_t vk_lower(float value, float *x, int64_t count) {
    lower(value, x, count);
    for (int64_t i = 0; i < count; i++)
        if (x[i] <= 0) return i;
    return count;
}

static inline float dot(const float *a, const float *b, int64_t count) {
#pragma clang fp reassociate(on)
    float sum = 0;
    for (int64_t i = 0; i < count; i++) sum += a[i] * b[i];
    return sum;
}

CLONED void vk_read_at(
    const float *restrict x, const double *restrict places, const float *restrict filters, int64_t phases, int64_t taps,
    float *restrict y, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        double whole = __builtin_floor(places[i]), phase = (places[i] - whole) * (double)phases;
        int64_t row = (int64_t)phase;
        float share = (float)(phase - (double)row);
        const float *in = x + (int64_t)whole - taps / 2 + 1;
        const float *low = filters + row * taps;
        float a = dot(in, low, taps), b = dot(in, low + taps, taps);
        y[i] = a + share * (b - a);
    }
}

CLONED void vk_take_larger(const float *restrict x, float *restrict most, int64_t count) {
    for (int64_t i = 0; i < count; i++) most[i] = x[i] > most[i] ? x[i] : most[i];
}

CLONED static void fade_below_each(const float *restrict bound, float factor, float *restrict x, int64_t count) {
    for (int64_t i = 0; i < count; i++) x[i] = x[i] < bound[i] ? x[i] * factor : x[i];
}

CLONED static void fade_below_one(float bound, float factor, float *restrict x, int64_t count) {
    for (int64_t i = 0; i < count; i++) x[i] = x[i] < bound ? x[i] * factor : x[i];
}

void vk_fade_below(const float *bound, int is_single, float factor, float *x, int64_t count) {
    if (is_single) fade_below_one(*bound, factor, x, count);
    else fade_below_each(bound, factor, x, count);
}

CLONED void vk_ratio(const float *restrict v, float least, float *restrict y, int64_t count) {
    for (int64_t i = 0; i < count; i++) y[i] = v[i] / (y[i] + least);
}

CLONED void vk_add_windowed(
    float gain, const float *restrict x, const float *restrict window, float *restrict y, int64_t count) {
    for (int64_t i = 0; i < count; i++) y[i] += gain * x[i] * window[i];
}
