// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing
import WaveEncoder
import WeightLoader

/// Children that do what they should not; each is a shell script in the program's place.
@Suite struct ParserChildTests {
    private let folder: TemporaryFolder
    private let weights = Fixtures.path("nsynth-tiny/weights.h5")

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Parses with a script in the program's place.
    private func parse(_ script: String, timeLimit: Double = 20) throws -> EncoderWeights {
        let program = folder.file("child")
        try "#!/bin/sh\n\(script)\n".write(toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let parser = UntrustedParser(executable: program, timeLimit: timeLimit)
        // A child of another test, started while the script was written, has it open until its own program runs:
        // 'Text file busy'.
        for _ in 0..<100 {
            do throws(Failure) {
                return try parser.parse(weights)
            } catch {
                guard error.kind == .software, error.why == systemError(ETXTBSY) else { throw error }
                usleep(20_000)
            }
        }
        return try parser.parse(weights)
    }

    private func failure(of script: String, timeLimit: Double = 20) -> Failure? {
        #expect(throws: Failure.self) { try parse(script, timeLimit: timeLimit) }
    }

    @Test(arguments: [("SEGV", "crashed"), ("ABRT", "crashed"), ("KILL", "crashed"), ("XCPU", "too much time")])
    func deathBySignal(_ signal: String, _ reason: String) throws {
        let failure = failure(of: "kill -\(signal) $$")
        #expect(failure?.kind == .badData && failure?.location == weights)
        #expect(failure?.why.contains(reason) == true)
    }

    /// The real program's answer, truncated or with more after it, or replaced by noise.
    @Test(arguments: [
        "exit 0", "echo hello", "cat /dev/zero", "head -c 100000 /dev/urandom", "PARSE | head -c 4000",
        "PARSE; echo more", "PARSE; exit 1",
    ])
    func nonsense(_ script: String) throws {
        let real = "'\(UntrustedParser.built.executable)' \"$@\""
        let failure = failure(of: script.replacingOccurrences(of: "PARSE", with: real))
        #expect(failure?.kind == .badData && failure?.location == weights)
    }

    /// A check of the test above: the script that only passes on is believed.
    @Test func anHonestScript() throws {
        let weights = try parse("'\(UntrustedParser.built.executable)' \"$@\"")
        #expect(weights.architecture.width == 8)
    }

    /// A child that is not ended would hold the test for an hour.
    @Test func takingTooLong() throws {
        let failure = failure(of: "exec sleep 3600", timeLimit: 0.3)
        #expect(failure?.kind == .badData && failure?.why.contains("did not finish") == true)
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
