// SPDX-License-Identifier: Apache-2.0
// Numbers too small for full precision, 1.2e-38 and below in float32, cost some processors a hundred cycles for each operation.
#pragma once
#include <stdint.h>

/// Makes them count as zero in this thread, as operands and as results. Returns how it was.
uint64_t vk_flush_denormals(void);

/// Makes it as it was.
void vk_restore_denormals(uint64_t former);
