// SPDX-License-Identifier: Apache-2.0
import CHDF5
import Files
import Foundation
import HDF5
import Testing
import TestSupport

/// What the reader refuses, each with a reason that names it.
@Suite struct RefusalTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("file.h5")
    }

    /// Makes a file with a dataset or link `x` that must be refused.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let reason: String
        let make: @Sendable (ForeignFile) -> Void

        init(_ name: String, _ reason: String, _ make: @escaping @Sendable (ForeignFile) -> Void) {
            (testDescription, self.reason, self.make) = (name, reason, make)
        }

        /// A chunked dataset of 64 values with filters.
        static func filtered(_ name: String, _ reason: String, _ filters: @escaping @Sendable (hid_t) -> Void) -> Case {
            Case(name, reason) {
                let values = [Float](repeating: 1, count: 64)
                $0.dataset("x", shape: [64], values, .init(layout: H5D_CHUNKED, chunk: [64], configure: filters))
            }
        }

        static let all = [
            Case("float64", "values are float64") {
                $0.dataset("x", shape: [2], [1, 2], .init(type: hdf5_native_double()))
            },
            Case("int64", "values are int64") {
                $0.dataset("x", shape: [2], [1, 2], .init(type: hdf5_int64_little_endian()))
            },
            Case("soft link", "soft or external link") {
                $0.dataset("y", shape: [1], [1])
                $0.softLink("x", to: "/y")
            },
            Case("external link", "soft or external link") {
                $0.externalLink("x", to: Fixtures.path("nsynth-tiny/weights.h5"), "/ae_startconv/W")
            },
            Case("values in another file", "in another file") {
                $0.dataset("x", shape: [4], nil, .init(configure: { H5Pset_external($0, "/etc/passwd", 0, 16) }))
            },
            .filtered("shuffle and deflate", "other than deflate") {
                H5Pset_shuffle($0)
                H5Pset_deflate($0, 4)
            },
            .filtered("fletcher32", "other than deflate") { H5Pset_fletcher32($0) },
            Case("virtual", "neither contiguous nor chunked") {
                $0.dataset("y", shape: [4], [1, 2, 3, 4])
                $0.dataset(
                    "x", shape: [4], nil,
                    .init(layout: H5D_VIRTUAL) { creation in
                        let space = H5Screate_simple(1, [4], nil)
                        H5Pset_virtual(creation, space, ".", "y", space)
                        H5Sclose(space)
                    })
            },
            Case("a terabyte", "too large") { $0.dataset("x", shape: [1 << 20, 1 << 18], nil) },
            Case("overflowing shape", "too large") {
                $0.dataset("x", shape: [1 << 30, 1 << 30, 1 << 10], nil, .init(layout: H5D_CHUNKED, chunk: [1, 1, 1]))
            },
            Case("two gigabytes of nothing", "needs") { $0.dataset("x", shape: [1 << 29], nil) },
            Case("chunks of nothing", "needs more bytes") {
                $0.dataset("x", shape: [1 << 20], nil, .init(layout: H5D_CHUNKED, chunk: [1 << 10]))
            },
            Case("deflate bomb", "needs more bytes") {
                $0.dataset(
                    "x", shape: [1 << 28], nil,
                    .init(layout: H5D_CHUNKED, chunk: [1 << 28], configure: { H5Pset_deflate($0, 4) }))
                $0.overwriteChunk(of: "x", rank: 1, with: [UInt8](repeating: 0, count: 1000))
            },
            Case("damaged deflate stream", "missing or damaged") {
                $0.dataset(
                    "x", shape: [8], nil, .init(layout: H5D_CHUNKED, chunk: [8], configure: { H5Pset_deflate($0, 4) }))
                $0.overwriteChunk(of: "x", rank: 1, with: [UInt8](repeating: 7, count: 64))
            },
            Case("empty", "is empty") { $0.dataset("x", shape: [3, 0], nil) },
            Case("nine dimensions", "more than 8 dimensions") {
                $0.dataset("x", shape: [hsize_t](repeating: 1, count: 9), [1])
            },
            Case("a group", "a group, not a dataset") { $0.group("x") },
            Case("not there", "no such dataset") { $0.group("y") },
        ]
    }

    @Test(arguments: Case.all) func refused(_ example: Case) throws {
        do { example.make(ForeignFile(path)) }
        let file = try HDF5File(readingFrom: path)
        let failure = #expect(throws: Failure.self) { try file.readFloats("x") }
        #expect(failure?.kind == .badData)
        #expect(failure?.location == "\(path): x")
        #expect(failure?.why.contains(example.reason) == true, "\(failure?.why ?? "none")")
    }

    @Test func softLinkedGroupsAreNotEntered() throws {
        do {
            let foreign = ForeignFile(path)
            foreign.group("a")
            foreign.dataset("a/x", shape: [1], [1])
            foreign.softLink("b", to: "/a")
            foreign.externalLink("c", to: Fixtures.path("nsynth-tiny/weights.h5"), "/")
        }
        let file = try HDF5File(readingFrom: path)
        #expect(try file.datasetPaths() == ["a/x"])
        #expect(file.contains("b") && !file.contains("b/x") && !file.contains("c/ae_startconv"))
        #expect(throws: Failure.self) { try file.readFloats("b/x") }
        #expect(throws: Failure.self) { try file.readFloats("c/ae_startconv/W") }
    }

    @Test func groupsNestedTooDeeply() throws {
        do {
            let foreign = ForeignFile(path)
            for depth in 1...20 { foreign.group((1...depth).map { "g\($0)" }.joined(separator: "/")) }
        }
        let file = try HDF5File(readingFrom: path)
        #expect(throws: Failure.self) { try file.datasetPaths() }
    }

    /// libhdf5 1.10 reads past the end of a chunk that inflates to less than the chunk's declared size.
    @Test(arguments: ["segfault-1.h5", "segfault-2.h5"]) func hostileChunks(_ name: String) throws {
        let file = try HDF5File(readingFrom: Fixtures.path("hdf5-hostile/\(name)"))
        let paths = try file.datasetPaths()
        #expect(paths.count == 6)
        let failures = paths.compactMap { path in
            do throws(Failure) {
                _ = try file.readFloats(path)
                return nil as Failure?
            } catch {
                return error
            }
        }
        #expect(failures.count == 1)
        #expect(failures.first?.why.contains("larger than its shape") == true)
    }

    @Test func wrongShapeNamesBoth() throws {
        let file = try HDF5File(readingFrom: Fixtures.path("nsynth-tiny/weights.h5"))
        let failure = #expect(throws: Failure.self) { try file.readFloats("ae_startconv/W", expecting: [3, 8]) }
        #expect(failure?.why == "its shape is [1, 3, 1, 8], where [3, 8] is expected")
    }

    @Test(arguments: [0, 1, 7, 100, 2048, 70_000, 139_000, 139_623]) func truncated(length: Int) throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("nsynth-tiny/weights.h5")))
        try whole.prefix(length).write(to: URL(fileURLWithPath: path))
        let failure = #expect(throws: Failure.self) { try HDF5File(readingFrom: path) }
        #expect(failure?.kind == .badData)
    }

    @Test func notThere() throws {
        #expect(#expect(throws: Failure.self) { try HDF5File(readingFrom: path) }?.kind == .noInput)
        #expect(#expect(throws: Failure.self) { try HDF5File(readingFrom: folder.path) }?.kind == .noInput)
    }
}
