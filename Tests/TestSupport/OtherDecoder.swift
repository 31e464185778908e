// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The program ffmpeg, which `make test` installs: it decodes and makes sounds, so that ours are not compared with themselves.
public enum OtherDecoder {
    /// A sound's samples, `[channels][frames]`.
    ///
    /// - Parameters:
    ///   - channels: how many it has.
    ///   - rate: in hertz; its own by default, which for Opus is always 48 kHz.
    public static func samples(_ path: String, channels: Int, at rate: Int? = nil) throws -> [[Float]] {
        // What a broken file makes it complain of is no error.
        let form = (rate.map { ["-ar", "\($0)"] } ?? []) + ["-f", "f32le", "-"]
        let bytes = try run(["-v", "quiet", "-i", path] + form, checked: false)
        let values = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        return (0..<channels).map { c in stride(from: c, to: values.count, by: channels).map { values[$0] } }
    }

    /// Makes a file.
    public static func make(_ path: String, _ arguments: [String]) throws {
        _ = try run(["-v", "error", "-y"] + arguments + [path], checked: true)
    }

    /// What it writes to a pipe, where it cannot go back to put sizes.
    public static func streamed(_ arguments: [String]) throws -> [UInt8] {
        Array(try run(["-v", "error"] + arguments + ["-"], checked: true))
    }

    private static func run(_ arguments: [String], checked: Bool) throws -> Data {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/ffmpeg")
        process.arguments = arguments
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 || !checked else { throw CocoaError(.executableLoad) }
        return data
    }
}
