// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Matrices
import TestSupport
import Testing

/// Damaged sounds, given to the program as a user would: it ends by itself within 10 s, with 0 or with one line and 65, takes at most twice
/// the memory that it says, and leaves nothing behind. `make test-mutants` takes thousands.
@Suite struct SoundMutantTests {
    /// Mutants of each format.
    private static let count =
        ProcessInfo.processInfo.environment["WAVESTYLE_SOUND_MUTANTS"].flatMap { Int($0) } ?? 24
    private static let formats = ["wav", "flac", "ogg", "opus", "mp3", "aiff", "au", "caf"]

    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.file("tmp"), withIntermediateDirectories: true)
        for format in Self.formats {
            try OtherDecoder.make(
                folder.file("whole.\(format)"),
                [
                    "-f", "lavfi", "-i", "anoisesrc=d=0.25:r=16000:a=0.3:seed=1", "-metadata", "title=Rain",
                    "-metadata", "artist=Nobody", "-bitexact",
                ])
        }
    }

    @Test(arguments: formats) func ofOneFormat(format: String) throws {
        let wholes = try Self.formats.map {
            [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder.file("whole.\($0)"))))
        }
        let number = Self.formats.firstIndex(of: format) ?? 0
        var mutation = Mutation(wholes: wholes, number: number, seed: UInt64(100 + number))
        let before = folder.contents
        let path = folder.file("mutant")
        let inputs = ["--content", path, "--style", folder.file("whole.wav")]
        try Data(wholes[number]).write(to: URL(fileURLWithPath: path))
        let whole = try run(inputs + ["--dry-run"])
        let stated = try #require(whole.estimate, "\(whole)")
        var outcomes: [Int32: Int] = [:]
        for index in 0..<Self.count {
            let bytes = mutation.next()
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let ended = try run(inputs + ["--dry-run"])
            outcomes[ended.status, default: 0] += 1
            expectGood(ended, atMost: 2 * (ended.estimate ?? stated), "mutant \(index) of \(format)")
            if let estimate = ended.estimate, index % 4 == 0 {
                // Its tags are read too.
                let output = folder.file("out.wav")
                let made = try run(inputs + ["--mode", "play", "--quiet", "--output", output])
                expectGood(made, atMost: 2 * estimate, "mutant \(index) of \(format), a run")
                for name in [output, output + ".json"] { unlink(name) }
            }
            try #require(folder.contents == (before + ["err", "mutant", "out"]).sorted(), "mutant \(index)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("tmp")).isEmpty)
        }
        #expect(Set(outcomes.keys).isSubset(of: [0, 65]) && outcomes.values.reduce(0, +) == Self.count)
        // Of au, few bytes of a header count; and of a few mutants, all may be good.
        let needsRefusals = format != "au" && Self.count >= 24
        #expect(outcomes[0, default: 0] > 0 && (!needsRefusals || outcomes[65, default: 0] > 0), "\(outcomes)")
    }

    private func expectGood(_ ended: Ended, atMost bytes: Int, _ name: String) {
        let (errors, warnings) = (
            ended.lines.filter { !$0.hasPrefix("wavestyle: warning: ") },
            ended.lines.filter { $0.hasPrefix("wavestyle: warning: ") }
        )
        #expect([0, 65].contains(ended.status), "\(name): \(ended)")
        #expect(errors.count == (ended.status == 0 ? 0 : 1) && warnings.count < 8, "\(name): \(ended)")
        #expect(ended.status == 0 || errors.first?.contains("mutant'") == true, "\(name): \(ended)")
        #expect(ended.seconds < 10 && ended.bytes <= bytes, "\(name): \(ended), at most \(bytes) bytes")
    }

    private struct Ended {
        /// An exit code, or a signal below zero.
        var status: Int32
        var lines: [String]
        var output: String
        var seconds: Double
        /// Of the process of the program's that took most.
        var bytes: Int

        /// Bytes that the program says it takes.
        var estimate: Int? {
            guard let match = output.firstMatch(of: /and ([0-9.]+) ([kMG])B of memory/), let value = Double(match.1)
            else {
                return nil
            }
            return Int(value * (match.2 == "k" ? 1e3 : match.2 == "M" ? 1e6 : 1e9))
        }
    }

    /// Runs the program to its end, or for 15 s.
    private func run(_ arguments: [String]) throws -> Ended {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        for (descriptor, name) in [(STDOUT_FILENO, "out"), (STDERR_FILENO, "err")] {
            posix_spawn_file_actions_addopen(
                &actions, descriptor, folder.file(name), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        let words = ([ProgramUnderTest.path] + arguments).map { strdup($0) } + [nil]
        let variables = [
            "TMPDIR=\(folder.file("tmp"))", "WAVESTYLE_HOME=\(folder.path)", "PATH=/usr/bin:/bin",
            "LLVM_PROFILE_FILE=/dev/null",
        ]
        let environment = variables.map { strdup($0) } + [nil]
        defer { (words + environment).forEach { free($0) } }
        // What this process has held counts as that of those that it starts, too (getrusage(2)), and a sanitizer's own.
        let own = Self.heldBytes
        let (clock, start) = (ContinuousClock(), ContinuousClock.now)
        var process = pid_t()
        let error = posix_spawn(&process, ProgramUnderTest.path, &actions, nil, words, environment)
        try #require(error == 0)
        var (status, usage) = (Int32(), rusage())
        while wait4(process, &status, WNOHANG, &usage) == 0 {
            if clock.now - start > .seconds(15) { kill(process, SIGKILL) }
            usleep(2_000)
        }
        func text(_ name: String) -> String {
            String(decoding: FileManager.default.contents(atPath: folder.file(name)) ?? Data(), as: UTF8.self)
        }
        return Ended(
            status: status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F),
            lines: text("err").split(separator: "\n").map(String.init), output: text("out"),
            seconds: (clock.now - start) / .seconds(1),
            bytes: !Sanitizer.isOn && usage.ru_maxrss * 1_024 > own + 10_000_000 ? usage.ru_maxrss * 1_024 : 0)
    }

    /// The most bytes that this process has held.
    private static var heldBytes: Int {
        var usage = rusage()
        getrusage(numericCast(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1_024
    }
}

/// One damaged file after the other, the same for a seed.
private struct Mutation {
    let wholes: [[UInt8]]
    let number: Int
    var generator: SeededGenerator

    init(wholes: [[UInt8]], number: Int, seed: UInt64) {
        (self.wholes, self.number) = (wholes, number)
        generator = SeededGenerator(seed: seed)
    }

    private mutating func random(below limit: Int) -> Int { Int(generator.next() % UInt64(limit)) }

    /// Half of the changes are in headers.
    private mutating func place(in bytes: [UInt8]) -> Int {
        random(below: random(below: 2) == 0 ? min(bytes.count, 200) : bytes.count)
    }

    mutating func next() -> [UInt8] {
        var bytes = wholes[number]
        switch random(below: 6) {
        case 0, 1:
            for _ in 0...random(below: 6) { bytes[place(in: bytes)] ^= 1 << UInt8(random(below: 8)) }
        case 2: bytes = Array(bytes.prefix(random(below: bytes.count)))
        case 3:
            let added = (0...random(below: 64)).map { _ in UInt8(truncatingIfNeeded: random(below: 256)) }
            bytes.insert(contentsOf: added, at: place(in: bytes))
        case 4:
            let extremes: [[UInt8]] = [
                [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [255, 255, 255, 255], [255, 255, 255, 127],
                [127, 255, 255, 255],
                [0, 0, 0, 128], [128, 0, 0, 0], [254, 255, 255, 255], [0, 0, 255, 255],
            ]
            for _ in 0...random(below: 2) {
                for (place, byte) in zip(place(in: bytes)..<bytes.count, extremes[random(below: extremes.count)]) {
                    bytes[place] = byte
                }
            }
        default:
            let other = wholes[random(below: wholes.count)]
            bytes = Array(bytes.prefix(place(in: bytes)) + other.dropFirst(place(in: other)))
        }
        // Otherwise hardly a page would be read.
        return random(below: 3) > 0 ? Self.sealed(bytes) : bytes
    }

    /// The same with the right checksum in every Ogg page (RFC 3533, 6).
    private static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        var (bytes, place) = (bytes, 0)
        while place + 27 <= bytes.count {
            guard bytes[place...].starts(with: "OggS".utf8) else {
                place += 1
                continue
            }
            let segments = bytes[(place + 27)...].prefix(Int(bytes[place + 26]))
            let end = min(segments.endIndex + segments.reduce(0) { $0 + Int($1) }, bytes.count)
            for index in place + 22..<place + 26 { bytes[index] = 0 }
            var sum: UInt32 = 0
            for byte in bytes[place..<end] {
                sum ^= UInt32(byte) << 24
                for _ in 0..<8 { sum = sum << 1 ^ (sum >> 31) * 0x04C1_1DB7 }
            }
            for index in 0..<4 { bytes[place + 22 + index] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * index)) }
            place = end
        }
        return bytes
    }
}
