// SPDX-License-Identifier: Apache-2.0
#pragma once
// libsndfile (Debian: libsndfile1-dev), found by pkg-config `sndfile`.
#include <sndfile.h>
#include <sys/syscall.h>
#include <unistd.h>

// An empty file in memory (memfd_create(2), which Swift's Glibc does not show), or -1 with errno set.
static inline int memory_file_create(void) { return (int)syscall(SYS_memfd_create, "audio", 1U /* MFD_CLOEXEC */); }
