// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The lines of a file, one at a time: memory holds the longest of them.
public struct LineReader {
    private let path: String
    private static let pieceBytes = 1 << 18

    /// Nothing is opened yet.
    public init(_ path: String) { self.path = path }

    /// Goes through all lines that have an end: one that is being written has none.
    ///
    /// - Parameter body: takes a line without its end, and its number, from 1.
    /// - Throws: ``Failure`` of kind `noInput` or `inputOutput`, and what `body` throws.
    public func forEach(_ body: (_ line: ArraySlice<UInt8>, _ number: Int) throws -> Void) throws {
        let descriptor = try openForReading(path)
        defer { close(descriptor) }
        var (rest, number) = ([UInt8](), 0)
        var buffer = [UInt8](repeating: 0, count: Self.pieceBytes)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure(.inputOutput, "cannot read", at: path, why: systemError(errno)) }
            guard count > 0 else { return }
            rest += buffer[..<count]
            var start = 0
            while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                number += 1
                try body(rest[start..<end], number)
                start = end + 1
            }
            rest.removeSubrange(..<start)
        }
    }
}
