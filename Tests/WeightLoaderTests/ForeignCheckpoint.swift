// SPDX-License-Identifier: Apache-2.0
import Foundation
import SwiftProtobuf
import TestSupport

@testable import WeightLoader

/// A checkpoint written for a test, to have in it what TensorFlow seldom or never writes.
struct ForeignCheckpoint {
    /// One variable of float32 values, unless `change` makes something else of its entry.
    struct Variable {
        var name: String
        var shape: [Int]
        var values: [Float]
        var shard = 0
        var change: (inout Tensorflow_BundleEntryProto) -> Void = { _ in }
    }

    var variables: [Variable]
    var shards = 1
    var changeHeader: (inout Tensorflow_BundleHeaderProto) -> Void = { _ in }
    var writer = TableWriter()

    /// The index and the files with values.
    func contents() throws -> (index: [UInt8], shards: [[UInt8]]) {
        var header = Tensorflow_BundleHeaderProto()
        header.numShards = Int32(shards)
        header.version.producer = 1
        changeHeader(&header)
        var entries: [(key: [UInt8], value: [UInt8])] = [([], try header.serializedBytes())]
        var data = [[UInt8]](repeating: [], count: shards)
        for variable in variables.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            let bytes = variable.values.withUnsafeBytes { [UInt8]($0) }
            var entry = Tensorflow_BundleEntryProto()
            entry.dtype = .dtFloat
            entry.shape.dim = variable.shape.map { size in .with { $0.size = Int64(size) } }
            entry.shardID = Int32(variable.shard)
            entry.offset = Int64(data[variable.shard].count)
            entry.size = Int64(bytes.count)
            entry.crc32C = bytes.withUnsafeBytes { CRC32C.masked(of: $0) }
            variable.change(&entry)
            data[variable.shard] += bytes
            entries.append((Array(variable.name.utf8), try entry.serializedBytes()))
        }
        return (writer.table([entries]), data)
    }

    /// Writes `model.index` and its files with values.
    ///
    /// - Returns: the prefix.
    @discardableResult
    func write(in folder: TemporaryFolder) throws -> String {
        let (index, data) = try contents()
        let prefix = folder.file("model")
        try Data(index).write(to: URL(fileURLWithPath: "\(prefix).index"))
        for (number, bytes) in data.enumerated() {
            let name = String(format: "%@.data-%05d-of-%05d", prefix, number, shards)
            try Data(bytes).write(to: URL(fileURLWithPath: name))
        }
        return prefix
    }
}

/// Writes tables of LevelDB's format, by its documentation.
struct TableWriter {
    var blockType: UInt8 = 0
    /// Entries between keys that are whole.
    var restartInterval = 16
    /// Makes a change to a block's contents before its checksum is computed.
    var changeBlock: (inout [UInt8]) -> Void = { _ in }
    /// Makes a change to the index block's entries.
    var changePointers: (inout [(key: [UInt8], value: [UInt8])]) -> Void = { _ in }

    /// A table with these data blocks.
    func table(_ blocks: [[(key: [UInt8], value: [UInt8])]]) -> [UInt8] {
        var file: [UInt8] = []
        var pointers: [(key: [UInt8], value: [UInt8])] = []
        for entries in blocks {
            var contents = block(entries)
            changeBlock(&contents)
            let handle = append(contents, to: &file)
            pointers.append((entries.last?.key ?? [], handle))
        }
        let metaindex = append(block([]), to: &file)
        changePointers(&pointers)
        let index = append(block(pointers), to: &file)
        let handles = metaindex + index
        file += handles + [UInt8](repeating: 0, count: 40 - handles.count)
        return file + [0x57, 0xFB, 0x80, 0x8B, 0x24, 0x75, 0x47, 0xDB]
    }

    /// A block's contents.
    func block(_ entries: [(key: [UInt8], value: [UInt8])]) -> [UInt8] {
        var (bytes, restarts, last) = ([UInt8](), [UInt32](), [UInt8]())
        for (index, entry) in entries.enumerated() {
            var shared = 0
            if index % restartInterval == 0 {
                restarts.append(UInt32(bytes.count))
            } else {
                shared = zip(last, entry.key).prefix { $0 == $1 }.count
            }
            bytes += varint(shared) + varint(entry.key.count - shared) + varint(entry.value.count)
            bytes += entry.key.dropFirst(shared) + entry.value
            last = entry.key
        }
        if restarts.isEmpty { restarts = [0] }
        return bytes + (restarts + [UInt32(restarts.count)]).flatMap(littleEndian)
    }

    private func append(_ contents: [UInt8], to file: inout [UInt8]) -> [UInt8] {
        let handle = varint(file.count) + varint(contents.count)
        let block = contents + [blockType]
        file += block + littleEndian(block.withUnsafeBytes { CRC32C.masked(of: $0) })
        return handle
    }

    func varint(_ value: Int) -> [UInt8] {
        value < 128 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }

    private func littleEndian(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
