// SPDX-License-Identifier: Apache-2.0
import CHDF5
import Files
import Foundation
import HDF5
import TestSupport
import Testing
import WaveEncoder
import WeightLoader

/// Weights files, good and bad, all read by the child.
@Suite struct WeightsFileTests {
    private let folder: TemporaryFolder
    private let path: String
    private let architecture = EncoderArchitecture(width: 4, layers: 3)

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("file.h5")
    }

    private func parse(_ path: String? = nil) throws -> EncoderWeights {
        try UntrustedParser.built.parse(path ?? self.path)
    }

    /// Writes random weights tensor by tensor; `change` may give other values and another shape, or nil for none.
    private func write(
        _ architecture: EncoderArchitecture? = nil, attributes: [String: Int] = [:],
        change: (EncoderTensor, [Float]) -> ([Float], [Int])? = { ($1, $0.shape) }
    ) throws {
        let architecture = architecture ?? self.architecture
        let weights = EncoderWeights.random(architecture: architecture, seed: 1)
        let file = try HDF5File.create(at: path)
        for tensor in EncoderTensor.all(of: architecture) {
            guard let (values, shape) = change(tensor, weights[tensor.role]) else { continue }
            try file.write(values, shape: shape, to: tensor.name)
        }
        for (name, value) in attributes { try file.writeAttribute(name, value) }
        try file.close()
    }

    private func expectRefusal(_ reasons: String..., sourceLocation: SourceLocation = #_sourceLocation) {
        let failure = #expect(throws: Failure.self, sourceLocation: sourceLocation) { try parse() }
        #expect(failure?.kind == .badData, sourceLocation: sourceLocation)
        for reason in reasons + [path] {
            #expect(failure?.description.contains(reason) == true, "\(failure as Any)", sourceLocation: sourceLocation)
        }
    }

    @Test func filesOfH5py() throws {
        let weights = try parse(Fixtures.path("nsynth-tiny/weights.h5"))
        #expect(weights.architecture == EncoderArchitecture(width: 8, layers: 30))
        #expect(Array(weights.startKernel.prefix(3)) == [0.5530249, 0.7974912, -0.79611456])
        let file = try HDF5File(readingFrom: Fixtures.path("nsynth-tiny/weights.h5"))
        for tensor in EncoderTensor.all(of: weights.architecture) {
            #expect(try file.readFloats(tensor.name, expecting: tensor.shape) == weights[tensor.role])
        }
    }

    @Test func writtenWeightsComeBackExactly() throws {
        let odd = EncoderArchitecture(width: 5, layers: 2, stages: 3, bottleneck: 7, hop: 100)
        let weights = EncoderWeights.random(architecture: odd, seed: 9)
        try weights.write(to: OutputFile(path: path), attributes: ["source": "test"])
        #expect(try parse() == weights)
        #expect(folder.contents == ["file.h5"])
        try weights.write(to: OutputFile(path: folder.file("b.h5")), attributes: ["source": "test"])
        #expect(try Checksum(ofFile: path) == Checksum(ofFile: folder.file("b.h5")))
    }

    @Test func attributesDecideWhatShapesCannot() throws {
        try write(attributes: ["stages": 2, "hop": 64, "width": 4])
        let read = try parse().architecture
        #expect(read == EncoderArchitecture(width: 4, layers: 3, stages: 2, bottleneck: 16, hop: 64))
        try write(attributes: ["layers": 4])
        expectRefusal("attribute layers says 4, its tensors 3")
        try write(attributes: ["stages": 21])
        expectRefusal("stages is 21")
        try write(attributes: ["hop": -1])
        expectRefusal("hop is -1")
    }

    @Test(arguments: [
        "ae_startconv/W", "ae_startconv/biases", "ae_dilatedconv_2/W", "ae_res_3/biases", "ae_bottleneck/W",
    ])
    func missingTensor(_ name: String) throws {
        try write { tensor, values in tensor.name == name ? nil : (values, tensor.shape) }
        expectRefusal(name, "no such dataset")
    }

    @Test func wrongShape() throws {
        try write { tensor, values in (values, tensor.name == "ae_res_2/W" ? [4, 4] : tensor.shape) }
        expectRefusal("ae_res_2/W", "[4, 4]", "[1, 1, 4, 4]")
        try write { tensor, values in (values, tensor.name == "ae_startconv/W" ? [12] : tensor.shape) }
        expectRefusal("ae_startconv/W", "[12]")
    }

    @Test(arguments: [Float.nan, .infinity, -.infinity]) func notFinite(_ value: Float) throws {
        try write { tensor, values in
            (tensor.name == "ae_dilatedconv_3/biases" ? values.dropLast() + [value] : values, tensor.shape)
        }
        expectRefusal("ae_dilatedconv_3/biases", "not a number")
    }

    @Test func doublePrecision() throws {
        try write { tensor, values in tensor.name == "ae_bottleneck/biases" ? nil : (values, tensor.shape) }
        appendDataset("ae_bottleneck/biases", type: hdf5_native_double(), shape: [16])
        expectRefusal("ae_bottleneck/biases", "float64")
    }

    @Test(arguments: [0, 100, 5_000, 139_000, 139_623]) func truncated(length: Int) throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("nsynth-tiny/weights.h5")))
        try whole.prefix(length).write(to: URL(fileURLWithPath: path))
        expectRefusal()
    }

    @Test(arguments: ["segfault-1.h5", "segfault-2.h5"]) func hostile(_ name: String) throws {
        let failure = #expect(throws: Failure.self) { try parse(Fixtures.path("hdf5-hostile/\(name)")) }
        #expect(failure?.kind == .badData)
    }

    /// A megabyte of zeros deflates to a kilobyte, and would go on to gigabytes.
    @Test func shapesThatAreTooLargeForTheFile() throws {
        let wide = EncoderArchitecture(width: 512, layers: 1)
        let file = ForeignFile(path)
        for tensor in EncoderTensor.all(of: wide) {
            let group = tensor.name.split(separator: "/")[0]
            if tensor.name.hasSuffix("W") { file.group(String(group)) }
            let shape = tensor.shape.map(hsize_t.init)
            file.dataset(
                tensor.name, shape: shape, [Float](repeating: 0, count: tensor.count),
                .init(layout: H5D_CHUNKED, chunk: shape, configure: { H5Pset_deflate($0, 9) }))
        }
        H5Fflush(file.id, H5F_SCOPE_GLOBAL)
        expectRefusal("its shapes claim")
    }

    /// The fault of the hostile files in a chunk of honest size: it inflates to one byte, and libhdf5 1.10 reads
    /// on. The reason differs with the library, so none is asked for.
    @Test func crashOfTheLibrary() throws {
        let wide = EncoderArchitecture(width: 1024, layers: 1)
        try write(wide) { tensor, values in tensor.name == "ae_dilatedconv_1/W" ? nil : (values, tensor.shape) }
        let oneByte: [UInt8] = [0x78, 0x01, 0x01, 0x01, 0, 0xFE, 0xFF, 0, 0, 0x01, 0, 0x01]
        appendDataset(
            "ae_dilatedconv_1/W", type: hdf5_float32_little_endian(), shape: [1, 3, 1024, 1024],
            deflated: oneByte + [UInt8](repeating: 0, count: 20_000))
        expectRefusal()
    }

    /// Adds a dataset that our writer would not write: zeros of any type, or one deflated chunk of any bytes.
    private func appendDataset(_ name: String, type: hid_t, shape: [hsize_t], deflated: [UInt8]? = nil) {
        let file = H5Fopen(path, readAndWrite, 0)
        defer { H5Fclose(file) }
        let creation = H5Pcreate(hdf5_dataset_create())
        defer { H5Pclose(creation) }
        if deflated != nil {
            H5Pset_chunk(creation, Int32(shape.count), shape)
            H5Pset_deflate(creation, 4)
        } else {
            H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY)
        }
        let links = H5Pcreate(hdf5_link_create())
        defer { H5Pclose(links) }
        H5Pset_create_intermediate_group(links, 1)
        let space = H5Screate_simple(Int32(shape.count), shape, nil)
        defer { H5Sclose(space) }
        let dataset = H5Dcreate2(file, name, type, space, links, creation, 0)
        precondition(dataset >= 0)
        defer { H5Dclose(dataset) }
        if let deflated {
            let origin = [hsize_t](repeating: 0, count: shape.count)
            precondition(H5Dwrite_chunk(dataset, 0, 0, origin, deflated.count, deflated) >= 0)
        }
    }
}

/// `H5F_ACC_RDWR` is a macro that Swift does not see.
private let readAndWrite: UInt32 = 1
