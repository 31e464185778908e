// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A sound file as ffmpeg sees and makes it: a program that shares no decoder settings, orders or layouts with ours.
public struct ForeignSound {
    /// As ffprobe names it: `5.1`, `unknown`.
    public let layout: String
    /// `[channels][frames]` in ffmpeg's order, which is WAVE's.
    public let channels: [[Float]]

    /// Decodes a file.
    public init(_ path: String) throws {
        let entries = ["-show_entries", "stream=channels,channel_layout", "-of", "csv=p=0"]
        let described = try Self.run("ffprobe", ["-select_streams", "a:0"] + entries + [path])
        let fields = String(decoding: described, as: UTF8.self).split { ",\n".contains($0) }
        let count = fields.first.flatMap { Int($0) } ?? 0
        layout = fields.count > 1 ? String(fields[1]) : "unknown"
        let samples = try Self.run("ffmpeg", ["-i", path, "-f", "f32le", "-c:a", "pcm_f32le", "-"])
            .withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        channels = (0..<count).map { c in stride(from: c, to: samples.count, by: count).map { samples[$0] } }
    }

    /// Runs a program of ffmpeg with arguments that follow the input's or the output's; what it says on standard error is the test's.
    ///
    /// - Returns: its standard output.
    @discardableResult
    public static func run(_ program: String, _ arguments: [String]) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program, "-v", "error"] + (program == "ffmpeg" ? ["-nostdin", "-y"] : []) + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw CocoaError(.executableLoad, userInfo: [NSLocalizedDescriptionKey: "\(program) \(arguments) failed"])
        }
        return output
    }
}
