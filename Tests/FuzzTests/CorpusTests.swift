// SPDX-License-Identifier: Apache-2.0
import Foundation
import FuzzBodies
import TestSupport
import Testing

/// The fuzzers' corpus, replayed: good examples are still read, and whatever once crashed a reader no longer does.
@Suite struct CorpusTests {
    @Test(arguments: FuzzBody.allCases) func nothingInTheCorpusCrashes(_ body: FuzzBody) throws {
        let folder = Fixtures.repository.appendingPathComponent("Fuzz/Corpus/\(body.rawValue)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        var good: [String] = []
        for name in names {
            if body.run([UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))) { good.append(name) }
        }
        // By their names: an example that is no longer read would leave the fuzzer outside of the door.
        #expect(names.count >= 4)
        #expect(good.filter { $0.hasPrefix("good-") } == names.filter { $0.hasPrefix("good-") } && !good.isEmpty)
        #expect(good.allSatisfy { !$0.hasPrefix("bad-") }, "\(good)")
    }
}
