// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Memory for `count` trivial values on a 64-byte boundary (a cache line, an AVX-512 register), zero at first.
///
/// Threads may share a buffer as long as they write disjoint parts: the caller ensures it.
public final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
    /// The first element.
    public let pointer: UnsafeMutablePointer<Element>
    /// The number of elements.
    public let count: Int
    private let mappedBytes: Int?

    /// From this size on, a buffer has pages of its own, which are zero when first touched and are returned to the system with
    /// it.
    private static var ownPages: Int { 1 << 20 }

    /// Allocates `count` zeros.
    public init(count: Int) {
        self.count = count
        let bytes = max(count, 1) * MemoryLayout<Element>.stride
        if bytes >= Self.ownPages,
            let pages = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            pages != MAP_FAILED
        {
            // In pages of 2 MiB, where Linux offers them: fewer faults and fewer address translations.
            madvise(pages, bytes, MADV_HUGEPAGE)
            mappedBytes = bytes
            pointer = pages.bindMemory(to: Element.self, capacity: max(count, 1))
        } else {
            let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
            raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
            mappedBytes = nil
            pointer = raw.bindMemory(to: Element.self, capacity: max(count, 1))
        }
    }

    /// Copies an array.
    public convenience init(_ values: [Element]) {
        self.init(count: values.count)
        values.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { pointer.update(from: base, count: count) }
        }
    }

    /// Lends the first element for the time of a call, through which the buffer lives.
    public func withPointer<R, E: Error>(
        _ body: (UnsafeMutablePointer<Element>) throws(E) -> R
    ) throws(E) -> R {
        defer { extendLifetime(self) }
        return try body(pointer)
    }

    /// A copy.
    public var values: [Element] {
        withExtendedLifetime(self) { Array(UnsafeBufferPointer(start: pointer, count: count)) }
    }

    deinit {
        if let mappedBytes {
            munmap(pointer, mappedBytes)
        } else {
            UnsafeMutableRawPointer(pointer).deallocate()
        }
    }
}
