#pragma once
// OpenBLAS (Debian: libopenblas-dev, pthread variant), found by pkg-config `openblas`.
#include <cblas.h>
#include <stddef.h>

// LAPACK's routines, which the library holds without a header. All arguments go by reference; the lengths behind them belong to
// `jobz` and `uplo`, one character each.

// Eigenvalues and eigenvectors of symmetric matrices.
void dsyev_(
    const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work, const int *lwork,
    int *info, size_t jobz_length, size_t uplo_length);

// The Cholesky factorisation of a symmetric positive definite matrix, and the inverse from its factor.
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t uplo_length);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info, size_t uplo_length);
