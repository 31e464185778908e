// SPDX-License-Identifier: Apache-2.0
#pragma once
// Linux's system calls that Swift's Glibc does not show.
#include <fcntl.h>
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

// Locks the byte at an offset of an open file for this open file description (F_OFD_SETLK of fcntl(2)), or unlocks it: 0, or -1 with
// errno set, EAGAIN where another one has it.
static inline int byte_lock(int descriptor, long long offset, int isLocked) {
    struct flock lock = {.l_type = isLocked ? F_WRLCK : F_UNLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
    return fcntl(descriptor, 37 /* F_OFD_SETLK */, &lock);
}

// Whether another open file description has locked one of so many bytes: 1 or 0, or -1 with errno set.
static inline int byte_is_locked(int descriptor, long long offset, long long count) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = count};
    return fcntl(descriptor, 36 /* F_OFD_GETLK */, &lock) == 0 ? lock.l_type != F_UNLCK : -1;
}
