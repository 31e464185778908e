// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Foundation
import TestSupport

/// The built program, run as a user would.
struct ProgramUnderTest {
    struct Ended {
        var status: Int32
        var output: String
        var errors: String
        /// Standard error as lines.
        var errorLines: [String] { errors.split(separator: "\n").map(String.init) }
    }

    static let path = Fixtures.products.appendingPathComponent("wavestyle").path

    /// Runs the program to its end.
    ///
    /// - Parameters:
    ///   - folder: its current folder.
    ///   - afterStart: called with the process once it runs.
    static func run(
        _ arguments: [String], in folder: TemporaryFolder, environment: [String: String] = [:],
        executable: String = path, afterStart: (Process) throws -> Void = { _ in }
    ) throws -> Ended {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.environment = ProcessInfo.processInfo.environment
            .merging(["XDG_DATA_HOME": folder.path, "WAVESTYLE_HOME": folder.path, "COLUMNS": "80"]) { $1 }
            .merging(environment) { $1 }
        // Files, not pipes: a full pipe would stop the program.
        let streams = try ["out", "err"].map { name -> FileHandle in
            let path = NSTemporaryDirectory() + "wavestyle-\(UUID().uuidString).\(name)"
            try Data().write(to: URL(fileURLWithPath: path))
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try FileManager.default.removeItem(atPath: path)
            return handle
        }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = streams[0]
        process.standardError = streams[1]
        try process.run()
        try afterStart(process)
        process.waitUntilExit()
        let texts = try streams.map { stream -> String in
            try stream.seek(toOffset: 0)
            return String(decoding: try stream.readToEnd() ?? Data(), as: UTF8.self)
        }
        return Ended(status: process.terminationStatus, output: texts[0], errors: texts[1])
    }
}

/// Short sounds for the command line's tests.
struct TestSounds {
    let folder: TemporaryFolder
    let content: String
    let style: String

    /// A content of `seconds` and a style of half a second, as float wav at 16 kHz.
    init(seconds: Double = 0.25) throws {
        folder = try TemporaryFolder()
        content = try Self.write(Self.tone(220, seconds: seconds), in: folder, "content.wav")
        style = try Self.write(Self.tone(660, seconds: 0.5), in: folder, "style.wav")
    }

    static func tone(_ hertz: Double, seconds: Double, rate: Int = 16_000, channels: Int = 1) -> Waveform {
        let samples = (0..<Int(seconds * Double(rate))).map { index in
            Float(0.5 * sin(2 * .pi * hertz * Double(index) / Double(rate)))
        }
        return Waveform(
            channels: (0..<channels).map { channel in samples.map { $0 / Float(channel + 1) } }, sampleRate: rate)
    }

    @discardableResult
    static func write(_ waveform: Waveform, in folder: TemporaryFolder, _ name: String) throws -> String {
        let path = folder.file(name)
        let format = try AudioFormat(path: path, sampleFormat: path.hasSuffix(".wav") ? .float32 : nil)
        try AudioFile.write(waveform, to: path, as: format)
        return path
    }
}
