// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Files

/// Locks by number, and lines one at a time.
@Suite struct ByteLockTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func aNumberHasOneHolder() throws {
        let path = folder.file("locks")
        var one = try ByteLock.take(1 << 59, of: path)
        #expect(one != nil)
        #expect(try ByteLock.take(1 << 59, of: path) == nil)
        let other = try ByteLock.take(7, of: path)
        #expect(other != nil)
        #expect(ByteLock.taken(among: [1 << 59, 7, 8], of: path) == [1 << 59, 7])
        #expect(ByteLock.isAnyTaken(below: 8, of: path) && !ByteLock.isAnyTaken(below: 7, of: path))
        one = nil
        #expect(try ByteLock.take(1 << 59, of: path) != nil)
        withExtendedLifetime(other) {}
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        #expect(size == 0)
    }

    @Test func aFolderThatIsNotThereIsRefused() {
        #expect(throws: Failure.self) { try ByteLock.take(1, of: folder.file("no/locks")) }
    }

    @Test func linesComeOneByOne() throws {
        let path = folder.file("lines")
        let long = String(repeating: "x", count: 600_000)
        try Data("one\n\n\(long)\ntorn".utf8).write(to: URL(fileURLWithPath: path))
        var lines: [String] = []
        try LineReader(path).forEach { line, number in
            lines.append("\(number) \(String(decoding: line, as: UTF8.self))")
        }
        #expect(lines == ["1 one", "2 ", "3 \(long)"])
        #expect(throws: Failure.self) { try LineReader(folder.file("none")).forEach { _, _ in } }
    }

    @Test func textIsAppended() throws {
        let path = folder.file("journal")
        for text in ["a\n", "b\n"] {
            let writer = try LineWriter(appendingTo: path)
            try writer.write(text)
            try writer.close()
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "a\nb\n")
    }
}
