// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import HDF5
import TestSupport
import Testing
import WaveEncoder

@testable import WeightLoader

/// A checkpoint that TensorFlow wrote, and others that it would not.
@Suite struct CheckpointTests {
    private static let tiny = Fixtures.path("nsynth-tiny/model.ckpt-200000")

    private func open(_ path: String = tiny) throws -> Checkpoint { try Checkpoint(CheckpointFiles(at: path)) }

    @Test func tensorsAreThoseThatTensorFlowExported() throws {
        let imported = try CheckpointImport(open(), variables: .raw)
        #expect(imported.weights.architecture == EncoderArchitecture(width: 8, layers: 30))
        let file = try HDF5File(readingFrom: Fixtures.path("nsynth-tiny/weights.h5"))
        for tensor in EncoderTensor.all(of: imported.weights.architecture) {
            let expected = try file.readFloats(tensor.name, expecting: tensor.shape).map(\.bitPattern)
            #expect(imported.weights[tensor.role].map(\.bitPattern) == expected, "\(tensor.name)")
        }
    }

    /// The digests are of the values that tf.train.load_checkpoint of TensorFlow 2.21 gives, as little-endian float32 in the
    /// order of EncoderTensor.all.
    @Test(arguments: [
        (CheckpointImport.Variables.raw, "fea795c7a6c1abf607c59e2f25ef5259c6eb1804aaf7e0e3489f4af65d0cf47f"),
        (.ema, "a2a5c9e60b8313fe5e61c68a2f4097544be95bf3bb0c5080f96bf5010dbfb2ac"),
    ])
    func valuesAreThoseThatTensorFlowReads(_ variables: CheckpointImport.Variables, _ sha256: String) throws {
        #expect(try CheckpointImport(open(), variables: variables).weights.checksum.description == sha256)
    }

    @Test func everyVariableIsListed() throws {
        let checkpoint = try open()
        #expect(checkpoint.variables.count == 499)
        #expect(
            checkpoint.variables.map(\.name)
                == checkpoint.variables.map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
        let step = try #require(checkpoint["global_step"])
        #expect(step.type == "int32" && step.shape == [] && step.bytes == 4)
        let kernel = try #require(checkpoint["ae_dilatedconv_7/W/Adam_1"])
        #expect(kernel.type == "float32" && kernel.shape == [1, 3, 8, 8] && kernel.bytes == 768)
        #expect(checkpoint["ae_dilatedconv_31/W"] == nil)
    }

    @Test func attributesSayWhereTheWeightsComeFrom() throws {
        let imported = try CheckpointImport(open(), variables: .ema)
        let digests = try ["index", "data-00000-of-00001"].map {
            "\(try Checksum(ofFile: "\(Self.tiny).\($0)"))  model.ckpt-200000.\($0)"
        }
        #expect(imported.attributes["source"] == "model.ckpt-200000" && imported.attributes["variables"] == "ema")
        #expect(imported.attributes["source_sha256"] == digests.joined(separator: "\n"))

        // They come back from the file through the child.
        let folder = try TemporaryFolder()
        try imported.weights.write(to: OutputFile(path: folder.file("a.h5")), attributes: imported.attributes)
        let library = try WeightLibrary(environment: [:], parser: .built)
        #expect(try library.load(folder.file("a.h5")).attributes == imported.attributes)
    }

    @Test func oneFlippedBitInTheValuesIsCaught() throws {
        let folder = try TemporaryFolder()
        let prefix = folder.file("model.ckpt")
        let values = try Data(contentsOf: URL(fileURLWithPath: "\(Self.tiny).data-00000-of-00001"))
        try FileManager.default.copyItem(atPath: "\(Self.tiny).index", toPath: "\(prefix).index")
        for name in ["ae_startconv/W", "ae_dilatedconv_17/biases", "ae_bottleneck/W"] {
            let variable = try #require(try open()[name])
            let position = try position(of: name)
            for place in [position, position + variable.bytes - 1] {
                var changed = values
                changed[place] ^= 1 << (place % 8)
                try changed.write(to: URL(fileURLWithPath: "\(prefix).data-00000-of-00001"))
                let failure = #expect(throws: Failure.self) { try CheckpointImport(open(prefix), variables: .raw) }
                #expect(failure?.kind == .badData && failure?.location == "\(prefix): \(name)")
                #expect(failure?.why.contains("checksum") == true)
                // What is not read is not checked.
                #expect(throws: Never.self) { try CheckpointImport(open(prefix), variables: .ema) }
            }
        }
    }

