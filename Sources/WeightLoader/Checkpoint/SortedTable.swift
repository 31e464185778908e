// SPDX-License-Identifier: Apache-2.0

/// A table of keys and values, sorted by key: LevelDB's file format, as TensorFlow uses it for a checkpoint's index.
///
///     file    = block* metaindex-block index-block footer
///     footer  = metaindex-handle index-handle padding magic       48 bytes; handle = varint offset, varint size
///     block   = entry* restart* restart-count type crc            restarts and their count: 4 bytes each, little-endian;
///                                                                 type: 1 byte; crc: masked CRC-32C of all before it
///     entry   = varint shared, varint unshared, varint value-size, the key's unshared bytes, the value
///
/// An entry's key begins with `shared` bytes of the key before it; at the restart points nothing is shared. The index block
/// leads to the data blocks by a key not before their last (LevelDB, doc/table_format.md and table/format.cc).
public struct SortedTable: Sendable {
    /// One key with its value.
    public struct Entry: Sendable {
        /// Any bytes.
        public let key: [UInt8]
        /// Any bytes.
        public let value: ArraySlice<UInt8>
    }

    /// Why bytes are not a table, in words that follow a file's name.
    public struct Fault: Error, Equatable {
        /// As 'the block at byte 0 does not match its checksum'.
        public let why: String

        init(_ why: String) { self.why = why }
    }

    /// In the order of their keys, which differ.
    public let entries: [Entry]

    /// The most bytes of all keys together: a shared prefix costs the file nothing.
    static let maximumKeyBytes = 64 << 20
    /// The most entries: each takes more bytes in memory than in the file.
    static let maximumEntries = 1 << 20
    static let footerLength = 48
    static let magic: UInt64 = 0xDB47_7524_8B80_FB57
    /// A block's type and checksum.
    static let trailerLength = 5

    /// Reads a whole table. Every block's checksum is compared, and blocks may not overlap.
    ///
    /// - Throws: ``Fault``.
    public init(_ bytes: [UInt8]) throws(Fault) {
        try self.init(bytes, comparesChecksums: true)
    }

    /// The same, optionally without checksums, which random bytes do not match.
    @_spi(Fuzzing) public init(_ bytes: [UInt8], comparesChecksums: Bool) throws(Fault) {
        guard bytes.count >= Self.footerLength else {
            throw Fault("it has \(bytes.count) bytes, fewer than a table's footer")
        }
        var magic = ByteCursor(bytes.suffix(8))
        guard magic.fixed64() == Self.magic else {
            throw Fault("it has no table footer: it is truncated, or another kind of file")
        }
        var footer = ByteCursor(bytes.suffix(Self.footerLength))
        guard let metaindex = Handle(&footer), let index = Handle(&footer),
            footer.rest.dropLast(8).allSatisfy({ $0 == 0 })
        else { throw Fault("its footer is damaged") }
        let blocks = bytes.dropLast(Self.footerLength)
        func block(_ handle: Handle) throws(Fault) -> ArraySlice<UInt8> {
            try Self.block(handle, in: blocks, comparesChecksum: comparesChecksums)
        }
        // TensorFlow writes nothing into the metaindex; it is read for its checksum.
        _ = try block(metaindex)

        var (entries, keyBytes, end): ([Entry], Int, Int) = ([], 0, 0)
        var pointers: [Entry] = []
        var indexKeyBytes = 0
        try Self.append(try block(index), at: index, to: &pointers, &indexKeyBytes)
        for pointer in pointers {
            var value = ByteCursor(pointer.value)
            guard let handle = Handle(&value) else { throw Fault("its index block is damaged") }
            guard handle.offset >= end else { throw Fault("its blocks overlap") }
            let contents = try block(handle)
            end = handle.offset + handle.size + Self.trailerLength
            try Self.append(contents, at: handle, to: &entries, &keyBytes)
            if let last = entries.last, pointer.key.lexicographicallyPrecedes(last.key) {
                throw Fault("its index block does not fit the block at byte \(handle.offset)")
            }
        }
        self.entries = entries
    }

