// SPDX-License-Identifier: Apache-2.0

extension CommandLine {
    /// A call of this program as a shell takes it.
    package static func command(_ arguments: [String]) -> String {
        (["wavestyle"] + arguments).map(\.shellQuoted).joined(separator: " ")
    }

    /// This call, to repeat it.
    package static var ownCommand: String { command(Array(arguments.dropFirst())) }
}

extension String {
    /// As one word of a POSIX shell.
    package var shellQuoted: String {
        let plain = !isEmpty && unicodeScalars.allSatisfy { "/._-+=:,@%".unicodeScalars.contains($0) || $0.isPlain }
        return plain ? self : "'" + replacing("'", with: "'\\''") + "'"
    }
}

extension Unicode.Scalar {
    fileprivate var isPlain: Bool { isASCII && (properties.isAlphabetic || properties.numericType != nil) }
}
