// SPDX-License-Identifier: Apache-2.0
#pragma once

// One binary for every x86-64: the loader picks the clone (baseline, AVX2, AVX-512). ThreadSanitizer crashes on the
// resolvers, which run before it has started.
#if defined(__x86_64__) && !__has_feature(thread_sanitizer)
#define CLONED __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CLONED
#endif
