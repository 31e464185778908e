// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import Synchronization

/// A target on disk, `[T, C]` in float32: written while a network reads the content once, and read back in ranges of time in
/// every backward pass. For targets that are too large for memory and too costly to recompute.
final class StoredMap: FeatureVisitor, FeatureSource, @unchecked Sendable {
    let rows: Int
    let columns: Int
    let needsWhole = false
    /// nil while memory is only planned.
    private let file: ScratchFile?
    /// For each slot, the rows last asked for.
    private let buffers: [SlotBuffer]
    private let failure = Mutex<Failure?>(nil)

    /// - Parameters:
    ///   - slots: those of the session that will read the map.
    ///   - rowsAtOnce: asked for at most.
    /// - Throws: ``Failure`` of kind `cannotCreate`.
    init(rows: Int, columns: Int, slots: Int, rowsAtOnce: Int, inFolder folder: String) throws(Failure) {
        self.rows = rows
        self.columns = columns
        file = MemoryLedger.isPlanning ? nil : try ScratchFile(inFolder: folder)
        buffers = (0..<slots).map { _ in SlotBuffer(rowsAtOnce * columns) }
    }

    /// Throws what went wrong in a call that could not throw.
    func check() throws(Failure) {
        if let failure = failure.withLock({ $0 }) { throw failure }
    }

    func rows(_ range: Range<Int>, slot: Int) -> FeatureRows {
        let count = range.count * columns
        let buffer = buffers[slot].holding(count)
        let bytes = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(start: buffer.unsafePointer, count: count))
        note { () throws(Failure) in try file?.read(into: bytes, at: offset(range.lowerBound)) }
        return FeatureRows(unsafePointer: UnsafePointer(buffer.unsafePointer), rows: range.count, columns: columns)
    }

    func begin(_ traversal: FeatureTraversal) {}

    func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        let bytes = UnsafeRawBufferPointer(UnsafeBufferPointer(start: rows.unsafePointer, count: rows.count))
        note { () throws(Failure) in try file?.write(bytes, at: offset(start)) }
    }

    func end() {}
    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {}
    func endGradient() {}

    private func offset(_ row: Int) -> Int { row * columns * MemoryLayout<Float>.size }

    private func note(_ work: () throws(Failure) -> Void) {
        do throws(Failure) {
            try work()
        } catch {
            failure.withLock { $0 = $0 ?? error }
        }
    }
}
