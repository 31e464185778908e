// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Memory for `count` trivial values on a 64-byte boundary (a cache line, an AVX-512 register), zero at first.
///
/// Threads may share a buffer as long as they write disjoint parts: the caller ensures it.
public final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
    /// The first element.
    public let unsafePointer: UnsafeMutablePointer<Element>
    /// The number of elements.
    public let count: Int
    private let mappedBytes: Int?
    private let entry: MemoryLedger.Entry?

    /// From this size on, a buffer has pages of its own, which are zero when first touched and are returned to the system with
    /// it.
    private static var ownPages: Int { 1 << 20 }
    private static var hugePage: Int { 2 << 20 }
    /// ``ownPages`` of a planned buffer, whose pages are never touched.
    private static var plannedPages: Int { 1 << 12 }

    /// Allocates `count` zeros; while memory is only planned (``MemoryLedger``), addresses for them.
    public init(count: Int) {
        self.count = count
        let bytes = max(count, 1) * MemoryLayout<Element>.stride
        entry = MemoryLedger.note(bytes: bytes)
        let isPlanned = entry?.isPlanned ?? false
        if bytes >= (isPlanned ? Self.plannedPages : Self.ownPages), let pages = Self.pages(bytes, reserved: !isPlanned)
        {
            // In pages of 2 MiB, where Linux offers them and one fits: fewer faults and fewer address translations.
            if !isPlanned, bytes >= Self.hugePage { madvise(pages, bytes, MADV_HUGEPAGE) }
            mappedBytes = bytes
            unsafePointer = pages.bindMemory(to: Element.self, capacity: max(count, 1))
        } else {
            let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
            raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
            mappedBytes = nil
            unsafePointer = raw.bindMemory(to: Element.self, capacity: max(count, 1))
        }
    }

    private static func pages(_ bytes: Int, reserved: Bool) -> UnsafeMutableRawPointer? {
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | (reserved ? 0 : MAP_NORESERVE)
        let pages = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0)
        return pages == MAP_FAILED ? nil : pages
    }

    /// Allocates, and lets `fill` set the values, but where memory is only planned.
    public convenience init(count: Int, fill: (UnsafeMutablePointer<Element>) throws -> Void) rethrows {
        self.init(count: count)
        if !MemoryLedger.isPlanning { try fill(unsafePointer) }
    }

    /// Copies an array.
    public convenience init(_ values: [Element]) {
        self.init(count: values.count)
        values.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { unsafePointer.update(from: base, count: count) }
        }
    }

    /// Lends the first element for the time of a call, through which the buffer lives.
    public func withUnsafePointer<R, E: Error>(
        _ body: (UnsafeMutablePointer<Element>) throws(E) -> R
    ) throws(E) -> R {
        defer { extendLifetime(self) }
        return try body(unsafePointer)
    }

    /// A copy.
    public var values: [Element] {
        withExtendedLifetime(self) { Array(UnsafeBufferPointer(start: unsafePointer, count: count)) }
    }

    deinit {
        if let mappedBytes {
            munmap(unsafePointer, mappedBytes)
        } else {
            UnsafeMutableRawPointer(unsafePointer).deallocate()
        }
    }
}
