// SPDX-License-Identifier: Apache-2.0
import Files

/// The regular files in a tar archive in the format of POSIX.1-2001 (pax), GNU tar or older programs. Only headers are read, and no
/// member's name is ever used as a path.
///
///     archive = ( header data padding )* two blocks of zeros          all in blocks of 512 bytes
///     header  = name 100, mode 8, uid 8, gid 8, size 12, mtime 12, checksum 8, type 1, link 100, "ustar" 6, version 2,
///               user 32, group 32, major 8, minor 8, prefix 155
@_spi(Fuzzing) public struct TarArchive {
    /// What a name refers to: a regular file's bytes, or a link.
    private enum Member {
        case file(Range<Int>)
        case link
    }

    /// Of several with one name the last counts, as when unpacked.
    private let members: [PathBytes: Member]
    let file: FileSection

    private static let blockLength = 512
    /// The most bytes of a long name or of a pax header.
    private static let maximumExtension = 64 << 10
    private static let maximumHeaders = 100_000

    /// Whether a file has an archive's magic number; archives from before 1988 have none.
    static func isArchive(_ file: FileSection) throws(Failure) -> Bool {
        try file.bytes(257..<262) == Array("ustar".utf8)
    }

    /// Lists an archive. A fuzzer turns off the comparison of its headers' checksums.
    ///
    /// - Throws: ``Failure`` of kind `badData` when it is damaged or truncated.
    @_spi(Fuzzing) public init(_ file: FileSection, comparesChecksums: Bool = true) throws(Failure) {
        self.file = file
        var members: [PathBytes: Member] = [:]
        var (position, headers) = (0, 0)
        var (longName, paxName, paxSize) = (nil as PathBytes?, nil as PathBytes?, nil as Int?)
        while true {
            let header = try file.bytes(position..<position + Self.blockLength)
            // Some archives end without their blocks of zeros.
            if header.isEmpty && position > 0 || header.count == Self.blockLength && header.allSatisfy({ $0 == 0 }) {
                break
            }
            if position == 0, header.starts(with: [0x1F, 0x8B]) {
                throw Self.cannot(file, "it is compressed by gzip", "unpack it first, with gunzip")
            }
            guard header.count == Self.blockLength, !comparesChecksums || Self.hasItsChecksum(header),
                let stated = Self.number(header[124..<136])
            else {
                throw Self.cannot(
                    file, position == 0 ? "it is not a tar archive" : "its header at byte \(position) is damaged")
            }
            headers += 1
            guard headers <= Self.maximumHeaders else {
                throw Self.cannot(file, "it has more than \(Self.maximumHeaders) members", "unpack it first")
            }
            let type = UInt8(header[156])
            // Links, folders and devices have no data, whatever their size says.
            let size = (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(type) ? 0 : paxSize ?? stated
            let start = position + Self.blockLength
            let name = paxName ?? longName ?? Self.name(in: header)
            guard size <= file.count - start else {
                throw Self.cannot(
                    file, "it is truncated in '\(name.text)', which has \(size) bytes", "download it again")
            }
            switch type {
            case UInt8(ascii: "L"), UInt8(ascii: "x"):
                guard size <= Self.maximumExtension else { throw Self.cannot(file, "a name in it is too long") }
                let bytes = try file.bytes(start..<start + size)
                if type == UInt8(ascii: "L") {
                    longName = PathBytes(Self.string(bytes[...]))
                } else {
                    guard let records = Self.records(bytes) else {
                        throw Self.cannot(file, "its extended header at byte \(position) is damaged")
                    }
                    guard !records.keys.contains(where: { $0.hasPrefix("GNU.sparse.") }) else {
                        throw Self.sparse(file, (records["GNU.sparse.name"] ?? records["path"])?.text)
                    }
                    paxName = records["path"]
                    paxSize = records["size"].flatMap { Int($0.text) }.flatMap { $0 >= 0 ? $0 : nil }
                }
            case UInt8(ascii: "K"), UInt8(ascii: "g"): break
            case UInt8(ascii: "S"): throw Self.sparse(file, name.text)
            default:
                switch type {
                case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): members[name] = .file(start..<start + size)
                case UInt8(ascii: "1"), UInt8(ascii: "2"): members[name] = .link
                default: break
                }
                (longName, paxName, paxSize) = (nil, nil, nil)
            }
            position = start + (size + Self.blockLength - 1) / Self.blockLength * Self.blockLength
        }
        self.members = members
    }

    /// The names of all files and links in it, in the order of their bytes.
    @_spi(Fuzzing) public var names: [[UInt8]] { members.keys.sorted { $0.lexicographicallyPrecedes($1) } }

    /// A file's bytes; nil if there is no file of this name.
    @_spi(Fuzzing) public func section(named name: [UInt8]) -> FileSection? {
        guard case .file(let range) = members[name] else { return nil }
        return file.part(range, named: name.text)
    }

    /// Whether a link has this name.
    func hasLink(named name: PathBytes) -> Bool {
        if case .link = members[name] { true } else { false }
    }

    private static func cannot(_ file: FileSection, _ why: String, _ remedy: String? = nil) -> Failure {
        Failure(.badData, "cannot read the archive", at: file.name, why: why, remedy: remedy)
    }

    private static func sparse(_ file: FileSection, _ name: String?) -> Failure {
        cannot(file, "'\(name ?? "a file")' in it is a sparse file, which is not supported", "unpack it first")
    }

    /// The sum of a header's bytes, its own field counted as spaces; some old programs added signed bytes.
    private static func hasItsChecksum(_ header: [UInt8]) -> Bool {
        guard let stated = number(header[148..<156]) else { return false }
        let counted = header[..<148] + [UInt8](repeating: 0x20, count: 8) + header[156...]
        return stated == counted.reduce(0) { $0 + Int($1) }
            || stated == counted.reduce(0) { $0 + Int(Int8(bitPattern: $1)) }
    }

    /// Octal digits between spaces and zeros, or, as GNU tar writes large numbers, a set high bit and then binary.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        if field.first == 0x80 {
            return field.dropFirst().reduce(0 as Int?) { value, byte in
                value.flatMap { $0 > Int.max >> 8 ? nil : $0 << 8 | Int(byte) }
            }
        }
        let digits = PathBytes(string(field)).text.split(separator: " ")
        return digits.count == 1 ? Int(digits[0], radix: 8).flatMap { $0 >= 0 ? $0 : nil } : nil
    }

    private static func name(in header: [UInt8]) -> PathBytes {
        let name = string(header[..<100])
        let prefix = Array(header[257..<263]) == Array("ustar\0".utf8) ? string(header[345..<500]) : []
        return prefix.isEmpty ? PathBytes(name) : prefix + [UInt8(ascii: "/")] + name
    }

    /// A field up to its zero.
    private static func string(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> { field.prefix { $0 != 0 } }

    /// A pax header's `length key=value` lines.
    private static func records(_ bytes: [UInt8]) -> [String: [UInt8]]? {
        var (rest, records) = (bytes[...], [String: [UInt8]]())
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: 0x20),
                let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
                length > space - rest.startIndex + 1, length <= rest.count
            else { return nil }
            let record = rest[(space + 1)..<(rest.startIndex + length)]
            guard record.last == 0x0A, let equals = record.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            records[String(decoding: record[..<equals], as: UTF8.self)] = Array(
                record[(equals + 1)...].dropLast())
            rest = rest.dropFirst(length)
        }
        return records
    }
}
