// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Files

/// A checkpoint is read as it was written, or not at all.
@Suite struct CheckpointFileTests {
    struct State: Codable, Equatable {
        var name = "x"
        var loss = 0.1
        @StoredArray var floats: [Float] = []
        @StoredArray var doubles: [Double] = []
        @StoredArray var again: [Float] = []
    }

    private let folder: TemporaryFolder
    private let state: State
    private let bytes: [UInt8]

    init() throws {
        folder = try TemporaryFolder()
        let floats: [Float] = [1, -0.0, .infinity, .leastNonzeroMagnitude, Float(bitPattern: 0x7FA0_0001)]
        let state = State(floats: floats, doubles: [.pi, .leastNonzeroMagnitude], again: floats)
        let file = try OutputFile(path: folder.file("state"))
        let count = try file.write { try CheckpointFile.write(state, to: $0) }
        let bytes = try contents(ofFile: file.path, or: "read")
        #expect(count == bytes.count)
        (self.state, self.bytes) = (state, bytes)
    }

    private func read(_ bytes: [UInt8]) throws -> State {
        try OutputFile(path: folder.file("changed")).write(bytes: bytes)
        return try CheckpointFile.read(State.self, from: folder.file("changed"))
    }

    /// Bit for bit, NaNs among them.
    @Test func itComesBackAsItWas() throws {
        let back = try CheckpointFile.read(State.self, from: folder.file("state"))
        #expect(back.floats.map(\.bitPattern) == state.floats.map(\.bitPattern))
        #expect(back.again.map(\.bitPattern) == state.floats.map(\.bitPattern))
        #expect(back.doubles == state.doubles && back.loss == state.loss)
        // What is in two places is stored once: both places are the same in the JSON.
        #expect(String(decoding: bytes, as: UTF8.self).components(separatedBy: #""count":5"#).count == 3)
        #expect(bytes.count < 400)
    }

    @Test func everyTruncationIsRefused() throws {
        for count in 0..<bytes.count {
            let error = #expect(throws: Failure.self) { try read(Array(bytes[..<count])) }
            #expect(error?.kind == .badData)
        }
        #expect(throws: Failure.self) { try read(bytes + [10]) }
    }

    @Test func everyFlippedBitIsRefused() throws {
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: Failure.self, "bit \(bit)") { try read(changed) }
        }
    }

    /// A whole file of something else, or whose arrays are not where it says.
    @Test func aForgedOneIsRefused() throws {
        struct Other: Codable { var name = 1 }
        let other = try OutputFile(path: folder.file("other"))
        _ = try other.write { try CheckpointFile.write(Other(), to: $0) }
        #expect(throws: Failure.self) { try CheckpointFile.read(State.self, from: other.path) }
        for place in ["-1", "9000000000000000000", "7"] {
            let text =
                #"{"name":"x","loss":1,"floats":{"offset":\#(place),"count":2},"doubles":{"offset":0,"count":0},"#
                + #""again":{"offset":0,"count":0}}"#
            let head = "wavestyle checkpoint 1\n\(text.utf8.count)\n\(text)12345678"
            let sum = Array(head.utf8).withUnsafeBytes { Checksum(of: $0).description }
            let error = #expect(throws: Failure.self) { try read(Array("\(head)\(sum)\n".utf8)) }
            #expect(error?.kind == .badData)
        }
    }
}
