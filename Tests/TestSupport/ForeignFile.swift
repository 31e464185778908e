// SPDX-License-Identifier: Apache-2.0
import CHDF5

/// An HDF5 file made with libhdf5's own calls, to have in it what our writer never writes.
public final class ForeignFile {
    public let id: hid_t

    public init(_ path: String) {
        id = H5Fcreate(path, hdf5_truncate(), 0, 0)
        precondition(id >= 0)
    }

    deinit { H5Fclose(id) }

    /// How a dataset is stored.
    public struct Storage: Sendable {
        /// An HDF5 type.
        public var type: hid_t
        /// Contiguous, compact or chunked.
        public var layout: H5D_layout_t
        /// The chunks' shape.
        public var chunk: [hsize_t]
        /// Called with the dataset's creation list, for filters and the like.
        public var configure: @Sendable (hid_t) -> Void

        /// By default as our own writer stores.
        public init(
            type: hid_t = hdf5_float32_little_endian(), layout: H5D_layout_t = H5D_CONTIGUOUS, chunk: [hsize_t] = [],
            configure: @escaping @Sendable (hid_t) -> Void = { _ in }
        ) {
            (self.type, self.layout, self.chunk, self.configure) = (type, layout, chunk, configure)
        }
    }

    /// Makes a dataset, with its values unless they are nil.
    public func dataset(_ name: String, shape: [hsize_t], _ values: [Float]?, _ storage: Storage = Storage()) {
        let creation = H5Pcreate(hdf5_dataset_create())
        defer { H5Pclose(creation) }
        H5Pset_layout(creation, storage.layout)
        if !storage.chunk.isEmpty { H5Pset_chunk(creation, Int32(storage.chunk.count), storage.chunk) }
        storage.configure(creation)
        let space = H5Screate_simple(Int32(shape.count), shape, nil)
        defer { H5Sclose(space) }
        let dataset = H5Dcreate2(id, name, storage.type, space, 0, creation, 0)
        precondition(dataset >= 0, "cannot make \(name)")
        defer { H5Dclose(dataset) }
        if let values { precondition(H5Dwrite(dataset, hdf5_native_float(), 0, 0, 0, values) >= 0) }
    }

    /// Puts bytes where a dataset's first chunk should be, as if its filters had made them.
    public func overwriteChunk(of name: String, rank: Int, with bytes: [UInt8]) {
        let dataset = H5Dopen2(id, name, 0)
        defer { H5Dclose(dataset) }
        let origin = [hsize_t](repeating: 0, count: rank)
        precondition(H5Dwrite_chunk(dataset, 0, 0, origin, bytes.count, bytes) >= 0)
    }

    public func group(_ name: String) { H5Gclose(H5Gcreate2(id, name, 0, 0, 0)) }
    public func softLink(_ name: String, to target: String) { H5Lcreate_soft(target, id, name, 0, 0) }
    public func externalLink(_ name: String, to path: String, _ target: String) {
        H5Lcreate_external(path, target, id, name, 0, 0)
    }
    public func hardLink(_ name: String, to target: String) { H5Lcreate_hard(id, target, id, name, 0, 0) }

    /// A string attribute of the root of variable length, as h5py writes it.
    public func variableString(_ name: String, _ value: String) {
        let type = H5Tcopy(hdf5_c_string())
        H5Tset_size(type, hdf5_variable_length())
        let space = H5Screate(H5S_SCALAR)
        let attribute = H5Acreate2(id, name, type, space, 0, 0)
        value.withCString { text in
            var text: UnsafePointer<CChar>? = text
            _ = H5Awrite(attribute, type, &text)
        }
        H5Aclose(attribute)
        H5Sclose(space)
        H5Tclose(type)
    }
}
