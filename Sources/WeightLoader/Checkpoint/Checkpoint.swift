// SPDX-License-Identifier: Apache-2.0
import Files
import SwiftProtobuf

/// A TensorFlow checkpoint (format V2, 'tensor bundle'): an index of variables, and their values in one or more files.
///
/// The index is read whole and checked; of the values only those requested are read, each checked against its CRC-32C
/// (TensorFlow, core/util/tensor_bundle/tensor_bundle.h). Nothing in a file is trusted before it is compared with the
/// file's size.
public struct Checkpoint {
    /// One tensor's entry in the index.
    public struct Variable: Sendable {
        /// As `ae_startconv/W`.
        public let name: String
        /// Empty for a scalar.
        public let shape: [Int]
        /// As `float32`.
        public let type: String
        /// Bytes of its values in the data file; those of a partitioned variable are elsewhere.
        public let bytes: Int
        /// Whether its values are stored in several parts, which are not read.
        public let isPartitioned: Bool
        fileprivate let isFloat32: Bool
        fileprivate let shard: Int
        fileprivate let offset: Int
        fileprivate let checksum: UInt32
    }

    /// The name in messages.
    public let name: String
    /// All variables, in the order of their names' bytes.
    public let variables: [Variable]
    private let files: CheckpointFiles
    private let indexSection: FileSection
    private let shardCount: Int
    private let positions: [[UInt8]: Int]

    /// The most bytes of an index: NSynth's has 63,671.
    static let maximumIndexBytes = 16 << 20
    /// The most bytes of a tensor's values.
    static let maximumTensorBytes = WeightsFile.maximumParameters * MemoryLayout<Float>.size
    /// The format's version that this reads (kTensorBundleVersion).
    static let supportedVersion: Int32 = 1

    /// Reads a checkpoint's index.
    ///
    /// - Throws: ``Files/Failure`` of kind `noInput` when a file does not exist, `badData` when the index is damaged, or not
    ///   supported: compressed, big-endian, or of a later version.
    public init(_ files: CheckpointFiles) throws(Failure) {
        let index = try files.index()
        guard index.count <= Self.maximumIndexBytes else {
            throw Self.cannot(index.name, "it is too large for an index: \(index.count) bytes")
        }
        let bytes = try index.bytes(0..<index.count)
        do throws(SortedTable.Fault) {
            let contents = try BundleIndex(bytes)
            (variables, shardCount, positions) = (contents.variables, contents.shardCount, contents.positions)
        } catch {
            throw Self.cannot(index.name, error.why)
        }
        name = files.name
        self.files = files
        indexSection = index
    }

    /// The prefix without folders, as `model.ckpt-200000`.
    var prefixName: String { files.prefixName }

    /// The place of its files.
    public var paths: [String] { files.paths(shards: shardCount) }

    /// Bytes of one of its files, by the file's name without folders; nil if there is none of this name.
    public func bytes(ofFile name: String) -> Int? {
        (name == indexSection.fileName ? indexSection : files.shard(named: name, of: shardCount))?.count
    }

    /// The variable of this name.
    public subscript(name: String) -> Variable? {
        positions[Array(name.utf8)].map { variables[$0] }
    }

    /// The values of a float32 variable, row-major.
    ///
    /// - Throws: ``Files/Failure`` of kind `badData` when it has another type, is partitioned, truncated, or does not match its
    ///   checksum; `noInput` when its file does not exist.
    public func floats(of variable: Variable) throws(Failure) -> [Float] {
        func cannot(_ why: String, _ remedy: String? = nil) -> Failure {
            Self.cannot("\(name): \(variable.name)", why, remedy)
        }
        guard variable.isFloat32 else { throw cannot("its values are \(variable.type), where float32 is expected") }
        guard !variable.isPartitioned else {
            throw cannot("it is partitioned (stored in slices): not supported", "save it without a partitioner")
        }
        guard variable.bytes <= Self.maximumTensorBytes else {
            throw cannot("it is too large: \(variable.bytes) bytes")
        }
        let shard = try files.shard(variable.shard, of: shardCount)
        guard variable.offset <= shard.count, variable.bytes <= shard.count - variable.offset else {
            throw cannot(
                "it should be at bytes \(variable.offset) to \(variable.offset + variable.bytes) of '\(shard.name)', "
                    + "which has \(shard.count)",
                "the file is truncated: download it again")
        }
        let bytes = try shard.bytes(variable.offset..<variable.offset + variable.bytes)
        guard bytes.count == variable.bytes, bytes.withUnsafeBytes({ CRC32C.masked(of: $0) }) == variable.checksum
        else {
            throw cannot("its values in '\(shard.name)' do not match their checksum", "download the file again")
        }
        return bytes.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map {
                Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        }
    }

