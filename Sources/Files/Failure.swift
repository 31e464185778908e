// SPDX-License-Identifier: Apache-2.0

/// What went wrong because of a file, an option or the machine, in one line: what, where, why, and the remedy.
///
/// Every error that a user can cause is thrown as a `Failure`. The command line prints `description` and ends with
/// `kind.exitCode`.
public struct Failure: Error, Codable, CustomStringConvertible, Equatable, Sendable {
    /// The classes of `sysexits.h`, as far as we use them.
    public enum Kind: Int32, CaseIterable, Codable, Sendable {
        /// The command was used incorrectly: a bad option or combination of options.
        case usage = 64
        /// An input was found but its content is unusable.
        case badData = 65
        /// An input does not exist or cannot be opened.
        case noInput = 66
        /// A bug in the program itself.
        case software = 70
        /// An output cannot be created.
        case cannotCreate = 73
        /// Reading or writing failed.
        case inputOutput = 74
        /// The user stopped the program (128 + SIGINT).
        case interrupted = 130

        /// The process's exit status for this kind.
        public var exitCode: Int32 { rawValue }
    }

    /// The class of the failure, which decides the exit code.
    public let kind: Kind
    /// What could not be done, as 'cannot read the audio'.
    public let what: String
    /// The file, dataset or option concerned.
    public let location: String?
    /// The reason, in plain words.
    public let why: String
    /// What the user can do about it.
    public let remedy: String?

    /// Creates a failure from its four parts.
    public init(_ kind: Kind, _ what: String, at location: String? = nil, why: String, remedy: String? = nil) {
        self.kind = kind
        self.what = what
        self.location = location
        self.why = why
        self.remedy = remedy
    }

    /// An option, as it was given, that cannot be used.
    public static func unusable(_ option: String, _ why: String, remedy: String? = nil) -> Failure {
        Failure(.usage, "cannot use", at: option, why: why, remedy: remedy)
    }

    /// One line: `what 'where': why; remedy`. Control characters (from a file's name, say) are shown escaped.
    public var description: String {
        let place = location.map { " '\($0)'" } ?? ""
        let advice = remedy.map { "; \($0)" } ?? ""
        return "\(what)\(place): \(why)\(advice)".escapingControlCharacters
    }
}

extension String {
    /// The same text on one line: control characters, line separators and bidirectional controls as `\u{..}`, and bytes
    /// that are not UTF-8 as `\x..`, so that a hostile file name can't drive a terminal.
    public var escapingControlCharacters: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x61C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069:
                text += "\\u{\(String(scalar.value, radix: 16))}"
            default:
                if let byte = scalar.byteOfPath {
                    text += "\\x\(String(byte, radix: 16))"
                } else {
                    text.unicodeScalars.append(scalar)
                }
            }
        }
    }
}
