// SPDX-License-Identifier: Apache-2.0
import Files
import TestSupport
import Testing

@Suite struct ScratchFileTests {
    @Test func whatIsWrittenIsRead() throws {
        let folder = try TemporaryFolder()
        let file = try ScratchFile(inFolder: folder.path)
        #expect(folder.contents.isEmpty, "it has no name")
        let bytes = [UInt8](0..<200)
        try bytes.withUnsafeBytes { try file.write($0, at: 1_000) }
        var back = [UInt8](repeating: 0, count: 100)
        try back.withUnsafeMutableBytes { try file.read(into: $0, at: 1_050) }
        #expect(back == Array(bytes[50..<150]))
        let error = #expect(throws: Failure.self) {
            try back.withUnsafeMutableBytes { try file.read(into: $0, at: 1_150) }
        }
        #expect(error?.kind == .inputOutput)
    }

    @Test func aMissingFolderIsSaid() {
        let error = #expect(throws: Failure.self) { try ScratchFile(inFolder: "/nowhere/at/all") }
        #expect(error?.kind == .cannotCreate)
        #expect(ScratchFile.room(inFolder: "/nowhere/at/all") == 0)
        #expect(ScratchFile.room(inFolder: "/") > 0)
        // Memory is no place for what memory does not hold.
        #expect(ScratchFile.room(inFolder: "/dev/shm") == 0)
    }
}
