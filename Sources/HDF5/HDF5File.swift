// SPDX-License-Identifier: Apache-2.0
internal import CHDF5
import Files
import Glibc

/// An HDF5 file opened for reading.
///
/// Only what our own files need is read: float32 datasets at hard links, contiguous or chunked, plain or
/// deflated (`StoredDataset.swift` has the list), and integers and strings as attributes of the root. Anything else is
/// refused before memory is allocated. libhdf5 1.10 itself crashes on some ill-formed files: parse untrusted files in
/// a process of their own.
public final class HDF5File: Sendable {
    /// The file's path, as it was given.
    public let path: String
    private let file: hid_t
    /// The file's size.
    public let byteCount: Int

    /// Groups within groups, at most; also the parts of a dataset's name.
    static let maximumDepth = 16
    /// Links that ``datasetPaths()`` looks at before it gives up.
    static let maximumLinks = 100_000

    /// Opens a file.
    ///
    /// - Throws: ``Failure`` of kind `noInput` when it cannot be opened, `badData` when it is not an HDF5 file, is
    ///   truncated or damaged.
    public init(readingFrom path: String) throws(Failure) {
        let descriptor = try openForReading(path)
        var status = stat()
        fstat(descriptor, &status)
        close(descriptor)
        self.path = path
        byteCount = Int(status.st_size)
        file = try Library.locked { () throws(Failure) -> hid_t in
            func cannot(_ why: String) -> Failure { Failure(.badData, "cannot read the HDF5 file", at: path, why: why) }
            guard H5Fis_hdf5(path.cPath) > 0 else { throw cannot("it is not an HDF5 file") }
            let access = try Handle(H5Pcreate(hdf5_file_access()), H5Pclose, orThrow: cannot("out of memory"))
            H5Pset_fclose_degree(access.id, H5F_CLOSE_STRONG)
            // Locks fail on some network disks, and a file that is being written is recognised as damaged.
            H5Pset_file_locking(access.id, false, true)
            // Chunks are read whole and once: a cache of 1 MiB is enough.
            H5Pset_cache(access.id, 0, 521, 1 << 20, 1)
            let file = H5Fopen(path.cPath, hdf5_read_only(), access.id)
            guard file >= 0 else { throw cannot("it is truncated or damaged") }
            return file
        }
    }

    deinit {
        let file = self.file
        _ = try? Library.locked { () throws(Failure) in H5Fclose(file) }
    }

    /// The shape of a dataset, after all the checks that reading makes.
    ///
    /// - Throws: ``Failure`` of kind `badData` naming file and dataset.
    public func shape(of name: String) throws(Failure) -> [Int] {
        try Library.locked { () throws(Failure) in try dataset(name).shape }
    }

    /// Whether something of this name exists: a dataset, a group, or a link of any kind as the name's last part.
    public func contains(_ name: String) -> Bool {
        let found = try? Library.locked { () throws(Failure) in
            let parts = name.split(separator: "/")
            for end in parts.indices {
                let prefix = parts[...end].joined(separator: "/")
                var (kind, address) = (H5L_TYPE_ERROR, UInt64(0))
                guard H5Lexists(file, prefix, 0) > 0, hdf5_link(file, prefix, &kind, &address) >= 0,
                    kind == H5L_TYPE_HARD || end == parts.endIndex - 1
                else { return false }
            }
            return true
        }
        return found ?? false
    }

    /// Reads a whole dataset.
    ///
    /// - Returns: its values, row-major, and its shape.
    /// - Throws: ``Failure`` of kind `badData` naming file and dataset.
    public func readFloats(_ name: String) throws(Failure) -> (values: [Float], shape: [Int]) {
        try Library.locked { () throws(Failure) in
            let dataset = try dataset(name)
            return (try dataset.read(), dataset.shape)
        }
    }

    /// Reads a whole dataset that must have a certain shape.
    ///
    /// - Throws: ``Failure`` of kind `badData` naming file and dataset, with both shapes when they differ.
    public func readFloats(_ name: String, expecting shape: [Int]) throws(Failure) -> [Float] {
        try Library.locked { () throws(Failure) in
            let dataset = try dataset(name)
            guard dataset.shape == shape else {
                throw dataset.failure("its shape is \(dataset.shape), where \(shape) is expected")
            }
            return try dataset.read()
        }
    }

