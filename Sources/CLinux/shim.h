// SPDX-License-Identifier: Apache-2.0
#pragma once
// Linux's system calls that Swift's Glibc does not show.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// An empty file in memory (memfd_create(2)), or -1 with errno set.
static inline int memory_file_create(void) { return (int)syscall(SYS_memfd_create, "audio", 1U /* MFD_CLOEXEC */); }

// Gets and sets a limit of a process (prlimit(2)): 0, or -1 with errno set.
static inline int process_limit(pid_t process, int resource, const struct rlimit *wanted, struct rlimit *former) {
    return (int)syscall(SYS_prlimit64, process, resource, wanted, former);
}

// Sends this process a signal when the thread that started it ends (PR_SET_PDEATHSIG of prctl(2)).
static inline void end_with_parent(int signal) { prctl(PR_SET_PDEATHSIG, signal); }
