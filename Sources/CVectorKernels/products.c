// SPDX-License-Identifier: Apache-2.0
#include "products.h"

#include <stdbool.h>

typedef float f32x16 __attribute__((ext_vector_type(16), aligned(4)));

#define INLINE static inline __attribute__((always_inline))

// A block of c that stays in registers: `height` rows of `vectors` times 16 columns (8 x 32 fill AVX-512's registers, 6 x 16
// AVX2's). Row r of the left side steps by `row_step`, k by `k_step`; the right side's rows are `b_step` apart. So one block
// serves a product (row_step = k, k_step = 1) and a Gram matrix (row_step = 1, k_step = columns). With `fetching`, each step
// also prefetches a line from memory, `fetch_step` after the last one.
INLINE void block(
    const float *a, int64_t row_step, int64_t k_step, const float *b, int64_t b_step, float *c, int64_t c_step, int64_t k,
    bool adding, const float *fetch, int64_t fetch_step, const int height, const int vectors, const bool fetching) {
    f32x16 sums[8][2];
    for (int r = 0; r < height; r++)
        for (int v = 0; v < vectors; v++) sums[r][v] = adding ? *(const f32x16 *)(c + r * c_step + 16 * v) : (f32x16)0;
    // Unrolled four times: address computations would otherwise take as many instructions as the multiply-adds.
#pragma clang loop unroll_count(4)
    for (int64_t i = 0; i < k; i++, a += k_step, b += b_step) {
        f32x16 right[2];
        for (int v = 0; v < vectors; v++) right[v] = *(const f32x16 *)(b + 16 * v);
        if (fetching) {
            __builtin_prefetch(fetch);
            fetch += fetch_step;
        }
        for (int r = 0; r < height; r++)
            for (int v = 0; v < vectors; v++) sums[r][v] += a[r * row_step] * right[v];
    }
    for (int r = 0; r < height; r++)
        for (int v = 0; v < vectors; v++) *(f32x16 *)(c + r * c_step + 16 * v) = sums[r][v];
}

// All rows of one strip of 16 * vectors columns, in blocks as tall as registers allow and as equal as can be: a last block
// of one row would take nearly as long as a full one. With `fetching` they prefetch the next `k` rows of the right side, each
// block its part: prefetching all at once would stall.
INLINE void strip(
    const float *a, int64_t row_step, int64_t k_step, const float *b, int64_t b_step, float *c, int64_t c_step, int64_t m,
    int64_t k, bool adding, const bool fetching, const int tallest, const int vectors) {
    int64_t blocks = (m + tallest - 1) / tallest, fetch_step = (16 * vectors + blocks - 1) / blocks;
    for (int64_t index = 0; index < blocks; index++) {
        int64_t height = m / blocks + (index < m % blocks);
        const float *fetch = b + (b_step + index * fetch_step) * k;
#define BLOCK(rows) \
    case rows: \
        if (rows > tallest) __builtin_unreachable(); \
        block(a, row_step, k_step, b, b_step, c, c_step, k, adding, fetch, fetch_step, rows, vectors, fetching); \
        break;
        switch (height) { BLOCK(1) BLOCK(2) BLOCK(3) BLOCK(4) BLOCK(5) BLOCK(6) BLOCK(7) BLOCK(8) }
#undef BLOCK
        a += height * row_step;
        c += height * c_step;
    }
}

// The right side is processed in pieces that stay in the first-level cache while every row passes over them.
INLINE void multiply(
    const float *a, const float *packed, float *c, bool adding, int64_t m, int64_t n, int64_t k, const int tallest,
    const int vectors) {
    const int64_t width = 16 * vectors, pieces = (k * width + 4095) / 4096;
    for (int64_t column = 0; column < n; column += width) {
        for (int64_t piece = 0; piece < pieces; piece++) {
            int64_t from = k * piece / pieces, count = k * (piece + 1) / pieces - from;
            strip(
                a + from, k, 1, packed + column * k + from * width, width, c + column, n, m, count, adding || piece > 0,
                true, tallest, vectors);
        }
    }
}

// Rows are processed in pieces that stay in the first-level cache while every block of the triangle passes over them.
INLINE void gram_of(
    const float *f, float *gram, bool adding, int64_t rows, int64_t columns, const int tallest, const int vectors) {
    const int64_t piece = 8192 / columns > 16 ? 8192 / columns : 16, width = 16 * vectors;
    for (int64_t t = 0; t < rows; t += piece, adding = true) {
        const float *from = f + t * columns;
        int64_t count = t + piece < rows ? piece : rows - t;
        // Down to the diagonal's last row in each strip.
        for (int64_t column = 0; column < columns; column += width)
            strip(
                from, 1, columns, from + column, columns, gram + column, columns, column + width, count, adding, false,
                tallest, vectors);
    }
}

#if defined(__x86_64__)

#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f")))

AVX2 static void multiply_avx2(
    const float *a, const float *packed, float *c, bool adding, int64_t m, int64_t n, int64_t k) {
    multiply(a, packed, c, adding, m, n, k, 6, 1);
}

AVX512 static void multiply_avx512(
    const float *a, const float *packed, float *c, bool adding, int64_t m, int64_t n, int64_t k) {
    multiply(a, packed, c, adding, m, n, k, 8, 2);
}

AVX2 static void gram_avx2(const float *f, float *gram, bool adding, int64_t rows, int64_t columns) {
    gram_of(f, gram, adding, rows, columns, 6, 1);
}

AVX512 static void gram_avx512(const float *f, float *gram, bool adding, int64_t rows, int64_t columns) {
    gram_of(f, gram, adding, rows, columns, 8, 2);
}

vk_level vk_best_level(void) {
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f")) return vk_avx512;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? vk_avx2 : vk_no_kernels;
}

void vk_multiply_packed(
    vk_level level, const float *a, const float *packed, float *c, int adding, int64_t m, int64_t n, int64_t k) {
    (level == vk_avx512 ? multiply_avx512 : multiply_avx2)(a, packed, c, adding, m, n, k);
}

void vk_gram(vk_level level, const float *f, float *gram, int adding, int64_t rows, int64_t columns) {
    (level == vk_avx512 ? gram_avx512 : gram_avx2)(f, gram, adding, rows, columns);
}

#else

vk_level vk_best_level(void) { return vk_no_kernels; }

// Never called without a level; they let the program link on every machine.
void vk_multiply_packed(
    vk_level level, const float *a, const float *packed, float *c, int adding, int64_t m, int64_t n, int64_t k) {
    multiply(a, packed, c, adding, m, n, k, 4, 1);
}

void vk_gram(vk_level level, const float *f, float *gram, int adding, int64_t rows, int64_t columns) {
    gram_of(f, gram, adding, rows, columns, 4, 1);
}

#endif

void vk_pack(vk_level level, const float *b, int transposed, float *packed, int64_t k, int64_t n) {
    const int64_t width = level == vk_avx512 ? 32 : 16;
    for (int64_t column = 0; column < n; column += width)
        for (int64_t row = 0; row < k; row++, packed += width)
            for (int64_t j = 0; j < width; j++)
                packed[j] = transposed ? b[(column + j) * k + row] : b[row * n + column + j];
}
