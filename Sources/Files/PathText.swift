// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Paths are bytes to the system and text to options, records and messages. A byte that is not part of UTF-8, b, is the private-use
/// character U+10FF00 + b in text, and a byte again where the system is called: there, and only there, stands ``cPath``.
extension String {
    /// Text for the bytes of a path, or of any argument.
    public init(path bytes: some Sequence<UInt8>) {
        var (text, rest) = ("", Array(bytes)[...])
        if let whole = String(validating: rest, as: UTF8.self) { (text, rest) = (whole, []) }
        while let byte = rest.first {
            let scalar = (1...Swift.min(4, rest.count)).lazy.compactMap {
                String(validating: rest.prefix($0), as: UTF8.self)
            }
            .first
            text += scalar ?? String(Self.stand(in: byte))
            rest = rest.dropFirst(scalar?.utf8.count ?? 1)
        }
        self = text
    }

    /// The path's bytes with a zero at their end.
    public var cPath: [CChar] {
        guard unicodeScalars.contains(where: { $0.byteOfPath != nil }) else { return Array(utf8CString) }
        return unicodeScalars.flatMap { scalar in
            scalar.byteOfPath.map { [$0] } ?? Array(UTF8.encode(scalar).map(Array.init) ?? [])
        }
        .map(CChar.init(bitPattern:)) + [0]
    }

    /// The same without the zero: names that only look the same differ.
    public var pathBytes: [UInt8] { cPath.dropLast().map(UInt8.init(bitPattern:)) }

    /// What follows a path's last slash.
    public var lastName: String { String(self[(slash.map(utf8.index(after:)) ?? startIndex)...]) }

    /// What follows the last dot of the last name, in lower case; empty where there is none, and in `.wav`, a hidden file's name.
    public var nameExtension: String {
        let parts = lastName.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        return parts.dropFirst().last?.lowercased() ?? ""
    }

    /// A file's name without what follows its last dot; the whole where that begins it, as in `.wav`.
    public var stem: String {
        guard let dot = utf8.lastIndex(of: UInt8(ascii: ".")), dot != startIndex else { return self }
        return String(self[..<dot])
    }

    /// What stands before a path's last slash: `.` where there is none.
    public var parentFolder: String {
        guard let slash else { return "." }
        return slash == startIndex ? "/" : String(self[..<slash])
    }

    /// As a byte: as a character it may be one with what follows it.
    private var slash: Index? { utf8.lastIndex(of: UInt8(ascii: "/")) }

    private static func stand(in byte: UInt8) -> Character {
        Unicode.Scalar(0x10FF00 + UInt32(byte)).map(Character.init) ?? "\u{FFFD}"
    }
}

extension Unicode.Scalar {
    /// The byte that this character stands for in a path.
    var byteOfPath: UInt8? { (0x10FF80...0x10FFFF).contains(value) ? UInt8(truncatingIfNeeded: value) : nil }
}

extension CommandLine {
    /// The arguments after the program's name, every byte of them.
    public static var pathArguments: [String] {
        UnsafeBufferPointer(start: unsafeArgv, count: Int(argc)).dropFirst().compactMap { word in
            word.map { String(path: UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
        }
    }
}
