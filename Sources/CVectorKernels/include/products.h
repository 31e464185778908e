// SPDX-License-Identifier: Apache-2.0
// Products of float32 matrices with a right-hand side that is packed once, and Gram matrices: hand-written for AVX2
// and AVX-512. Row-major. Other processors use BLAS.
#pragma once
#include <stdint.h>

/// The kernels that a processor can run. Each level includes the lower ones.
typedef enum { vk_no_kernels = 0, vk_avx2 = 1, vk_avx512 = 2 } vk_level;

/// This processor's best level.
vk_level vk_best_level(void);

/// The number of columns of packed matrices is a multiple of this.
enum { vk_column_unit = 32 };

/// packed[panel][k][w] = b[k][w panel + j], with b [k, n], or [n, k] if transposed. A panel's width w is that of the level's
/// blocks: 16, with AVX-512 32. n is a multiple of 32.
void vk_pack(vk_level level, const float *b, int transposed, float *packed, int64_t k, int64_t n);

/// c = a b, or c += a b: a [m, k] and c [m, n] dense, k > 0, b packed for the same level: avx2 or avx512.
void vk_multiply_packed(
    vk_level level, const float *a, const float *packed, float *c, int adding, int64_t m, int64_t n, int64_t k);

/// gram = f^T f, or gram += f^T f, in its upper triangle; f [rows, columns] dense, columns a multiple of 32. Some entries
/// below the diagonal are written too. The level is avx2 or avx512.
void vk_gram(vk_level level, const float *f, float *gram, int adding, int64_t rows, int64_t columns);
