// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Files

@Suite struct PathTextTests {
    /// Text, Latin-1, a cut character, an overlong one, a surrogate, and all bytes.
    @Test(
        arguments: [
            Array("a/ü.wav".utf8), [0x73, 0xF6, 0x6E], [0xE2, 0x82], [0x41, 0xC0, 0xAF, 0x42], [0xED, 0xA0, 0x80],
            Array(1...255), [],
        ] as [[UInt8]])
    func bytesComeBack(_ bytes: [UInt8]) {
        let text = String(path: bytes)
        #expect(text.cPath.map(UInt8.init(bitPattern:)) == bytes + [0])
        // Through UTF-8, as an argument of a child is passed on, or a record.
        #expect(String(path: Array(text.utf8)) == text)
    }

    @Test func filesAndFolders() throws {
        let folder = try TemporaryFolder()
        let name = String(path: [0x61, 0xFF])
        try Folder.make("\(folder.path)/\(name)/\(name)")
        try OutputFile(path: "\(folder.path)/\(name)/b").write(text: "text")
        #expect(Folder.names(in: folder.path) == [name])
        #expect(Folder.names(in: "\(folder.path)/\(name)")?.sorted() == [name, "b"].sorted())
        #expect(contents(ofFile: "\(folder.path)/\(name)/b").map { String(decoding: $0, as: UTF8.self) } == "text")
        #expect(OutputFile.resolved("\(folder.path)/\(name)/../\(name)/b")?.hasSuffix("/\(name)/b") == true)
        #expect(!fileExists("\(folder.path)/a\u{FFFD}"))
        let failure = #expect(throws: Failure.self) { try Folder.make("\(folder.path)/\(name)/b/c") }
        #expect(failure?.kind == .cannotCreate)
    }
}
