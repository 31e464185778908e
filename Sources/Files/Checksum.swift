// SPDX-License-Identifier: Apache-2.0
import CCrypto
import Glibc

/// A SHA-256 digest (FIPS 180-4), computed by OpenSSL.
public struct Checksum: Hashable, CustomStringConvertible, Sendable {
    /// 64 lower-case hexadecimal digits.
    public let description: String

    /// The digest of a file's bytes.
    ///
    /// - Throws: ``Failure`` of kind `noInput` when the file cannot be opened, `inputOutput` when reading fails.
    public init(ofFile path: String) throws(Failure) {
        try self.init(of: FileSection(ofFile: path))
    }

    /// The digest of a file's bytes or a part of them, read in pieces of 1 MiB.
    ///
    /// - Throws: ``Failure`` of kind `inputOutput` when reading fails.
    public init(of section: FileSection) throws(Failure) {
        var digest = SHA256()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var position = 0
        while true {
            let count = try buffer.withUnsafeMutableBufferPointer { buffer throws(Failure) in
                try section.read(into: UnsafeMutableRawBufferPointer(buffer), at: position)
            }
            if count == 0 { break }
            buffer.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            position += count
        }
        description = digest.finish()
    }

    /// The digest of float32 values, little-endian, one array after the other.
    public init(of arrays: some Sequence<[Float]>) {
        var digest = SHA256()
        for array in arrays {
            #if _endian(little)
                array.withUnsafeBytes { digest.update($0) }
            #else
                array.map { $0.bitPattern.littleEndian }.withUnsafeBytes { digest.update($0) }
            #endif
        }
        description = digest.finish()
    }

    /// The digest of bytes in memory.
    public init(of bytes: UnsafeRawBufferPointer) {
        var digest = SHA256()
        digest.update(bytes)
        description = digest.finish()
    }
}

/// Opens a regular file for reading; the failures that a user can cause have different reasons.
///
/// - Returns: a file descriptor, which the caller closes.
/// - Throws: ``Failure`` of kind `noInput`.
public func openForReading(_ path: String) throws(Failure) -> Int32 {
    func cannot(_ why: String) -> Failure { Failure(.noInput, "cannot read", at: path, why: why) }
    let descriptor = open(path.cPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
        throw errno == ENOENT ? cannot("there is no such file") : cannot(systemError(errno))
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        close(descriptor)
        throw cannot(status.st_mode & S_IFMT == S_IFDIR ? "it is a folder" : "it is not a regular file")
    }
    return descriptor
}

/// OpenSSL's streaming digest. Its calls fail only when memory runs out or a context is misused.
struct SHA256: ~Copyable {
    private let context = EVP_MD_CTX_new()

    init() {
        let started = EVP_DigestInit_ex(context, EVP_sha256(), nil)
        precondition(started == 1, "OpenSSL offers no SHA-256")
    }

    deinit { EVP_MD_CTX_free(context) }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        let updated = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
        precondition(updated == 1, "SHA-256 failed")
    }

    mutating func finish() -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        let finished = EVP_DigestFinal_ex(context, &bytes, nil)
        precondition(finished == 1, "SHA-256 failed")
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
