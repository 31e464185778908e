#pragma once
// OpenBLAS (Debian: libopenblas-dev, pthread variant), found by pkg-config `openblas`.
#include <cblas.h>
#include <stddef.h>

// LAPACK's eigenvalues and eigenvectors of symmetric matrices, which the library holds without a header. All arguments go by
// reference; the two lengths behind them belong to `jobz` and `uplo`, one character each.
void dsyev_(
    const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work, const int *lwork,
    int *info, size_t jobz_length, size_t uplo_length);
