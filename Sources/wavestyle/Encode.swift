// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation
import HDF5
import Matrices
import MuLaw
import Transfer
import WaveEncoder
import WeightLoader

/// `wavestyle encode`: activations to HDF5.
struct Encode: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encode",
        abstract: "Write the encoder's activations to an HDF5 file.",
        usage: "wavestyle encode FILE --output FILE.h5 [options]",
        discussion: """
            The sound is mixed to one channel, resampled to 16 kHz, companded and encoded. Each layer becomes a float32 \
            dataset of its own, with time first: block10/relu2 is [T, C], encoding [T / 512, 16].

              wavestyle encode voice.wav --output voice.h5 --layers relu1:1-3,encoding
            """)

    @Argument(help: .text("The sound.", value: "file"), completion: .file())
    var input: String

    @Option(
        help: .text("The HDF5 file to write. A .json next to it records how it was made.", value: "file.h5"),
        completion: .file())
    var output: String

    @OptionGroup var overwriting: OverwriteOptions

    @Option(
        help: ArgumentHelp(
            "Layers to write: relu1, relu2, residual, bottleneck, encoding, with blocks as in relu2:1-10.",
            valueName: "layers"))
    var layers = "encoding"

    @Option(parsing: .unconditional, help: .text("Where to start.", value: "seconds"))
    var start: Double = 0

    @Option(parsing: .unconditional, help: .text("How much to use. (default: to the end)", value: "seconds"))
    var duration: Double?

    @Flag(help: "Refuse a sound whose file breaks off, instead of using what is there.")
    var strict = false

    @OptionGroup(title: "Encoder") var encoder: EncoderOptions

    @Flag(help: "Print errors only.")
    var quiet = false

    mutating func run() throws {
        let selection = try LayerSelection(layers)
        guard !selection.isWeighted else {
            throw Failure.unusable("--layers \(layers)", "activations have no weights (@)")
        }
        let threads = try encoder.threads.count()
        let replaces = !overwriting.noClobber
        let file = try OutputFile(
            path: output, besides: [input, encoder.weights?.value.plain ?? ""], replaces: replaces)
        let recordFile = file.isStream ? nil : try OutputFile(path: output + ".json", replaces: replaces)

        func warn(_ text: String) { if !quiet { Terminal.error.warn(text) } }
        let sound = try InputSound(
            input, start: start, duration: duration, clip: .rescale, strict: strict, memory: AvailableMemory.bytes,
            warn: warn)
        let weights = try WeightLibrary().load(encoder.weights?.value.plain)
        let engine = WaveEncoder(weights.weights, threads: threads)
        let points = try selection.resolved(in: engine.architecture).map(\.point)
        let x = MuLaw.companded(try sound.mix(at: 16_000, warn: warn))
        try EncoderMemory(
            engine, points: points, samples: x.count, of: input,
            remedy: "use a part (--start, --duration) or fewer layers"
        ).require([.reading])
        let maps = engine.activations(of: x, at: Set(points))

        try file.write { partial in
            let hdf5 = try HDF5File.create(at: partial)
            for point in points {
                guard let map = maps[point], map.rows > 0 else { throw tooShort(point, engine.architecture) }
                try hdf5.write(map.values, shape: [map.rows, map.columns], to: point.datasetPath)
            }
            try hdf5.writeAttribute("sample_rate", 16_000)
            try hdf5.writeAttribute("source_sha256", sound.record.sha256)
            try hdf5.writeAttribute("weights_sha256", weights.sha256)
            try hdf5.close()
        }
        let record = EncodeRecord(
            input: sound.record, layers: layers,
            weights: RunRecord.Weights(weights), output: output)
        try recordFile?.write(text: try prettyJSON(record))
        if !OutputFile.isStandardOutput(output) { try emit(path: output) }
    }

    private func tooShort(_ point: LayerPoint, _ architecture: EncoderArchitecture) -> Failure {
        Failure(
            .badData, "cannot write \(point.datasetPath) of", at: input,
            why: "it has one row for each \(architecture.hop) samples at 16 kHz, and the sound is shorter")
    }
}

/// The record next to the activations.
private struct EncodeRecord: Encodable {
    var program = "wavestyle encode"
    var version = Wavestyle.version
    var arguments = CommandLine.pathArguments
    var input: RunRecord.Input
    var layers: String
    var weights: RunRecord.Weights
    var output: String
}
