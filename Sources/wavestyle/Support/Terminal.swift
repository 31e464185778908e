// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Glibc

/// Standard error, for all messages: a terminal or a pipe.
struct Terminal {
    static let error = Terminal(descriptor: STDERR_FILENO)

    /// Whether a person is watching.
    let isInteractive: Bool
    private let descriptor: Int32
    private let isColoured: Bool

    init(descriptor: Int32) {
        self.descriptor = descriptor
        let environment = ProcessInfo.processInfo.environment
        isInteractive = isatty(descriptor) == 1 && environment["TERM"] != "dumb"
        isColoured = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Writes a line.
    func say(_ text: String) { write(text.escapingControlCharacters + "\n") }

    /// Writes `wavestyle: error: ...`.
    func fail(_ text: String) {
        write("wavestyle: \(styled("error:", "1;31")) \(text.escapingControlCharacters)\n")
    }

    /// Writes `wavestyle: warning: ...`.
    func warn(_ text: String) {
        write("wavestyle: \(styled("warning:", "1;33")) \(text.escapingControlCharacters)\n")
    }

    /// Replaces the line that the cursor is in.
    func redraw(_ text: String) { write("\r\(text)\u{1B}[K") }

    /// Text in a colour, where colours are wanted.
    func styled(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    /// Columns, 80 where unknown.
    var width: Int {
        var size = winsize()
        return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// Messages that cannot be written are dropped.
    func write(_ text: String) {
        _ = text.withCString { Glibc.write(descriptor, $0, strlen($0)) }
    }
}

/// Writes a path on a line of its own to standard output: byte for byte as the system knows it, but on a terminal, which it could drive.
///
/// - Throws: as ``emit(_:)``.
func emit(path: String) throws(Failure) {
    guard isatty(STDOUT_FILENO) == 0 else { return try emit(path.escapingControlCharacters + "\n") }
    try emit((path + "\n").cPath.dropLast().map(UInt8.init(bitPattern:)))
}

/// Writes text to standard output, all of it.
///
/// - Throws: ``Failure`` of kind `inputOutput`, when the disk is full or the output closed.
func emit(_ text: String) throws(Failure) { try emit(Array(text.utf8)) }

private func emit(_ bytes: [UInt8]) throws(Failure) {
    if let error = bytes.withUnsafeBytes({ writeAll($0, to: STDOUT_FILENO) }) {
        throw Failure(.inputOutput, "cannot write", at: "standard output", why: systemError(error))
    }
}
