#pragma once
// OpenBLAS (Debian: libopenblas-dev, pthread variant), found by pkg-config `openblas`.
#include <cblas.h>
