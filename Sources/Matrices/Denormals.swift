// SPDX-License-Identifier: Apache-2.0
import CVectorKernels

/// Denormal numbers: those too small for full precision, below 1.2e-38 in float32 (-758 dB of full scale).
///
/// They change no result that can be heard, and cost some processors a hundred cycles for each operation.
public enum Denormals {
    /// Makes them count as zero in this thread from now on, and in the threads that it starts.
    public static func flush() { _ = vk_flush_denormals() }

    /// Makes them count as zero in this thread while `body` runs.
    static func flushed(_ body: () -> Void) {
        let former = vk_flush_denormals()
        defer { vk_restore_denormals(former) }
        body()
    }
}
