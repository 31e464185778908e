// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A file that holds a value, its arrays bit for bit, and a checksum of everything, so that a torn or changed file is never taken
/// for a whole one.
///
///     wavestyle checkpoint 1\n
///     bytes of JSON, decimal\n
///     JSON, then the arrays of all ``StoredArray`` one after the other, in the machine's byte order
///     SHA-256 of all that, 64 hexadecimal digits\n
public enum CheckpointFile {
    private static let magic = "wavestyle checkpoint 1\n"
    private static let checksumBytes = 65
    /// The JSON is small: settings, losses and a trace.
    private static let maximumJSON = 1 << 30

    /// Writes a value to a path: ``OutputFile`` gives one, and brings the file into place.
    ///
    /// - Returns: the file's length in bytes.
    /// - Throws: ``Failure`` of kind `cannotCreate` or `inputOutput`, and what the value throws.
    public static func write(_ value: some Encodable, to path: String) throws -> Int {
        let (encoder, arrays) = (JSONEncoder(), ArrayCollector())
        encoder.userInfo[.arrays] = arrays
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let json = try encoder.encode(value)
        let head = Array("\(magic)\(json.count)\n".utf8)
        let writer = try LineWriter(path: path)
        var digest = SHA256()
        func put(_ bytes: UnsafeRawBufferPointer) throws {
            digest.update(bytes)
            try writer.write(bytes: bytes)
        }
        try head.withUnsafeBytes(put)
        try json.withUnsafeBytes(put)
        for piece in arrays.pieces { try piece(put) }
        try writer.write(digest.finish() + "\n")
        try writer.close()
        return head.count + json.count + arrays.count + checksumBytes
    }

    /// Reads a value.
    ///
    /// - Throws: ``Failure`` of kind `noInput` where there is no such file, `badData` where it is not whole.
    public static func read<Value: Decodable>(_: Value.Type, from path: String) throws(Failure) -> Value {
        let file = try FileSection(ofFile: path)
        func broken(_ why: String) -> Failure { Failure(.badData, "cannot use the checkpoint", at: path, why: why) }
        let head = String(decoding: try file.bytes(0..<64), as: UTF8.self)
        guard head.hasPrefix(magic) else { throw broken("it is not a checkpoint of this version") }
        let end = file.count - checksumBytes
        guard let count = Int(head.dropFirst(magic.count).prefix { $0 != "\n" }), (2...maximumJSON).contains(count)
        else {
            throw broken("it is damaged")
        }
        let start = magic.utf8.count + "\(count)\n".utf8.count
        guard end - start >= count,
            String(decoding: try file.bytes(end..<file.count), as: UTF8.self)
                == (try Checksum(of: file.part(0..<end, named: "content")).description + "\n")
        else { throw broken("it is damaged") }
        let decoder = JSONDecoder()
        decoder.userInfo[.arrays] = StoredBytes(section: file.part(start + count..<end, named: "arrays"))
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do {
            return try decoder.decode(Value.self, from: Data(try file.bytes(start..<start + count)))
        } catch let failure as Failure {
            throw failure
        } catch {
            throw broken("it is of another version")
        }
    }
}
