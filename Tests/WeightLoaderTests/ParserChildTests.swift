// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing
import WeightLoader

/// Children that do what they should not; each is a shell script in the program's place.
@Suite struct ParserChildTests {
    private let folder: TemporaryFolder
    private let weights = Fixtures.path("nsynth-tiny/weights.h5")

    init() throws {
        folder = try TemporaryFolder()
    }

    private func failure(of script: String, timeLimit: Double = 20) throws -> Failure? {
        let program = folder.file("child")
        try "#!/bin/sh\n\(script)\n".write(toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let parser = UntrustedParser(executable: program, timeLimit: timeLimit)
        return #expect(throws: Failure.self) { try parser.parse(weights) }
    }

    @Test(arguments: ["SEGV", "ABRT", "XCPU", "KILL"]) func deathBySignal(_ signal: String) throws {
        let failure = try failure(of: "kill -\(signal) $$")
        #expect(failure?.kind == .badData && failure?.location == weights)
        #expect(failure?.why.contains("crashed") == true)
    }

    /// The real program's answer, cut short or with more behind it, or replaced by noise.
    @Test(arguments: [
        "exit 0", "echo hello", "cat /dev/zero", "head -c 100000 /dev/urandom", "PARSE | head -c 4000",
        "PARSE; echo more", "PARSE; exit 1",
    ])
    func nonsense(_ script: String) throws {
        let real = "'\(UntrustedParser.built.executable)' \"$@\""
        let failure = try failure(of: script.replacingOccurrences(of: "PARSE", with: real))
        #expect(failure?.kind == .badData && failure?.location == weights)
    }

    /// A check of the test above: the script that only passes on is believed.
    @Test func anHonestScript() throws {
        let program = folder.file("child")
        try "#!/bin/sh\n'\(UntrustedParser.built.executable)' \"$@\"\n"
            .write(toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        #expect(try UntrustedParser(executable: program).parse(weights).architecture.width == 8)
    }

    @Test func takingTooLong() throws {
        let started = ContinuousClock.now
        let failure = try failure(of: "exec sleep 30", timeLimit: 0.3)
        #expect(failure?.kind == .badData && failure?.why.contains("did not end") == true)
        #expect(ContinuousClock.now - started < .seconds(10))
    }

    @Test func noSuchProgram() {
        let parser = UntrustedParser(executable: folder.file("nothing"))
        #expect(#expect(throws: Failure.self) { try parser.parse(weights) }?.kind == .software)
    }

    @Test func noSuchFile() {
        let failure = #expect(throws: Failure.self) { try UntrustedParser.built.parse(folder.file("nothing.h5")) }
        #expect(failure?.kind == .noInput)
    }
}
