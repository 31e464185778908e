// SPDX-License-Identifier: Apache-2.0
import Glibc

/// AddressSanitizer or ThreadSanitizer, which the tests may run under.
public enum Sanitizer {
    /// Whether one of them does: they take memory of their own, several times that of the program.
    public static let isOn = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil
    /// Whether programs write files of their own: the reports of these, or which lines ran.
    public static let writesFiles = isOn || getenv("LLVM_PROFILE_FILE") != nil
}
