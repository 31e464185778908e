// SPDX-License-Identifier: Apache-2.0
#include "include/denormals.h"

#if defined(__SSE__)
#include <xmmintrin.h>

// MXCSR: flush to zero (results), denormals are zeros (operands).
uint64_t vk_flush_denormals(void) {
    const unsigned former = _mm_getcsr();
    _mm_setcsr(former | 0x8040);
    return former;
}

void vk_restore_denormals(uint64_t former) { _mm_setcsr((_mm_getcsr() & ~0x8040u) | (former & 0x8040)); }
#elif defined(__aarch64__)
static const uint64_t flush = 1 << 24;

static uint64_t control(void) {
    uint64_t value;
    __asm__ volatile("mrs %0, fpcr" : "=r"(value));
    return value;
}

static void set_control(uint64_t value) { __asm__ volatile("msr fpcr, %0" : : "r"(value)); }

// FPCR.FZ: operands and results.
uint64_t vk_flush_denormals(void) {
    const uint64_t former = control();
    set_control(former | flush);
    return former;
}

void vk_restore_denormals(uint64_t former) { set_control((control() & ~flush) | (former & flush)); }
#else
uint64_t vk_flush_denormals(void) { return 0; }

void vk_restore_denormals(uint64_t former) { (void)former; }
#endif
