// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Memory for `count` trivial values on a 64-byte boundary (a cache line, an AVX-512 register), zero at first.
///
/// Threads may share a buffer as long as they write disjoint parts: that is the caller's to ensure.
public final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
    /// The first element.
    public let pointer: UnsafeMutablePointer<Element>
    /// The number of elements.
    public let count: Int

    /// Allocates `count` zeros.
    public init(count: Int) {
        let bytes = max(count, 1) * MemoryLayout<Element>.stride
        // Buffers of many pages in pages of 2 MiB, where Linux has them: fewer faults and fewer address translations.
        let hugePage = 2 << 20
        let raw = UnsafeMutableRawPointer.allocate(
            byteCount: bytes, alignment: bytes >= 4 * hugePage ? hugePage : 64)
        if bytes >= 4 * hugePage { madvise(raw, bytes, MADV_HUGEPAGE) }
        raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        pointer = raw.bindMemory(to: Element.self, capacity: max(count, 1))
        self.count = count
    }

    /// Copies an array.
    public convenience init(_ values: [Element]) {
        self.init(count: values.count)
        values.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { pointer.update(from: base, count: count) }
        }
    }

    deinit {
        UnsafeMutableRawPointer(pointer).deallocate()
    }
}
