// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import TestSupport
import Testing

/// Files with a few bytes changed or their end cut off, given to the program as a user would. It must end by itself, soon, with one
/// line that names the file, and leave nothing behind. `make test-mutants` takes thousands.
@Suite(.serialized) struct MutantTests {
    /// Changed files of each kind; a quarter as many are cut.
    private static let count = ProcessInfo.processInfo.environment["WAVESTYLE_MUTANTS"].flatMap { Int($0) } ?? 60
    /// The program with 5 s of processor time, which no file may take: beyond them SIGXCPU ends it, and its status is not the
    /// program's own.
    private func run(_ arguments: [String], in folder: TemporaryFolder) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(
            ["-c", #"ulimit -t 5; exec "$0" "$@""#, ProgramUnderTest.path] + arguments, in: folder,
            executable: "/bin/sh")
    }

    /// Weights in HDF5: where metadata is changed libhdf5 itself may crash, but only in the child. A change in values that stay
    /// finite, or in unused bytes, is no error: there is no checksum.
    @Test func hdf5() throws {
        let sounds = try TestSounds(seconds: 0.05)
        let before = sounds.folder.contents + ["mutant.h5"]
        let outcomes = try run(on: "weights.h5", seed: 1) { bytes in
            try bytes.write(to: URL(fileURLWithPath: sounds.folder.file("mutant.h5")))
            let ended = try run(
                ["encode", "content.wav", "--output", "out.h5", "--layers", "relu1:1", "--weights", "mutant.h5"],
                in: sounds.folder)
            let outputs = ["out.h5", "out.h5.json"]
            #expect(sounds.folder.contents == (before + (ended.status == 0 ? outputs : [])).sorted())
            for output in outputs { try? FileManager.default.removeItem(atPath: sounds.folder.file(output)) }
            return ended
        }
        #expect(outcomes[65, default: 0] > Self.count / 4 && Set(outcomes.keys).isSubset(of: [0, 65]), "\(outcomes)")
    }

    /// An index, all of whose bytes are checked: no change is good.
    @Test func checkpointIndex() throws {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(
            atPath: Fixtures.path("nsynth-tiny/model.ckpt-200000.data-00000-of-00001"),
            toPath: folder.file("mutant.data-00000-of-00001"))
        let outcomes = try run(on: "model.ckpt-200000.index", seed: 2) { bytes in
            try bytes.write(to: URL(fileURLWithPath: folder.file("mutant.index")))
            let ended = try run(["weights", "import", "mutant", "--output", "out.h5"], in: folder)
            #expect(folder.contents == ["mutant.data-00000-of-00001", "mutant.index"])
            return ended
        }
        #expect(Set(outcomes.keys) == [65], "\(outcomes)")
    }

    /// Makes mutants of a fixture, and counts exit codes.
    private func run(
        on name: String, seed: UInt64, _ body: (Data) throws -> ProgramUnderTest.Ended
    ) throws -> [Int32: Int] {
        let whole = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("nsynth-tiny/\(name)")))
        // Four in five changes are where something is: zeros are mostly room between structures.
        let used = whole.indices.filter { whole[$0] != 0 }
        var generator = SeededGenerator(seed: seed)
        func random(below limit: Int) -> Int { Int(generator.next() % UInt64(limit)) }
        var outcomes: [Int32: Int] = [:]
        for number in 0..<(Self.count + Self.count / 4) {
            var mutant = whole
            if number < Self.count {
                for _ in 0...random(below: 4) {
                    let place = random(below: 5) == 0 ? random(below: whole.count) : used[random(below: used.count)]
                    mutant[place] ^= UInt8(1 + random(below: 255))
                }
                if mutant == whole { continue }
            } else {
                mutant = whole.prefix(random(below: whole.count))
            }
            let ended = try body(mutant)
            #expect(ended.errorLines.count == (ended.status == 0 ? 0 : 1), "mutant \(number): \(ended)")
            #expect(ended.status == 0 || ended.errors.contains("mutant"), "mutant \(number): \(ended)")
            outcomes[ended.status, default: 0] += 1
        }
        return outcomes
    }
}
