// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Glibc
import Matrices

/// The line before a message's bytes.
protocol MessageHead: Decodable {
    /// How many follow the line.
    var bytes: Int { get }
}

/// Messages from standard input, and to standard output: a line of JSON, then as many bytes as it says.
final class MessageStream {
    /// More than any request has.
    private static let longestLine = 1 << 16
    private let input: UnsafeMutablePointer<FILE>

    /// - Throws: ``Failure`` of kind `inputOutput` where standard input is closed.
    init() throws(Failure) {
        guard let input = fdopen(STDIN_FILENO, "r") else { throw Self.broken(systemError(errno)) }
        self.input = input
    }

    /// The next message's head; nil at the end.
    ///
    /// - Throws: ``Failure`` of kind `badData` for a line that is none.
    func next<Head: MessageHead>() throws -> Head? {
        var line = [CChar](repeating: 0, count: Self.longestLine)
        guard fgets(&line, Int32(line.count), input) != nil else { return nil }
        let text = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        guard text.last == UInt8(ascii: "\n"), let head = try? JSONDecoder().decode(Head.self, from: Data(text)),
            head.bytes >= 0
        else {
            throw Failure(.badData, "cannot understand the message", at: "standard input", why: "it is no request")
        }
        return head
    }

    /// The float32 values of a message.
    ///
    /// - Throws: ``Failure`` of kind `badData` where memory does not hold them, or they are not whole; they are read nevertheless. Of kind
    ///   `inputOutput` where the stream ends before.
    func values(_ bytes: Int) throws(Failure) -> [Float] {
        let size = MemoryLayout<Float>.size
        // As they came, and split into parts.
        guard bytes.isMultiple(of: size), bytes <= (AvailableMemory.bytes ?? .max) / 2 else {
            try skip(bytes)
            throw Failure(
                .badData, "cannot read the values", at: "standard input",
                why: bytes.isMultiple(of: size)
                    ? "memory does not hold \(AvailableMemory.text(bytes))"
                    : "\(bytes) bytes are not a whole number of float32 values")
        }
        var complete = true
        let values = [Float](unsafeUninitializedCapacity: bytes / size) { buffer, count in
            complete = bytes == 0 || fread(buffer.baseAddress, 1, bytes, input) == bytes
            count = complete ? bytes / size : 0
        }
        guard complete else { throw Self.broken("it ended within a message") }
        return values
    }

    private func skip(_ bytes: Int) throws(Failure) {
        var (rest, buffer) = (bytes, [UInt8](repeating: 0, count: 1 << 16))
        while rest > 0 {
            let count = fread(&buffer, 1, min(rest, buffer.count), input)
            guard count > 0 else { throw Self.broken("it ended within a message") }
            rest -= count
        }
    }

    /// Writes a message.
    ///
    /// - Parameter head: an object; `bytes` is added to it.
    /// - Throws: ``Failure`` of kind `inputOutput`.
    func send(_ head: some Encodable, _ parts: [UnsafeRawBufferPointer] = []) throws {
        try emit(try jsonLine(Head(content: head, bytes: parts.reduce(0) { $0 + $1.count })))
        for part in parts {
            if let error = writeAll(part, to: STDOUT_FILENO) {
                throw Failure(.inputOutput, "cannot write", at: "standard output", why: systemError(error))
            }
        }
    }

    private struct Head<Content: Encodable>: Encodable {
        let content: Content
        let bytes: Int

        func encode(to encoder: any Encoder) throws {
            try content.encode(to: encoder)
            var members = encoder.container(keyedBy: CodingKeys.self)
            try members.encode(bytes, forKey: .bytes)
        }

        private enum CodingKeys: CodingKey {
            case bytes
        }
    }

    private static func broken(_ why: String) -> Failure {
        Failure(.inputOutput, "cannot read", at: "standard input", why: why)
    }
}
