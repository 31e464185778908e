// SPDX-License-Identifier: Apache-2.0
internal import CHDF5
import Files

extension HDF5File {
    /// Creates or truncates a file. Meant for the partial path of `OutputFile.write`.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate`.
    public static func create(at path: String) throws(Failure) -> HDF5Writer {
        try HDF5Writer(path: path)
    }
}

/// An HDF5 file being written: float32 datasets in one piece, groups as their names need them, and attributes.
///
/// The same calls give the same bytes: no times are stored. Call ``close()`` at the end: a failure of the last write
/// would go unnoticed. One thread at a time.
public final class HDF5Writer {
    private let path: String
    private var file: hid_t

    init(path: String) throws(Failure) {
        self.path = path
        file = try Library.locked { () throws(Failure) -> hid_t in
            func cannot() -> Failure {
                Failure(
                    .cannotCreate, "cannot write", at: path, why: "the HDF5 file cannot be created",
                    remedy: "check that the disk has space")
            }
            let access = try Handle(H5Pcreate(hdf5_file_access()), H5Pclose, orThrow: cannot())
            // The path is ours alone. A lock would outlive the file in any child process started meanwhile.
            H5Pset_file_locking(access.id, false, true)
            // Values are written immediately: libhdf5 would not report that a buffer can't be written when a dataset is closed.
            H5Pset_sieve_buf_size(access.id, 0)
            let file = H5Fcreate(path.cPath, hdf5_truncate(), 0, access.id)
            guard file >= 0 else { throw cannot() }
            return file
        }
    }

    deinit {
        try? close()
    }

    /// Writes a whole dataset.
    ///
    /// - Parameters:
    ///   - values: row-major, as many as `shape` says.
    ///   - shape: 1 to 8 dimensions, none 0.
    ///   - name: the path in the file, as `block10/relu2`; its groups are made as needed.
    /// - Throws: ``Failure`` of kind `inputOutput`.
    public func write(_ values: [Float], shape: [Int], to name: String) throws(Failure) {
        try makeDataset(name, shape: shape)
        try values.span.withUnsafeBufferPointer { buffer throws(Failure) in
            try write(buffer, toRows: 0..<shape[0], of: name)
        }
    }

    /// Creates a dataset whose values follow by rows, through ``write(_:toRows:of:)``. Rows left out are zeros.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`.
    public func makeDataset(_ name: String, shape: [Int]) throws(Failure) {
        precondition((1...StoredDataset.maximumRank).contains(shape.count) && shape.allSatisfy { $0 > 0 })
        try locked { () throws(Failure) in
            let space = try Handle(
                H5Screate_simple(Int32(shape.count), shape.map(hsize_t.init), nil), H5Sclose, orThrow: failure(name))
            let creation = try Handle(H5Pcreate(hdf5_dataset_create()), H5Pclose, orThrow: failure(name))
            H5Pset_obj_track_times(creation.id, false)
            let links = try Handle(H5Pcreate(hdf5_link_create()), H5Pclose, orThrow: failure(name))
            H5Pset_create_intermediate_group(links.id, 1)
            _ = try Handle(
                H5Dcreate2(file, name, hdf5_float32_little_endian(), space.id, links.id, creation.id, 0), H5Dclose,
                orThrow: failure(name))
        }
    }

    /// Writes rows (indices along the first axis) of a dataset made by ``makeDataset(_:shape:)``.
    ///
    /// - Parameter values: row-major, as many as the rows hold.
    /// - Throws: ``Failure`` of kind `inputOutput`.
    public func write(
        _ values: UnsafeBufferPointer<Float>, toRows rows: Range<Int>, of name: String
    ) throws(Failure) {
        if rows.isEmpty { return }
        try locked { () throws(Failure) in
            let dataset = try Handle(H5Dopen2(file, name, 0), H5Dclose, orThrow: failure(name))
            let space = try Handle(H5Dget_space(dataset.id), H5Sclose, orThrow: failure(name))
            var dimensions = [hsize_t](repeating: 0, count: Int(H5Sget_simple_extent_ndims(space.id)))
            H5Sget_simple_extent_dims(space.id, &dimensions, nil)
            precondition(rows.lowerBound >= 0 && rows.upperBound <= Int(dimensions[0]), "\(name): rows \(rows)")
            dimensions[0] = hsize_t(rows.count)
            precondition(dimensions.reduce(1, *) == values.count, "\(name): \(values.count) values for \(dimensions)")
            var start = [hsize_t](repeating: 0, count: dimensions.count)
            start[0] = hsize_t(rows.lowerBound)
            let memory = try Handle(
                H5Screate_simple(Int32(dimensions.count), dimensions, nil), H5Sclose, orThrow: failure(name))
            guard H5Sselect_hyperslab(space.id, H5S_SELECT_SET, start, nil, dimensions, nil) >= 0,
                H5Dwrite(dataset.id, hdf5_native_float(), memory.id, space.id, 0, values.baseAddress) >= 0
            else { throw failure(name) }
        }
    }

    /// Writes an integer attribute of the root, or of a dataset already made.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`, also when the attribute exists.
    public func writeAttribute(_ name: String, _ value: Int, of dataset: String? = nil) throws(Failure) {
        try attach(name, to: dataset) { Attribute.write(value, name, of: $0) }
    }

    /// Writes a string attribute of the root, or of a dataset already made.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`, also when the attribute exists.
    public func writeAttribute(_ name: String, _ value: String, of dataset: String? = nil) throws(Failure) {
        try attach(name, to: dataset) { Attribute.write(value, name, of: $0) }
    }

    /// Writes what is left and closes the file; a second call does nothing.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput`, on a full disk for instance.
    public func close() throws(Failure) {
        guard file >= 0 else { return }
        try locked { () throws(Failure) in
            let flushed = H5Fflush(file, H5F_SCOPE_LOCAL)
            let closed = H5Fclose(file)
            file = -1
            guard flushed >= 0, closed >= 0 else { throw failure(nil) }
        }
    }

    private func attach(_ name: String, to dataset: String?, _ body: (hid_t) -> Bool) throws(Failure) {
        let location = dataset.map { "\($0): \(name)" } ?? name
        try locked { () throws(Failure) in
            let object = try Handle(H5Oopen(file, dataset ?? "/", 0), H5Oclose, orThrow: failure(location))
            guard body(object.id) else { throw failure(location) }
        }
    }

    private func locked<R: ~Copyable>(_ body: () throws(Failure) -> R) throws(Failure) -> R {
        precondition(file >= 0, "'\(path)' is closed")
        return try Library.locked(body)
    }

    private func failure(_ name: String?) -> Failure {
        let place = name.map { "\(path): \($0)" } ?? path
        return Failure(
            .inputOutput, "cannot write", at: place, why: "libhdf5 reports a failure",
            remedy: "check that the disk has space")
    }
}
