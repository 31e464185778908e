#pragma once
// L-BFGS-B 3.0 in Fortran (Debian: liblbfgsb-dev), which brings neither a header nor a pkg-config file. All arguments go by
// reference; the two lengths behind them belong to `task` and `csave`, which hold 60 characters each.
#include <stddef.h>

void setulb_(
    const int *n, const int *m, double *x, const double *l, const double *u, const int *nbd, double *f, double *g,
    const double *factr, const double *pgtol, double *wa, int *iwa, char *task, const int *iprint, char *csave, int *lsave,
    int *isave, double *dsave, size_t task_length, size_t csave_length);
