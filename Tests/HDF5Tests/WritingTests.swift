// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import HDF5
import Testing
import TestSupport

@Suite struct WritingTests {
    private let folder: TemporaryFolder
    private let values: [Float] = (0..<30).map { Float($0) * 0.37 - 5 }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func write(to path: String) throws {
        let file = try HDF5File.create(at: path)
        try file.write(values, shape: [5, 6], to: "block1/relu1")
        try file.makeDataset("block1/relu2", shape: [5, 6])
        try values.withUnsafeBufferPointer { all in
            try file.write(UnsafeBufferPointer(rebasing: all[..<12]), toRows: 0..<2, of: "block1/relu2")
            try file.write(UnsafeBufferPointer(rebasing: all[12...]), toRows: 2..<5, of: "block1/relu2")
        }
        try file.writeAttribute("hop", 512)
        try file.writeAttribute("source", "ein Lied: ♪")
        try file.writeAttribute("block", 1, of: "block1/relu1")
        try file.close()
    }

    @Test func whatIsWrittenIsRead() throws {
        let path = folder.file("a.h5")
        try write(to: path)
        let file = try HDF5File(readingFrom: path)
        #expect(try file.datasetPaths() == ["block1/relu1", "block1/relu2"])
        #expect(try file.readFloats("block1/relu1", expecting: [5, 6]) == values)
        #expect(try file.readFloats("block1/relu2", expecting: [5, 6]) == values)
        #expect(try file.integerAttribute("hop") == 512)
        #expect(try file.stringAttribute("source") == "ein Lied: ♪")
        #expect(try file.integerAttribute("missing") == nil)
    }

    @Test func sameCallsSameBytes() throws {
        try write(to: folder.file("a.h5"))
        try write(to: folder.file("b.h5"))
        #expect(try Checksum(ofFile: folder.file("a.h5")) == Checksum(ofFile: folder.file("b.h5")))
    }

    /// HDF5 stores times as seconds since 1970, in 32 bits, little-endian: no four bytes of the file are such a time.
    @Test func noTimesAreStored() throws {
        let begin = UInt32(time(nil))
        try write(to: folder.file("a.h5"))
        let times = begin...UInt32(time(nil))
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file("a.h5")))
        let places = bytes.indices.dropLast(3).filter { place in
            times.contains((0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) })
        }
        #expect(places.isEmpty)
    }

    @Test func aMissingFolderCannotBeWrittenTo() {
        let failure = #expect(throws: Failure.self) { try HDF5File.create(at: folder.file("no/a.h5")) }
        #expect(failure?.kind == .cannotCreate)
    }

    @Test func aNameIsTakenOnce() throws {
        let file = try HDF5File.create(at: folder.file("a.h5"))
        try file.write(values, shape: [30], to: "x")
        let failure = #expect(throws: Failure.self) { try file.write(values, shape: [30], to: "x") }
        #expect(failure?.kind == .inputOutput)
    }

    /// What `write` has taken is in the file when it returns: so its failures are those of the disk.
    @Test func valuesAreWrittenAtOnce() throws {
        let file = try HDF5File.create(at: folder.file("a.h5"))
        let wanted = values.withUnsafeBytes { Data($0) }
        for name in ["x", "y"] {
            let before = try Data(contentsOf: URL(fileURLWithPath: folder.file("a.h5")))
            try file.write(values, shape: [30], to: name)
            let after = try Data(contentsOf: URL(fileURLWithPath: folder.file("a.h5")))
            #expect(after.dropFirst(before.count).range(of: wanted) != nil, "\(name)")
        }
        try file.close()
    }

    @Test func aFullDiskIsReported() throws {
        guard FileManager.default.isWritableFile(atPath: "/dev/full") else { return }
        #expect(throws: Failure.self) {
            let file = try HDF5File.create(at: "/dev/full")
            try file.write(values, shape: [30], to: "x")
            try file.close()
        }
    }
}
