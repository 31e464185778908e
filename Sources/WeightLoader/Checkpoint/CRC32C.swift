// SPDX-License-Identifier: Apache-2.0

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4), and the masked form that LevelDB and TensorFlow store: a checksum of bytes
/// that hold checksums would be weak.
enum CRC32C {
    /// The reflected polynomial 0x1EDC6F41's remainders of all bytes.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    }

    /// The checksum of bytes.
    static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        table.withUnsafeBufferPointer { table in
            ~bytes.reduce(~0) { value, byte in table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ value >> 8 }
        }
    }

    /// The checksum of bytes as it is stored.
    static func masked(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        let value = checksum(of: bytes)
        return (value >> 15 | value << 17) &+ 0xA282_EAD8
    }
}