    /// SHA-256 of the checkpoint's files, one a line as sha256sum(1) writes them: of the index, which has a CRC-32C of every
    /// tensor, and of the files with values when they are small or requested.
    ///
    /// - Parameter whole: whether files with values are read through, however large they are.
    /// - Throws: ``Files/Failure`` of kind `inputOutput`; of kind `noInput` when a requested file does not exist.
    public func checksums(whole: Bool) throws(Failure) -> [(sha256: String, file: String)] {
        func line(_ section: FileSection) throws(Failure) -> (String, String) {
            (try Checksum(of: section).description, section.fileName)
        }
        var checksums = [try line(indexSection)]
        if whole {
            // One after the other: the number of open files is limited.
            for number in 0..<shardCount { checksums.append(try line(files.shard(number, of: shardCount))) }
        } else if shardCount <= 16 {
            // Files that do not exist are skipped: no tensor that is needed is in them.
            let shards = (0..<shardCount).compactMap { try? files.shard($0, of: shardCount) }
            guard shards.reduce(0, { $0 + $1.count }) <= Self.hashedUnasked else { return checksums }
            for shard in shards { checksums.append(try line(shard)) }
        }
        return checksums
    }

    /// The most bytes of values that are read for a checksum without a request.
    private static let hashedUnasked = 16 << 20

    private static func cannot(_ place: String, _ why: String, _ remedy: String? = nil) -> Failure {
        Failure(.badData, "cannot read the checkpoint", at: place, why: why, remedy: remedy)
    }
}

/// The contents of a checkpoint's index, validated.
public struct BundleIndex {
    let variables: [Checkpoint.Variable]
    let shardCount: Int
    /// A variable's position, by its name's bytes: text that only looks the same is another name.
    let positions: [[UInt8]: Int]

    /// The most bytes of a message: a byte of it can become a hundred in memory.
    static let maximumMessage = 64 << 10
    /// The most shards: names have five digits.
    static let maximumShards = 99_999
    static let maximumRank = 254

    /// Reads an index.
    ///
    /// - Throws: ``SortedTable/Fault``.
    public init(_ bytes: [UInt8]) throws(SortedTable.Fault) {
        try self.init(SortedTable(bytes))
    }

    /// Reads the messages of a table.
    ///
    /// - Throws: ``SortedTable/Fault``.
    @_spi(Fuzzing) public init(_ table: SortedTable) throws(SortedTable.Fault) {
        guard let first = table.entries.first, first.key.isEmpty else {
            throw SortedTable.Fault("it has no header: it is a table, but not a checkpoint's index")
        }
        shardCount = try Self.shardCount(header: first.value)
        var variables: [Checkpoint.Variable] = []
        // Keys that begin with a zero are parts of partitioned variables.
        for entry in table.entries.dropFirst() where entry.key.first != 0 {
            variables.append(try Self.variable(entry.key, entry.value, shardCount: shardCount))
        }
        self.variables = variables
        positions = Dictionary(variables.enumerated().map { (Array($1.name.utf8), $0) }) { first, _ in first }
    }

