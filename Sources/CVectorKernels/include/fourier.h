// SPDX-License-Identifier: Apache-2.0
// The discrete Fourier transform in double precision, for lengths without a prime factor above 5.
#pragma once
#include <stdint.h>

/// X[k] = sum_t x[t] e^(-2 pi i k t / n), in place. With re and im exchanged everywhere it is the inverse without 1 / n.
///
/// `radices` are 2, 3, 4 or 5, their product is n; `spare_re` and `spare_im` have n values, `cosines` and `sines` are those of
/// 2 pi j / n.
void vk_fourier(
    double *re, double *im, double *spare_re, double *spare_im, const double *cosines, const double *sines,
    const int32_t *radices, int32_t stages, int64_t n);