    @Test(arguments: [0, 1, 100, 50_000, 133_000, 133_376]) func cutValues(length: Int) throws {
        let folder = try TemporaryFolder()
        let prefix = folder.file("model.ckpt")
        let values = try Data(contentsOf: URL(fileURLWithPath: "\(Self.tiny).data-00000-of-00001"))
        try FileManager.default.copyItem(atPath: "\(Self.tiny).index", toPath: "\(prefix).index")
        try values.prefix(length).write(to: URL(fileURLWithPath: "\(prefix).data-00000-of-00001"))
        let checkpoint = try open(prefix)
        // The last twelve bytes are the step and the optimiser's powers.
        guard length < 133_376 else {
            #expect(throws: Never.self) { try CheckpointImport(checkpoint, variables: .raw) }
            return
        }
        let failure = #expect(throws: Failure.self) { try CheckpointImport(checkpoint, variables: .raw) }
        #expect(failure?.kind == .badData && failure?.remedy?.contains("truncated") == true)
    }

    @Test func missingFiles() throws {
        let folder = try TemporaryFolder()
        let prefix = folder.file("model.ckpt")
        try FileManager.default.copyItem(atPath: "\(Self.tiny).index", toPath: "\(prefix).index")
        // The index alone can be listed.
        #expect(try open(prefix).variables.count == 499)
        let failure = #expect(throws: Failure.self) { try CheckpointImport(open(prefix), variables: .raw) }
        #expect(failure?.kind == .noInput && failure?.location == "\(prefix).data-00000-of-00001")
    }

    /// Where a variable's values begin.
    private func position(of name: String) throws -> Int {
        let index = try Data(contentsOf: URL(fileURLWithPath: "\(Self.tiny).index"))
        let entry = try #require(try SortedTable([UInt8](index)).entries.first { $0.key == Array(name.utf8) })
        return Int(try Tensorflow_BundleEntryProto(serializedBytes: Array(entry.value)).offset)
    }
}

