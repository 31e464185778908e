// SPDX-License-Identifier: Apache-2.0
import CHDF5
import Dispatch
import Files
import HDF5
import Testing
import TestSupport

/// What the reader accepts.
@Suite struct ReadingTests {
    private let folder: TemporaryFolder
    private let path: String
    private let values: [Float] = (0..<24).map { Float($0) - 7.5 }

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("file.h5")
    }

    /// h5py wrote the file; h5dump shows these values.
    @Test func filesOfH5py() throws {
        let file = try HDF5File(readingFrom: Fixtures.path("nsynth-tiny/weights.h5"))
        let paths = try file.datasetPaths()
        #expect(paths.count == 124)
        #expect(paths.first == "ae_bottleneck/W" && paths.last == "ae_startconv/biases")
        let (kernel, shape) = try file.readFloats("ae_startconv/W")
        #expect(shape == [1, 3, 1, 8])
        #expect(Array(kernel.prefix(3)) == [0.5530249, 0.7974912, -0.79611456])
        #expect(file.contains("ae_res_30/W") && file.contains("ae_res_30"))
        #expect(!file.contains("ae_res_31") && !file.contains("ae_startconv/W/deeper"))
    }

    @Test(arguments: [
        ForeignFile.Storage(),
        ForeignFile.Storage(type: hdf5_float32_big_endian()),
        ForeignFile.Storage(layout: H5D_COMPACT),
        ForeignFile.Storage(layout: H5D_CHUNKED, chunk: [3, 4]),
        ForeignFile.Storage(layout: H5D_CHUNKED, chunk: [4, 4], configure: { H5Pset_deflate($0, 9) }),
    ])
    func acceptedStorage(_ storage: ForeignFile.Storage) throws {
        do { ForeignFile(path).dataset("x", shape: [6, 4], values, storage) }
        let file = try HDF5File(readingFrom: path)
        #expect(try file.shape(of: "x") == [6, 4])
        #expect(try file.readFloats("/x", expecting: [6, 4]) == values)
    }

    @Test func hardLinksLeadToTheSameValues() throws {
        do {
            let foreign = ForeignFile(path)
            foreign.group("a")
            foreign.dataset("a/x", shape: [24], values)
            foreign.hardLink("a/y", to: "a/x")
            foreign.hardLink("a/again", to: "a")
        }
        let file = try HDF5File(readingFrom: path)
        #expect(try file.readFloats("a/y").values == values)
        // The group inside itself is entered once, and the walk ends.
        #expect(try file.datasetPaths() == ["a/x", "a/y"])
    }

    @Test func attributes() throws {
        do {
            ForeignFile(path).variableString("title", "naïve")
        }
        let file = try HDF5File(readingFrom: path)
        #expect(try file.stringAttribute("title") == "naïve")
        #expect(try file.stringAttribute("other") == nil)
        #expect(throws: Failure.self) { try file.integerAttribute("title") }
    }

    @Test func severalThreadsAtOnce() throws {
        let path = Fixtures.path("nsynth-tiny/weights.h5")
        let expected = try HDF5File(readingFrom: path).readFloats("ae_res_7/W").values
        DispatchQueue.concurrentPerform(iterations: 64) { index in
            guard let file = try? HDF5File(readingFrom: path) else { return #expect(Bool(false)) }
            #expect((try? file.readFloats("ae_res_7/W").values) == expected)
            #expect(throws: Failure.self) { try file.readFloats("missing\(index)") }
        }
    }
}