    /// The paths of all datasets at hard links, as `block1/relu1`, in the order of their names' bytes. A group with several
    /// paths is entered once.
    ///
    /// - Throws: ``Failure`` of kind `badData` when the file is damaged, or has more than 100,000 links or groups
    ///   deeper than 16.
    public func datasetPaths() throws(Failure) -> [String] {
        try Library.locked { () throws(Failure) in
            var walk = Walk(path: path)
            let root = try Handle(H5Gopen2(file, "/", 0), H5Gclose, orThrow: walk.failure("it has no root"))
            try walk.enter(root.id, prefix: "", depth: 1)
            return walk.datasets
        }
    }

    /// An integer attribute of the root; nil when there is none of this name.
    ///
    /// - Throws: ``Failure`` of kind `badData` when it is not one integer.
    public func integerAttribute(_ name: String) throws(Failure) -> Int? {
        try Library.locked { () throws(Failure) in try Attribute.integer(name, of: file, in: path) }
    }

    /// A string attribute of the root; nil when there is none of this name.
    ///
    /// - Throws: ``Failure`` of kind `badData` when it is not one string of at most 64 KiB.
    public func stringAttribute(_ name: String) throws(Failure) -> String? {
        try Library.locked { () throws(Failure) in try Attribute.string(name, of: file, in: path) }
    }

    /// Opens a dataset, one hard link after the other.
    private func dataset(_ name: String) throws(Failure) -> StoredDataset {
        func cannot(_ why: String) -> Failure {
            Failure(.badData, "cannot read the dataset", at: "\(path): \(name)", why: why)
        }
        let parts = name.split(separator: "/").map(String.init)
        guard (1...Self.maximumDepth).contains(parts.count) else { throw cannot("this is not a dataset's name") }
        var object = try Handle(H5Gopen2(file, "/", 0), H5Gclose, orThrow: cannot("the file has no root"))
        for part in parts {
            guard H5Iget_type(object.id) == H5I_GROUP else { throw cannot("there is no such dataset") }
            let exists = H5Lexists(object.id, part, 0)
            guard exists > 0 else { throw cannot(exists == 0 ? "there is no such dataset" : "the file is damaged") }
            var (kind, address) = (H5L_TYPE_ERROR, UInt64(0))
            guard hdf5_link(object.id, part, &kind, &address) >= 0 else { throw cannot("the file is damaged") }
            guard kind == H5L_TYPE_HARD else {
                throw cannot("it is a soft or external link, which is not followed")
            }
            object = try Handle(H5Oopen(object.id, part, 0), H5Oclose, orThrow: cannot("the file is damaged"))
        }
        guard H5Iget_type(object.id) == H5I_DATASET else { throw cannot("it is a group, not a dataset") }
        return try StoredDataset(object, name: name, in: path, ofBytes: byteCount)
    }
}

/// Collects dataset paths over groups.
private struct Walk {
    let path: String
    var datasets: [String] = []
    private var links = 0
    private var entered: Set<UInt64> = []

    init(path: String) {
        self.path = path
    }

    func failure(_ why: String) -> Failure { Failure(.badData, "cannot list the datasets", at: path, why: why) }

    mutating func enter(_ group: hid_t, prefix: String, depth: Int) throws(Failure) {
        guard depth <= HDF5File.maximumDepth else { throw failure("its groups are nested too deeply") }
        for name in try names(in: group) {
            var (kind, address) = (H5L_TYPE_ERROR, UInt64(0))
            guard hdf5_link(group, name, &kind, &address) >= 0 else { throw failure("it is damaged") }
            guard kind == H5L_TYPE_HARD else { continue }
            let object = try Handle(H5Oopen(group, name, 0), H5Oclose, orThrow: failure("it is damaged"))
            switch H5Iget_type(object.id) {
            case H5I_DATASET: datasets.append(prefix + name)
            case H5I_GROUP where entered.insert(address).inserted:
                try enter(object.id, prefix: "\(prefix)\(name)/", depth: depth + 1)
            default: break
            }
        }
    }

    private mutating func names(in group: hid_t) throws(Failure) -> [String] {
        var info = H5G_info_t()
        guard H5Gget_info(group, &info) >= 0 else { throw failure("it is damaged") }
        var names: [String] = []
        for index in 0..<info.nlinks {
            links += 1
            guard links <= HDF5File.maximumLinks else {
                throw failure("it has more than \(HDF5File.maximumLinks) links")
            }
            var buffer = [CChar](repeating: 0, count: 1024)
            let length = H5Lget_name_by_idx(
                group, ".", H5_INDEX_NAME, H5_ITER_INC, index, &buffer, buffer.count, 0)
            guard (1..<buffer.count).contains(length) else { throw failure("it has a link without a proper name") }
            names.append(String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        return names
    }
}
