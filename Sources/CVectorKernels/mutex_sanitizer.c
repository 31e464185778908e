// SPDX-License-Identifier: Apache-2.0

// Swift's Mutex, where another thread holds it, waits in a library that ThreadSanitizer does not see: what one thread did under the lock would
// look like a race with what the next one does. Under that sanitizer, and there alone, these two stand before the library's.
#if __has_feature(thread_sanitizer)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

// Synchronization._MutexHandle._lockSlow(Swift.UInt32) -> () and ._unlockSlow() -> ().
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *

void __tsan_acquire(void *address);
void __tsan_release(void *address);
SWIFT void mutex_lock_slow(uint32_t thread, SELF mutex) __asm__(LOCK);
SWIFT void mutex_unlock_slow(SELF mutex) __asm__(UNLOCK);

SWIFT void mutex_lock_slow(uint32_t thread, SELF mutex) {
    ((SWIFT void (*)(uint32_t, SELF))dlsym(RTLD_NEXT, LOCK))(thread, mutex);
    __tsan_acquire(mutex);
}

SWIFT void mutex_unlock_slow(SELF mutex) {
    __tsan_release(mutex);
    ((SWIFT void (*)(SELF))dlsym(RTLD_NEXT, UNLOCK))(mutex);
}
#endif
