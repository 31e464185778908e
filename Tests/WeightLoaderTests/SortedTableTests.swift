// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import TestSupport
import Testing

@testable import WeightLoader

/// The table format of a checkpoint's index, good and bad.
@Suite struct SortedTableTests {
    private static func keys(_ count: Int) -> [(key: [UInt8], value: [UInt8])] {
        (0..<count).map { (Array("key/\(1_000 + $0)/W".utf8), [UInt8](repeating: UInt8($0 % 256), count: $0 % 5)) }
    }

    private func fault(_ bytes: [UInt8]) -> SortedTable.Fault? {
        #expect(throws: SortedTable.Fault.self) { try SortedTable(bytes) }
    }

    /// The check value of RFC 3720, B.4: 32 bytes of zeros; and the common one of "123456789".
    @Test func checksums() {
        func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { CRC32C.checksum(of: $0) } }
        #expect(checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect([].withUnsafeBytes { CRC32C.masked(of: $0) } == 0xA282_EAD8)
    }

    @Test(arguments: [1, 2, 16, 1_000], [1, 15, 16, 17, 400])
    func whatIsWrittenComesBack(restartInterval: Int, count: Int) throws {
        let entries = Self.keys(count)
        let table = try SortedTable(TableWriter(restartInterval: restartInterval).table([entries]))
        #expect(table.entries.map(\.key) == entries.map(\.key))
        #expect(table.entries.map { Array($0.value) } == entries.map(\.value))
    }

    @Test func severalBlocksAndNone() throws {
        let entries = Self.keys(90)
        let blocks = [Array(entries[..<30]), Array(entries[30..<31]), Array(entries[31...])]
        #expect(try SortedTable(TableWriter().table(blocks)).entries.map(\.key) == entries.map(\.key))
        #expect(try SortedTable(TableWriter().table([])).entries.isEmpty)
        #expect(try SortedTable(TableWriter().table([[]])).entries.isEmpty)
    }

    @Test func keysMustRise() {
        let entries = Self.keys(20)
        #expect(fault(TableWriter().table([entries.reversed()]))?.why.contains("order") == true)
        #expect(fault(TableWriter().table([[entries[0], entries[0]]]))?.why.contains("order") == true)
        #expect(fault(TableWriter().table([[entries[5]], [entries[4]]]))?.why.contains("order") == true)
    }

    @Test func compressedBlocksAreNamed() {
        #expect(fault(TableWriter(blockType: 1).table([Self.keys(3)]))?.why.contains("Snappy") == true)
        #expect(fault(TableWriter(blockType: 9).table([Self.keys(3)]))?.why.contains("unknown type 9") == true)
    }

    /// With checksums that fit, so that the faults behind them are met.
    @Test(arguments: [
        ("more shared than there is", 0, [5, 1, 0, 0x61] as [UInt8]), ("a value past the end", 0, [0, 1, 99, 0x61]),
        ("a key past the end", 0, [0, 99, 0, 0x61]), ("an endless number", 0, [UInt8](repeating: 0xFF, count: 12)),
        ("a number beyond 64 bits", 0, [UInt8](repeating: 0xFF, count: 9) + [0x7F]),
    ])
    func damagedEntries(_ name: String, _ place: Int, _ bytes: [UInt8]) {
        let writer = TableWriter(changeBlock: {
            $0.replaceSubrange(place..<min(place + bytes.count, $0.count), with: bytes)
        })
        #expect(fault(writer.table([Self.keys(4)]))?.why.contains("damaged") == true, "\(name)")
    }

    @Test(arguments: [
        ("none", [0, 0, 0, 0] as [UInt8]), ("too many", [0xFF, 0, 0, 0]), ("very many", [0xFF, 0xFF, 0xFF, 0xFF]),
        ("two where one is", [2, 0, 0, 0]),
    ])
    func damagedRestarts(_ name: String, _ count: [UInt8]) {
        let writer = TableWriter(changeBlock: { $0.replaceSubrange(($0.count - 4)..., with: count) })
        #expect(fault(writer.table([Self.keys(4)]))?.why.contains("damaged") == true, "\(name)")
    }

    @Test func restartPointsMustBeEntries() {
        var writer = TableWriter(restartInterval: 2)
        writer.changeBlock = { $0[$0.count - 8] += 1 }
        #expect(fault(writer.table([Self.keys(4)]))?.why.contains("restart") == true)
    }

    /// One block named a thousand times would be a thousand times as much memory.
    @Test func blocksMayNotOverlap() {
        let writer = TableWriter(changePointers: { pointers in
            pointers = (0..<1_000).map { (Array("z\(10_000 + $0)".utf8), pointers[0].value) }
        })
        #expect(fault(writer.table([Self.keys(4)]))?.why == "its blocks overlap")
    }

    @Test func blocksOutsideOfTheFile() {
        for handle in [
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 1], [0, 0xFF, 0xFF, 0x7F], [0xFF, 0x7F, 0],
        ] {
            let writer = TableWriter(changePointers: { $0[0].value = handle.map { UInt8($0) } })
            #expect(fault(writer.table([Self.keys(4)]))?.why.contains("outside") == true)
        }
    }

    /// Keys that share all but one byte grow with the square of the file.
    @Test func keysOfManyMegabytesFromFewBytes() {
        let long = [UInt8](repeating: 0x61, count: 8_000)
        let entries = (0..<9_000).map { (key: long + Array("\(10_000 + $0)".utf8), value: [UInt8]()) }
        #expect(fault(TableWriter(restartInterval: 100_000).table([entries]))?.why.contains("too long keys") == true)
    }

    @Test func everyLengthOfAPrefixIsRefused() throws {
        let whole = try fixtureIndex()
        for length in stride(from: 0, to: whole.count, by: 13) { _ = fault(Array(whole[..<length])) }
    }

    /// A checksum covers every block, and what lies outside must be zeros and the magic: no single change goes unnoticed.
    @Test func everyChangedByteIsRefused() throws {
        let whole = try fixtureIndex()
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            var bytes = whole
            bytes[Int(generator.next() % UInt64(whole.count))] ^= UInt8(1 + generator.next() % 255)
            _ = fault(bytes)
        }
    }

    /// Changes with checksums that fit: whatever comes of them, it is an error or a table.
    @Test func changesBehindChecksumsAreSurvived() throws {
        let table = try SortedTable(fixtureIndex())
        let entries = table.entries.map { (key: $0.key, value: Array($0.value)) }
        var generator = SeededGenerator(seed: 2)
        var outcomes = (good: 0, bad: 0)
        for _ in 0..<2_000 {
            let writer = TableWriter(changeBlock: { block in
                for _ in 0...Int(generator.next() % 3) {
                    block[Int(generator.next() % UInt64(block.count))] = UInt8(truncatingIfNeeded: generator.next())
                }
            })
            do {
                _ = try BundleIndex(writer.table([entries]))
                outcomes.good += 1
            } catch {
                outcomes.bad += 1
            }
        }
        // Both happen: a changed checksum of a tensor is a good index, a changed length is not.
        #expect(outcomes.good > 100 && outcomes.bad > 100, "\(outcomes)")
    }

    private func fixtureIndex() throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("nsynth-tiny/model.ckpt-200000.index"))))
    }
}
