// SPDX-License-Identifier: Apache-2.0
internal import CHDF5
import Files

/// A dataset that has passed the reader's checks, in this order: type, shape, layout, filters, sizes.
struct StoredDataset: ~Copyable {
    /// Its dimensions; empty for a scalar.
    let shape: [Int]
    private let handle: Handle
    private let name: String
    private let path: String

    /// The most bytes of values.
    static let maximumBytes = 4 << 30
    /// Deflate cannot compress by more than this (RFC 1951: 258 bytes by two bits).
    static let maximumDeflateRatio = 1032
    static let maximumRank = 8

    /// Takes over an opened dataset and checks it.
    ///
    /// - Parameter fileBytes: the file's size, which no unfiltered dataset can exceed.
    /// - Throws: ``Failure`` of kind `badData`.
    init(_ dataset: consuming Handle, name: String, in path: String, ofBytes fileBytes: Int) throws(Failure) {
        shape = try Self.check(dataset, fileBytes) { Self.failure(name, path, $0) }
        handle = dataset
        self.name = name
        self.path = path
    }

    /// All values, row-major.
    ///
    /// - Throws: ``Failure`` of kind `badData` when the stored bytes are missing or damaged.
    func read() throws(Failure) -> [Float] {
        let count = shape.product ?? 0
        var succeeded = false
        let values = [Float](unsafeUninitializedCapacity: count) { buffer, initialised in
            succeeded = H5Dread(handle.id, hdf5_native_float(), 0, 0, 0, buffer.baseAddress) >= 0
            initialised = succeeded ? count : 0
        }
        guard succeeded else { throw failure("its bytes are missing or damaged") }
        return values
    }

    /// What is wrong with this dataset.
    func failure(_ why: String) -> Failure { Self.failure(name, path, why) }

    private static func failure(_ name: String, _ path: String, _ why: String) -> Failure {
        Failure(.badData, "cannot read the dataset", at: "\(path): \(name)", why: why)
    }

    /// The checks; returns the shape.
    private static func check(
        _ dataset: borrowing Handle, _ fileBytes: Int, _ cannot: (String) -> Failure
    ) throws(Failure) -> [Int] {
        let type = try Handle(H5Dget_type(dataset.id), H5Tclose, orThrow: cannot("its type is damaged"))
        guard
            H5Tequal(type.id, hdf5_float32_little_endian()) > 0 || H5Tequal(type.id, hdf5_float32_big_endian()) > 0
        else { throw cannot("its values are \(describe(type: type.id)), where float32 is expected") }

        let shape = try shape(of: dataset, cannot)
        guard let bytes = (shape + [MemoryLayout<Float>.size]).product, bytes <= maximumBytes else {
            throw cannot("its shape \(shape) is too large: \(maximumBytes >> 30) GiB is the limit")
        }

        let creation = try Handle(H5Dget_create_plist(dataset.id), H5Pclose, orThrow: cannot("it is damaged"))
        let deflated = try isDeflated(creation, cannot)
        let stored = Int(clamping: H5Dget_storage_size(dataset.id))
        guard stored <= fileBytes else { throw cannot("it claims more bytes than the file has") }
        switch H5Pget_layout(creation.id) {
        case H5D_CONTIGUOUS, H5D_COMPACT:
            guard stored == bytes else { throw cannot("its shape \(shape) needs \(bytes) bytes, but it has \(stored)") }
        case H5D_CHUNKED:
            try checkChunks(creation, shape, cannot)
            let (limit, overflow) = stored.multipliedReportingOverflow(by: deflated ? maximumDeflateRatio : 1)
            guard overflow || bytes <= limit else {
                throw cannot("its shape \(shape) needs more bytes than the \(stored) stored can hold")
            }
        default: throw cannot("it is neither contiguous nor chunked")
        }
        return shape
    }

    private static func shape(of dataset: borrowing Handle, _ cannot: (String) -> Failure) throws(Failure) -> [Int] {
        let space = try Handle(H5Dget_space(dataset.id), H5Sclose, orThrow: cannot("its shape is damaged"))
        let kind = H5Sget_simple_extent_type(space.id)
        guard kind == H5S_SIMPLE || kind == H5S_SCALAR else { throw cannot("it is empty") }
        let rank = Int(H5Sget_simple_extent_ndims(space.id))
        guard (0...maximumRank).contains(rank) else { throw cannot("it has more than \(maximumRank) dimensions") }
        var dimensions = [hsize_t](repeating: 0, count: rank)
        guard rank == 0 || H5Sget_simple_extent_dims(space.id, &dimensions, nil) == Int32(rank) else {
            throw cannot("its shape is damaged")
        }
        let shape = dimensions.map(Int.init(clamping:))
        guard !shape.contains(0) else { throw cannot("its shape \(shape) is empty") }
        return shape
    }

    /// Whether the values are deflated: with no filter but deflate allowed.
    private static func isDeflated(
        _ creation: borrowing Handle, _ cannot: (String) -> Failure
    ) throws(Failure) -> Bool {
        guard H5Pget_external_count(creation.id) == 0 else { throw cannot("its values are in another file") }
        let filters = H5Pget_nfilters(creation.id)
        if filters == 0 { return false }
        guard filters == 1, H5Pget_filter2(creation.id, 0, nil, nil, nil, 0, nil, nil) == H5Z_FILTER_DEFLATE else {
            throw cannot("it uses filters other than deflate (gzip)")
        }
        return true
    }

    /// Chunks larger than the dataset are useless, and make libhdf5 read past the end of the inflated data.
    private static func checkChunks(
        _ creation: borrowing Handle, _ shape: [Int], _ cannot: (String) -> Failure
    ) throws(Failure) {
        var dimensions = [hsize_t](repeating: 0, count: maximumRank)
        guard H5Pget_chunk(creation.id, Int32(maximumRank), &dimensions) == Int32(shape.count) else {
            throw cannot("its chunks are damaged")
        }
        let chunk = dimensions.prefix(shape.count).map(Int.init(clamping:))
        guard zip(chunk, shape).allSatisfy({ (1...$1).contains($0) }) else {
            throw cannot("its chunks, \(chunk), are larger than its shape, \(shape)")
        }
    }
}

/// A type in words, as `float64` or `a string`.
private func describe(type: hid_t) -> String {
    let bits = H5Tget_size(type) * 8
    switch H5Tget_class(type) {
    case H5T_FLOAT where bits <= 128: return bits == 32 ? "a float32 that is not IEEE's" : "float\(bits)"
    case H5T_INTEGER where bits <= 64: return H5Tget_sign(type) == H5T_SGN_NONE ? "uint\(bits)" : "int\(bits)"
    case H5T_STRING: return "strings"
    default: return "of another type"
    }
}