    /// A block's place; its trailer follows it.
    private struct Handle {
        let offset: Int
        let size: Int

        init?(_ cursor: inout ByteCursor) {
            guard let offset = cursor.count(), let size = cursor.count() else { return nil }
            (self.offset, self.size) = (offset, size)
        }
    }

    /// A block's contents, checked against their checksum.
    private static func block(
        _ handle: Handle, in file: ArraySlice<UInt8>, comparesChecksum: Bool
    ) throws(Fault) -> ArraySlice<UInt8> {
        guard handle.offset <= file.count, handle.size <= file.count - handle.offset - trailerLength else {
            throw Fault("a block of \(handle.size) bytes at byte \(handle.offset) is outside the file")
        }
        let start = file.startIndex + handle.offset
        let contents = file[start..<start + handle.size]
        var trailer = ByteCursor(file[contents.endIndex..<contents.endIndex + trailerLength])
        let type = trailer.bytes(1)?.first
        let checksum = file[start...contents.endIndex].withUnsafeBytes { CRC32C.masked(of: $0) }
        guard trailer.fixed32() == checksum || !comparesChecksum else {
            throw Fault("the block at byte \(handle.offset) does not match its checksum")
        }
        switch type {
        case 0: return contents
        case 1: throw Fault("its blocks are compressed by Snappy, which is not supported")
        default: throw Fault("the block at byte \(handle.offset) is of the unknown type \(type ?? 0)")
        }
    }

    /// Appends a block's entries, whose keys must keep ascending.
    private static func append(
        _ block: ArraySlice<UInt8>, at handle: Handle, to entries: inout [Entry], _ keyBytes: inout Int
    ) throws(Fault) {
        func damaged(_ why: String) -> Fault { Fault("the block at byte \(handle.offset) is damaged: \(why)") }
        let restarts = try restarts(of: block) { damaged("its restart points make no sense") }
        var cursor = ByteCursor(block.dropLast(4 * restarts.count + 4))
        let start = block.startIndex
        var nextRestart = cursor.rest.isEmpty && restarts == [0] ? 1 : 0
        while !cursor.rest.isEmpty {
            let position = cursor.rest.startIndex - start
            let isRestart = nextRestart < restarts.count && restarts[nextRestart] == position
            if isRestart { nextRestart += 1 }
            guard let shared = cursor.count(), let unshared = cursor.count(), let size = cursor.count(),
                let suffix = cursor.bytes(unshared), let value = cursor.bytes(size)
            else { throw damaged("an entry is truncated") }
            // The first entry of a block is always a restart point.
            let last = position == 0 ? [] : entries.last?.key ?? []
            guard shared <= last.count, !isRestart || shared == 0 else {
                throw damaged("a key shares more bytes than the previous key has")
            }
            keyBytes += shared + suffix.count
            guard keyBytes <= maximumKeyBytes, entries.count < maximumEntries else {
                throw Fault("it has too many or too long keys")
            }
            let key = last.prefix(shared) + suffix
            if let last = entries.last, !last.key.lexicographicallyPrecedes(key) {
                throw damaged("its keys are not in order")
            }
            entries.append(Entry(key: Array(key), value: value))
        }
        guard nextRestart == restarts.count else {
            throw damaged("a restart point is not where an entry begins")
        }
    }

    /// The offsets at which keys are whole: ascending, the first of them 0.
    private static func restarts(
        of block: ArraySlice<UInt8>, orThrow fault: () -> Fault
    ) throws(Fault) -> [Int] {
        var count = ByteCursor(block.suffix(4))
        guard let number = count.fixed32().map(Int.init), number >= 1, number <= block.count / 4 - 1 else {
            throw fault()
        }
        var cursor = ByteCursor(block.suffix(4 * number + 4))
        var restarts: [Int] = []
        for _ in 0..<number {
            guard let offset = cursor.fixed32().map(Int.init), offset > restarts.last ?? -1,
                !restarts.isEmpty || offset == 0
            else { throw fault() }
            restarts.append(offset)
        }
        return restarts
    }
}
