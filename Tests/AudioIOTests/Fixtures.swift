// SPDX-License-Identifier: Apache-2.0

import AudioIO
import Files
import Glibc

/// A new folder for one test, removed with all that is in it.
final class Folder {
    let path: String

    init() throws {
        var template = Array("/tmp/audio-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure(.cannotCreate, "cannot make a folder", why: systemError(errno))
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in names { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    /// What is in the folder.
    var names: [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes bytes under a name and returns the path.
    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = self(name)
        let descriptor = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o666)
        defer { close(descriptor) }
        guard descriptor >= 0, write(descriptor, bytes, bytes.count) == bytes.count else {
            throw Failure(.cannotCreate, "cannot write", at: path, why: systemError(errno))
        }
        return path
    }

    /// The bytes of a file of at most 1 MiB.
    func bytes(_ name: String) throws -> [UInt8] {
        let descriptor = try openForReading(self(name))
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = read(descriptor, &bytes, bytes.count)
        return Array(bytes.prefix(count))
    }
}

/// A sound with structure in time, so that a shift cannot hide: two tones under a slow envelope.
func music(rate: Int, count: Int, channels: Int) -> Waveform {
    Waveform(
        channels: (1...channels).map { channel in
            (0..<count).map { t in
                let time = Double(t) / Double(rate)
                let tones = sin(2 * .pi * 310 * Double(channel) * time) + 0.5 * sin(2 * .pi * 1_130 * time)
                return Float(0.4 * tones * (0.6 + 0.4 * sin(2 * .pi * (3 + 40 * time) * time)))
            }
        }, sampleRate: rate)
}

/// A wav file made by hand.
///
/// - Parameters:
///   - encoding: 1 for integers, 3 for floats.
///   - declared: the data's length as the header gives it; the true one by default.
func wav(
    encoding: UInt16 = 1, bits: UInt16 = 16, rate: UInt32 = 16_000, channels: UInt16 = 1, data: [UInt8],
    declared: UInt32? = nil
) -> [UInt8] {
    let length = declared ?? UInt32(data.count)
    let frame = channels * bits / 8
    let chunk =
        Array("WAVEfmt ".utf8) + little(UInt32(16)) + little(encoding) + little(channels) + little(rate)
        + little(rate &* UInt32(frame)) + little(frame) + little(bits) + Array("data".utf8) + little(length)
    return Array("RIFF".utf8) + little(length &+ UInt32(chunk.count)) + chunk + data
}

/// The bytes of an integer, the lowest first.
func little(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

/// Floats as the data of a wav file.
func little(_ samples: [Float]) -> [UInt8] { samples.flatMap { little($0.bitPattern) } }

/// What `body` throws, if it is a ``Failure``.
func failure(_ body: () throws -> Void) -> Failure? {
    do { try body() } catch { return error as? Failure }
    return nil
}