/// What an index may not say.
@Suite struct ForeignCheckpointTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private static func variable(
        _ change: @escaping (inout Tensorflow_BundleEntryProto) -> Void = { _ in }
    ) -> ForeignCheckpoint.Variable {
        .init(name: "a/W", shape: [2, 3], values: [1, 2, 3, 4, 5, 6], change: change)
    }

    private func read(_ foreign: ForeignCheckpoint) throws -> [Float] {
        let checkpoint = try Checkpoint(CheckpointFiles(at: foreign.write(in: folder)))
        return try checkpoint.floats(of: #require(checkpoint["a/W"]))
    }

    private func refusal(_ foreign: ForeignCheckpoint) -> Failure? {
        let failure = #expect(throws: Failure.self) { try read(foreign) }
        #expect(failure?.kind == .badData)
        return failure
    }

    @Test func anHonestOne() throws {
        #expect(try read(ForeignCheckpoint(variables: [Self.variable()])) == [1, 2, 3, 4, 5, 6])
    }

    /// Two spellings of one letter are two names, and equal strings in Swift.
    @Test func namesAreBytes() throws {
        let names = ["\u{e9}", "e\u{301}"]
        let foreign = ForeignCheckpoint(
            variables: names.enumerated().map { .init(name: $1, shape: [1], values: [Float($0)]) })
        let checkpoint = try Checkpoint(CheckpointFiles(at: foreign.write(in: folder)))
        #expect(checkpoint.variables.count == 2)
        for (value, name) in names.enumerated() {
            #expect(try checkpoint.floats(of: #require(checkpoint[name])) == [Float(value)])
        }
    }

    /// An encoder in a hundred files of values.
    private func writeHundredShards() throws -> String {
        let architecture = EncoderArchitecture(width: 2, layers: 1)
        let weights = EncoderWeights.random(architecture: architecture, seed: 1)
        return try ForeignCheckpoint(
            variables: EncoderTensor.all(of: architecture).map {
                .init(name: $0.name, shape: $0.shape, values: weights[$0.role])
            }, shards: 100
        ).write(in: folder)
    }

    /// Checksums that are asked for are of every file; where they are too many, the rest is there by the digest of its lines.
    @Test func checksumsOfManyFiles() throws {
        let checkpoint = try Checkpoint(CheckpointFiles(at: writeHundredShards()))
        let imported = try CheckpointImport(checkpoint, variables: .raw, hashesValues: true)
        let text = try #require(imported.attributes["source_sha256"])
        #expect(imported.checksums.count == 101 && text.utf8.count <= WeightsFile.maximumAttribute)
        let lines = text.split(separator: "\n")
        #expect(lines.last?.hasSuffix("(the lines of \(101 - lines.count + 1) more files)") == true)
        let rest = imported.checksums[(lines.count - 1)...].map { "\($0.sha256)  \($0.file)\n" }.joined()
        #expect(lines.last?.hasPrefix(Array(rest.utf8).withUnsafeBytes { Checksum(of: $0) }.description) == true)

        try FileManager.default.removeItem(atPath: folder.file("model.data-00041-of-00100"))
        let failure = #expect(throws: Failure.self) {
            try CheckpointImport(checkpoint, variables: .raw, hashesValues: true)
        }
        #expect(failure?.kind == .noInput && failure?.location?.hasSuffix("00041-of-00100") == true)
    }

    /// More files than a process may have open.
    @Test func filesAreReadOneAfterTheOther() async throws {
        let path = try writeHundredShards()
        await #expect(processExitsWith: .success) { [path = path as String] in
            let checkpoint = try Checkpoint(CheckpointFiles(at: path))
            var limit = rlimit(rlim_cur: 50, rlim_max: 50)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let imported = try CheckpointImport(checkpoint, variables: .raw, hashesValues: true)
            #expect(imported.checksums.count == 101)
            #expect(checkpoint.bytes(ofFile: "model.data-00099-of-00100") != nil)
            #expect(checkpoint.bytes(ofFile: "model.index") != nil)
            #expect(checkpoint.bytes(ofFile: "model.meta") == nil)
        }
    }

    @Test func severalFilesOfValues() throws {
        var last = Self.variable()
        last.shard = 2
        let other = ForeignCheckpoint.Variable(name: "b/W", shape: [1], values: [7], shard: 0)
        #expect(try read(ForeignCheckpoint(variables: [other, last], shards: 3)) == [1, 2, 3, 4, 5, 6])
        // Only the one that is needed need be there.
        try FileManager.default.removeItem(atPath: folder.file("model.data-00000-of-00003"))
        let checkpoint = try Checkpoint(CheckpointFiles(at: folder.file("model")))
        #expect(try checkpoint.floats(of: #require(checkpoint["a/W"])).count == 6)
        let failure = #expect(throws: Failure.self) { try checkpoint.floats(of: #require(checkpoint["b/W"])) }
        #expect(failure?.kind == .noInput)
    }

    struct Entry: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var reason: String
        var change: @Sendable (inout Tensorflow_BundleEntryProto) -> Void

        init(
            _ name: String, _ reason: String, _ change: @escaping @Sendable (inout Tensorflow_BundleEntryProto) -> Void
        ) {
            (testDescription, self.reason, self.change) = (name, reason, change)
        }
    }

    static let entries = [
        Entry("fewer bytes than its shape", "do not fit its shape") { $0.size = 20 },
        Entry("more bytes than its shape", "do not fit its shape") { $0.size = 28 },
        Entry("a larger shape", "do not fit its shape") { $0.shape.dim[0].size = 1 << 20 },
        Entry("a shape beyond 64 bits", "do not fit its shape") {
            $0.shape.dim = (0..<4).map { _ in .with { $0.size = 1 << 40 } }
        },
        Entry("a negative dimension", "shape makes no sense") { $0.shape.dim[0].size = -2 },
        Entry("an unknown rank", "shape makes no sense") { $0.shape.unknownRank = true },
        Entry("a thousand dimensions", "shape makes no sense") {
            $0.shape.dim += (0..<1_000).map { _ in .with { $0.size = 1 } }
        },
        Entry("a negative offset", "place makes no sense") { $0.offset = -1 },
        Entry("a negative size", "place makes no sense") { $0.size = -24 },
        Entry("the end of all numbers", "place makes no sense") { $0.offset = .max },
        Entry("far after the file's end", "should be at bytes") { $0.offset = 1 << 40 },
        Entry("a file that is not counted", "names file 7") { $0.shardID = 7 },
        Entry("a file below zero", "names file -1") { $0.shardID = -1 },
        Entry("another checksum", "do not match their checksum") { $0.crc32C ^= 1 },
        Entry("float64", "values are float64") { ($0.dtype, $0.shape.dim[0].size) = (.dtDouble, 1) },
        Entry("bfloat16", "values are bfloat16") { ($0.dtype, $0.shape.dim[0].size) = (.dtBfloat16, 4) },
        Entry("strings", "values are string") { $0.dtype = .dtString },
        Entry("an unknown type", "unknown type 99") { $0.dtype = .UNRECOGNIZED(99) },
        Entry("slices", "partitioned") { $0.slices = [.with { $0.extent = [.with { $0.length = 1 }] }] },
    ]

    @Test(arguments: entries) func refusedEntries(_ entry: Entry) {
        let failure = refusal(ForeignCheckpoint(variables: [Self.variable(entry.change)]))
        #expect(failure?.description.contains(entry.reason) == true, "\(failure as Any)")
    }

    /// A terabyte that no file has is refused before any memory is taken for it.
    @Test func aShapeThatIsTooLarge() {
        let failure = refusal(
            ForeignCheckpoint(variables: [
                Self.variable {
                    $0.shape.dim = [.with { $0.size = 1 << 38 }]
                    $0.size = 1 << 40
                }
            ]))
        #expect(failure?.why.contains("too large") == true)
    }

    @Test func headers() {
        func refused(_ change: @escaping (inout Tensorflow_BundleHeaderProto) -> Void) -> String {
            refusal(ForeignCheckpoint(variables: [Self.variable()], changeHeader: change))?.why ?? ""
        }
        #expect(refused { $0.endianness = .big }.contains("big-endian"))
        #expect(refused { $0.endianness = .UNRECOGNIZED(5) }.contains("byte order 5"))
        #expect(refused { $0.numShards = 0 }.contains("counts 0 files"))
        #expect(refused { $0.numShards = -3 }.contains("counts -3 files"))
        #expect(refused { $0.numShards = 1 << 30 }.contains("files of values"))
        #expect(refused { $0.version.minConsumer = 2 }.contains("version 2"))
    }

    @Test func compressed() {
        let failure = refusal(ForeignCheckpoint(variables: [Self.variable()], writer: TableWriter(blockType: 1)))
        #expect(failure?.why.contains("Snappy") == true && failure?.location == folder.file("model.index"))
    }

    @Test func valuesThatAreNotFinite() throws {
        let architecture = EncoderArchitecture(width: 2, layers: 1)
        let weights = EncoderWeights.random(architecture: architecture, seed: 1)
        let foreign = ForeignCheckpoint(
            variables: EncoderTensor.all(of: architecture).map { tensor in
                var values = weights[tensor.role]
                if tensor.name == "ae_res_1/W" { values[1] = .infinity }
                return .init(name: tensor.name, shape: tensor.shape, values: values)
            })
        let checkpoint = try Checkpoint(CheckpointFiles(at: foreign.write(in: folder)))
        let failure = #expect(throws: Failure.self) { try CheckpointImport(checkpoint, variables: .raw) }
        #expect(failure?.kind == .badData && failure?.location?.hasSuffix("model: ae_res_1/W") == true)
    }

    /// Stages and hop leave no trace in shapes: they are what is said.
    @Test func numbersThatNoShapeTells() throws {
        let architecture = EncoderArchitecture(width: 3, layers: 4, stages: 2, bottleneck: 5, hop: 64)
        let weights = EncoderWeights.random(architecture: architecture, seed: 3)
        let foreign = ForeignCheckpoint(
            variables: EncoderTensor.all(of: architecture).map {
                .init(name: $0.name, shape: $0.shape, values: weights[$0.role])
            })
        let checkpoint = try Checkpoint(CheckpointFiles(at: foreign.write(in: folder)))
        #expect(try CheckpointImport(checkpoint, variables: .raw, stages: 2, hop: 64).weights == weights)
        #expect(try CheckpointImport(checkpoint, variables: .raw).weights.architecture.stages == 10)
        let failure = #expect(throws: Failure.self) { try CheckpointImport(checkpoint, variables: .ema) }
        #expect(failure?.remedy?.contains("--variables raw") == true)
        #expect(
            #expect(throws: Failure.self) { try CheckpointImport(checkpoint, variables: .raw, stages: 0) }?.why
                .contains("stages is 0") == true)
    }
}
