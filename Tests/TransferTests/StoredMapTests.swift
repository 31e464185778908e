// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Matrices
import Synchronization
import TestSupport
import Testing

@testable import Transfer

@Suite struct StoredMapTests {
    /// Every slot by a thread of its own, in ranges that grow.
    @Test func slotsDoNotDisturbEachOther() throws {
        let (rows, columns, slots) = (8 * 700, 16, 8)
        let folder = try TemporaryFolder()
        let map = try StoredMap(rows: rows, columns: columns, slots: slots, rowsAtOnce: 700, inFolder: folder.path)
        let source = FeatureMap(rows: rows, columns: columns)
        for index in 0..<rows * columns { source.unsafePointer(row: 0)[index] = Float(index) }
        DispatchQueue.concurrentPerform(iterations: slots) { slot in
            let own = slot * 700..<(slot + 1) * 700
            map.read(source[own], from: own.lowerBound, slot: slot)
        }
        let wrong = Mutex(0)
        for _ in 0..<20 {
            DispatchQueue.concurrentPerform(iterations: slots) { slot in
                for count in stride(from: 50, through: 700, by: 50) {
                    let range = slot * 700..<slot * 700 + count
                    let stored = map.rows(range, slot: slot)
                    let same = (0..<stored.count).allSatisfy {
                        stored.unsafePointer[$0] == Float(range.lowerBound * columns + $0)
                    }
                    if !same || stored.rows != count { wrong.withLock { $0 += 1 } }
                }
            }
        }
        #expect(wrong.withLock { $0 } == 0)
        try map.check()
        #expect(folder.contents.isEmpty)
    }

    @Test func whatWasNotWrittenIsAnError() throws {
        let folder = try TemporaryFolder()
        let map = try StoredMap(rows: 10, columns: 4, slots: 1, rowsAtOnce: 2, inFolder: folder.path)
        _ = map.rows(3..<5, slot: 0)
        #expect(throws: (any Error).self) { try map.check() }
    }
}
