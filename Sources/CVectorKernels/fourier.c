// SPDX-License-Identifier: Apache-2.0
#include "fourier.h"

#include <string.h>

#include "cloned.h"

// Stockham's autosort algorithm by decimation in frequency (Van Loan: Computational Frameworks for the Fast Fourier Transform,
// 1992): a stage of radix r turns n = r m values, s transforms side by side, into r s transforms of m:
//
//     y[q + s (r p + k)] = w^(p k) sum_j x[q + s (p + m j)] e^(-2 pi i j k / r),  w = e^(-2 pi i / n),  q < s, p < m, k < r
typedef struct {
    const double *re, *im;
    double *out_re, *out_im;
    const double *cosines, *sines;
    int64_t m, s;
} stage;

// What the butterflies below leave in (yr, yi), times the twiddle of output k.
#define STORE(k, yr, yi)                                        \
    do {                                                        \
        double a = (yr), b = (yi);                              \
        to_re[(k) * s + q] = a * c[k] + b * d[k];               \
        to_im[(k) * s + q] = b * c[k] - a * d[k];               \
    } while (0)
#define RE(j) from_re[(j) * m * s + q]
#define IM(j) from_im[(j) * m * s + q]

// Loops over p and q around a butterfly.
#define STAGE(name, r, ...)                                                                                        \
    static inline __attribute__((always_inline)) void name(stage t) {                                              \
        int64_t m = t.m, s = t.s;                                                                                  \
        for (int64_t p = 0; p < m; p++) {                                                                          \
            const double *restrict from_re = t.re + s * p, *restrict from_im = t.im + s * p;                       \
            double *restrict to_re = t.out_re + s * r * p, *restrict to_im = t.out_im + s * r * p;                 \
            double c[r], d[r];                                                                                     \
            for (int64_t k = 0; k < r; k++) c[k] = t.cosines[p * k * s], d[k] = t.sines[p * k * s];                \
            for (int64_t q = 0; q < s; q++) __VA_ARGS__                                                            \
        }                                                                                                          \
    }

STAGE(radix2, 2, {
    STORE(0, RE(0) + RE(1), IM(0) + IM(1));
    STORE(1, RE(0) - RE(1), IM(0) - IM(1));
})

STAGE(radix3, 3, {
    const double sine = 0.86602540378443864676;
    double sum_re = RE(1) + RE(2), sum_im = IM(1) + IM(2);
    double half_re = RE(0) - 0.5 * sum_re, half_im = IM(0) - 0.5 * sum_im;
    double turn_re = sine * (IM(1) - IM(2)), turn_im = -sine * (RE(1) - RE(2));
    STORE(0, RE(0) + sum_re, IM(0) + sum_im);
    STORE(1, half_re + turn_re, half_im + turn_im);
    STORE(2, half_re - turn_re, half_im - turn_im);
})

STAGE(radix4, 4, {
    double even_re = RE(0) + RE(2), even_im = IM(0) + IM(2), odd_re = RE(1) + RE(3), odd_im = IM(1) + IM(3);
    double left_re = RE(0) - RE(2), left_im = IM(0) - IM(2), right_re = IM(1) - IM(3), right_im = RE(3) - RE(1);
    STORE(0, even_re + odd_re, even_im + odd_im);
    STORE(1, left_re + right_re, left_im + right_im);
    STORE(2, even_re - odd_re, even_im - odd_im);
    STORE(3, left_re - right_re, left_im - right_im);
})

STAGE(radix5, 5, {
    const double c1 = 0.30901699437494742410, c2 = -0.80901699437494742410;
    const double s1 = 0.95105651629515357212, s2 = 0.58778525229247312917;
    double a_re = RE(1) + RE(4), a_im = IM(1) + IM(4), b_re = RE(2) + RE(3), b_im = IM(2) + IM(3);
    double u_re = RE(1) - RE(4), u_im = IM(1) - IM(4), v_re = RE(2) - RE(3), v_im = IM(2) - IM(3);
    double near_re = RE(0) + c1 * a_re + c2 * b_re, near_im = IM(0) + c1 * a_im + c2 * b_im;
    double far_re = RE(0) + c2 * a_re + c1 * b_re, far_im = IM(0) + c2 * a_im + c1 * b_im;
    double first_re = s1 * u_im + s2 * v_im, first_im = -s1 * u_re - s2 * v_re;
    double second_re = s2 * u_im - s1 * v_im, second_im = -s2 * u_re + s1 * v_re;
    STORE(0, RE(0) + a_re + b_re, IM(0) + a_im + b_im);
    STORE(1, near_re + first_re, near_im + first_im);
    STORE(2, far_re + second_re, far_im + second_im);
    STORE(3, far_re - second_re, far_im - second_im);
    STORE(4, near_re - first_re, near_im - first_im);
})

CLONED void vk_fourier(
    double *re, double *im, double *spare_re, double *spare_im, const double *cosines, const double *sines,
    const int32_t *radices, int32_t stages, int64_t n) {
    double *from_re = re, *from_im = im, *to_re = spare_re, *to_im = spare_im;
    int64_t rest = n, s = 1;
    for (int32_t i = 0; i < stages; i++) {
        int64_t radix = radices[i];
        rest /= radix;
        stage t = {from_re, from_im, to_re, to_im, cosines, sines, rest, s};
        if (radix == 2) radix2(t);
        if (radix == 3) radix3(t);
        if (radix == 4) radix4(t);
        if (radix == 5) radix5(t);
        s *= radix;
        double *old_re = from_re, *old_im = from_im;
        from_re = to_re, from_im = to_im, to_re = old_re, to_im = old_im;
    }
    if (from_re == re) return;
    memcpy(re, from_re, (size_t)n * sizeof *re);
    memcpy(im, from_im, (size_t)n * sizeof *im);
}