    /// Checks the header's message.
    ///
    /// - Returns: the number of files with values.
    @_spi(Fuzzing) public static func shardCount(header bytes: ArraySlice<UInt8>) throws(SortedTable.Fault) -> Int {
        guard bytes.count <= maximumMessage,
            let header = try? Tensorflow_BundleHeaderProto(serializedBytes: Array(bytes))
        else {
            throw SortedTable.Fault("its header is damaged")
        }
        switch header.endianness {
        case .little: break
        case .big: throw SortedTable.Fault("its values are big-endian, which is not supported")
        case .UNRECOGNIZED(let value): throw SortedTable.Fault("its header has the unknown byte order \(value)")
        }
        guard header.version.minConsumer <= Checkpoint.supportedVersion else {
            throw SortedTable.Fault(
                "it needs a reader of version \(header.version.minConsumer), and this is \(Checkpoint.supportedVersion)"
            )
        }
        guard (1...maximumShards).contains(Int(header.numShards)) else {
            throw SortedTable.Fault("its header counts \(header.numShards) files of values")
        }
        return Int(header.numShards)
    }

    /// Checks a variable's message: the place of its values must agree with its shape.
    @_spi(Fuzzing) public static func variable(
        _ key: [UInt8], _ bytes: ArraySlice<UInt8>, shardCount: Int
    ) throws(SortedTable.Fault) -> Checkpoint.Variable {
        guard let name = String(validating: key, as: UTF8.self) else {
            throw SortedTable.Fault("a variable's name is not UTF-8")
        }
        func damaged(_ why: String) -> SortedTable.Fault { SortedTable.Fault("the entry '\(name)' is damaged: \(why)") }
        guard bytes.count <= maximumMessage else { throw damaged("it has \(bytes.count) bytes") }
        guard let entry = try? Tensorflow_BundleEntryProto(serializedBytes: Array(bytes)) else {
            throw damaged("it is not a message")
        }
        guard !entry.shape.unknownRank, entry.shape.dim.count <= maximumRank,
            entry.shape.dim.allSatisfy({ $0.size >= 0 })
        else { throw damaged("its shape makes no sense") }
        let shape = entry.shape.dim.map { Int($0.size) }
        let isPartitioned = !entry.slices.isEmpty
        guard isPartitioned || (0..<shardCount).contains(Int(entry.shardID)) else {
            throw damaged("it names file \(entry.shardID) of \(shardCount)")
        }
        guard entry.offset >= 0, entry.size >= 0, entry.offset <= Int64.max - entry.size else {
            throw damaged("its place makes no sense")
        }
        let type = ElementType(entry.dtype)
        if let width = type.width, !isPartitioned {
            guard let count = shape.product,
                count.multipliedReportingOverflow(by: width) == (Int(entry.size), false)
            else { throw damaged("it has \(entry.size) bytes, which do not fit its shape \(shape) of \(type.name)") }
        }
        return Checkpoint.Variable(
            name: name, shape: shape, type: type.name, bytes: Int(entry.size), isPartitioned: isPartitioned,
            isFloat32: entry.dtype == .dtFloat, shard: Int(entry.shardID), offset: Int(entry.offset),
            checksum: entry.crc32C)
    }
}

/// A type of values, by NumPy's name, and the bytes of one where they are always the same.
private struct ElementType {
    let name: String
    let width: Int?

    init(_ type: Tensorflow_DataType) {
        (name, width) =
            switch type {
            case .dtFloat: ("float32", 4)
            case .dtDouble: ("float64", 8)
            case .dtHalf: ("float16", 2)
            case .dtBfloat16: ("bfloat16", 2)
            case .dtInt8: ("int8", 1)
            case .dtInt16: ("int16", 2)
            case .dtInt32: ("int32", 4)
            case .dtInt64: ("int64", 8)
            case .dtUint8: ("uint8", 1)
            case .dtUint16: ("uint16", 2)
            case .dtUint32: ("uint32", 4)
            case .dtUint64: ("uint64", 8)
            case .dtBool: ("bool", 1)
            case .dtComplex64: ("complex64", 8)
            case .dtComplex128: ("complex128", 16)
            case .dtQint8: ("qint8", 1)
            case .dtQint16: ("qint16", 2)
            case .dtQint32: ("qint32", 4)
            case .dtQuint8: ("quint8", 1)
            case .dtQuint16: ("quint16", 2)
            case .dtString: ("string", nil)
            case .dtResource: ("resource", nil)
            case .dtVariant: ("variant", nil)
            case .dtInvalid: ("of no type", nil)
            case .UNRECOGNIZED(let value): ("of the unknown type \(value)", nil)
            }
    }
}
