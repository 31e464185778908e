// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Foundation
import TestSupport
import Testing

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
    ///   - afterStart: called with the process once it runs, and with what it has said on standard error so far.
    static func run(
        _ arguments: [String], in folder: TemporaryFolder, environment: [String: String] = [:],
        executable: String = path, afterStart: (Process, () -> String) throws -> Void = { _, _ in }
    ) throws -> Ended {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.environment = ProcessInfo.processInfo.environment
            .merging(["XDG_DATA_HOME": folder.path, "WAVESTYLE_HOME": folder.path, "COLUMNS": "80"]) { $1 }
            .merging(environment) { $1 }
        // Files, not pipes: a full pipe would stop the program.
        let streams = try TemporaryFolder()
        func text(_ name: String) -> String {
            String(decoding: FileManager.default.contents(atPath: streams.file(name)) ?? Data(), as: UTF8.self)
        }
        let handles = try ["out", "err"].map { name -> FileHandle in
            try Data().write(to: URL(fileURLWithPath: streams.file(name)))
            return try FileHandle(forWritingTo: URL(fileURLWithPath: streams.file(name)))
        }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handles[0]
        process.standardError = handles[1]
        try process.run()
        try afterStart(process) { text("err") }
        process.waitUntilExit()
        return Ended(status: process.terminationStatus, output: text("out"), errors: text("err"))
    }
}

extension ProgramUnderTest {
    /// The children that a process has.
    static func children(of process: Process) -> [pid_t] {
        let processes = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
        return processes.filter { child in
            // proc_pid_stat(5): `12 (name) R 1 ...`, the parent after the state.
            let fields = (try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8))?
                .split(separator: ")").last?.split(separator: " ")
            return fields.map { $0.count > 1 && $0[0] != "Z" && pid_t($0[1]) == process.processIdentifier } ?? false
        }
    }

    /// Ends the child that a process has, by SIGKILL, as the system does when memory runs out.
    static func killChild(of process: Process) throws {
        let children = children(of: process)
        try #require(children.count == 1)
        kill(children[0], SIGKILL)
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
