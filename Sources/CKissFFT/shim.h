#pragma once
// KissFFT in single precision (Debian: libkissfft-dev). Its pkg-config file has flags that SwiftPM does not take; the headers
// are set up for single precision without them.
#include <kissfft/kiss_fft.h>
#include <kissfft/kiss_fftr.h>

static inline void kiss_plan_free(void *plan) { kiss_fft_free(plan); }
