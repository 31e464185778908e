// SPDX-License-Identifier: Apache-2.0
internal import CHDF5
import Files

/// Reading and writing single integers and strings as attributes. Called inside ``Library/locked(_:)``.
enum Attribute {
    /// Bytes of a string, at most.
    static let maximumLength = 64 << 10

    /// One integer; nil when `object` has no attribute of this name.
    static func integer(_ name: String, of object: hid_t, in path: String) throws(Failure) -> Int? {
        guard let attribute = try open(name, of: object, in: path) else { return nil }
        let type = try Handle(H5Aget_type(attribute.id), H5Tclose, orThrow: failure(name, path, "it is damaged"))
        guard H5Tget_class(type.id) == H5T_INTEGER, H5Tget_size(type.id) <= 8 else {
            throw failure(name, path, "it is not an integer")
        }
        var value: Int64 = 0
        guard H5Aread(attribute.id, hdf5_native_int64(), &value) >= 0 else {
            throw failure(name, path, "it is damaged")
        }
        return Int(value)
    }

    /// One string, of fixed or variable length; nil when `object` has no attribute of this name.
    static func string(_ name: String, of object: hid_t, in path: String) throws(Failure) -> String? {
        guard let attribute = try open(name, of: object, in: path) else { return nil }
        let type = try Handle(H5Aget_type(attribute.id), H5Tclose, orThrow: failure(name, path, "it is damaged"))
        guard H5Tget_class(type.id) == H5T_STRING else { throw failure(name, path, "it is not a string") }
        let memory = try Handle(H5Tcopy(type.id), H5Tclose, orThrow: failure(name, path, "it is damaged"))
        if H5Tis_variable_str(type.id) > 0 {
            var text: UnsafeMutablePointer<CChar>?
            guard H5Aread(attribute.id, memory.id, &text) >= 0, let text else {
                throw failure(name, path, "it is damaged")
            }
            defer { H5free_memory(text) }
            return String(cString: text)
        }
        let length = H5Tget_size(type.id)
        guard length <= maximumLength else { throw failure(name, path, "it is longer than \(maximumLength) bytes") }
        var bytes = [UInt8](repeating: 0, count: length)
        guard H5Aread(attribute.id, memory.id, &bytes) >= 0 else { throw failure(name, path, "it is damaged") }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Writes an integer as int64.
    static func write(_ value: Int, _ name: String, of object: hid_t) -> Bool {
        var stored = Int64(value)
        return write(name, of: object, type: hdf5_int64_little_endian(), memory: hdf5_native_int64(), &stored)
    }

    /// Writes a string of fixed length in UTF-8.
    static func write(_ value: String, _ name: String, of object: hid_t) -> Bool {
        let type = H5Tcopy(hdf5_c_string())
        defer { H5Tclose(type) }
        var bytes = Array(value.utf8) + [0]
        guard H5Tset_size(type, bytes.count) >= 0, H5Tset_cset(type, H5T_CSET_UTF8) >= 0 else { return false }
        return write(name, of: object, type: type, memory: type, &bytes)
    }

    private static func write(
        _ name: String, of object: hid_t, type: hid_t, memory: hid_t, _ value: UnsafeRawPointer
    ) -> Bool {
        let space = H5Screate(H5S_SCALAR)
        defer { H5Sclose(space) }
        let attribute = H5Acreate2(object, name, type, space, 0, 0)
        guard attribute >= 0 else { return false }
        defer { H5Aclose(attribute) }
        return H5Awrite(attribute, memory, value) >= 0
    }

    /// Opens an attribute that holds one value.
    private static func open(_ name: String, of object: hid_t, in path: String) throws(Failure) -> Handle? {
        let exists = H5Aexists(object, name)
        guard exists >= 0 else { throw failure(name, path, "it is damaged") }
        if exists == 0 { return nil }
        let attribute = try Handle(H5Aopen(object, name, 0), H5Aclose, orThrow: failure(name, path, "it is damaged"))
        let space = try Handle(H5Aget_space(attribute.id), H5Sclose, orThrow: failure(name, path, "it is damaged"))
        guard H5Sget_simple_extent_npoints(space.id) == 1 else { throw failure(name, path, "it is not a single value") }
        return attribute
    }

    private static func failure(_ name: String, _ path: String, _ why: String) -> Failure {
        Failure(.badData, "cannot read the attribute", at: "\(path): \(name)", why: why)
    }
}
