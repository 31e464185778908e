// SPDX-License-Identifier: Apache-2.0
import CHDF5
import Files
import Foundation
import Glibc
import TestSupport
import Testing
import WaveEncoder
import WeightLoader

/// A weights file may name other files. None of them is opened, not even by the child.
@Suite(.serialized) struct UntouchedFilesTests {
    private let folder: TemporaryFolder
    private let path: String
    private let bystander: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("file.h5")
        bystander = folder.file("bystander.h5")
        try FileManager.default.copyItem(atPath: Fixtures.path("nsynth-tiny/weights.h5"), toPath: bystander)
    }

    /// How often the bystander was opened while `body` ran, as the kernel tells (inotify(7)).
    private func openings(during body: () throws -> Void) throws -> Int {
        let queue = inotify_init1(Int32(IN_NONBLOCK))
        #expect(queue >= 0)
        defer { close(queue) }
        #expect(inotify_add_watch(queue, bystander, UInt32(IN_OPEN)) >= 0)
        try body()
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = read(queue, &buffer, buffer.count)
        return count > 0 ? count / MemoryLayout<inotify_event>.size : 0
    }

    enum Trap: String, CaseIterable {
        case softLink, externalLink, externalStorage, externalGroup
    }

    @Test(arguments: Trap.allCases) func notOpened(_ trap: Trap) throws {
        do {
            let file = ForeignFile(path)
            if trap == .externalGroup {
                file.externalLink("ae_startconv", to: bystander, "/ae_startconv")
            } else {
                file.group("ae_startconv")
                file.dataset("ae_startconv/biases", shape: [8], [Float](repeating: 0, count: 8))
            }
            switch trap {
            case .softLink: file.softLink("ae_startconv/W", to: "/ae_startconv/biases")
            case .externalLink: file.externalLink("ae_startconv/W", to: bystander, "/ae_startconv/W")
            case .externalStorage:
                let target = bystander
                file.dataset(
                    "ae_startconv/W", shape: [1, 3, 1, 8], nil, .init(configure: { H5Pset_external($0, target, 0, 96) })
                )
            case .externalGroup: break
            }
        }
        let opened = try openings {
            let failure = #expect(throws: Failure.self) { try UntrustedParser.built.parse(path) }
            #expect(failure?.kind == .badData && failure?.location?.hasPrefix(path) == true, "\(failure as Any)")
        }
        #expect(opened == 0)
    }

    /// The watch does see the child's openings.
    @Test func theWatchWorks() throws {
        #expect(try openings { _ = try UntrustedParser.built.parse(bystander) } > 0)
    }
}
