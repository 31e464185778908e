// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import WaveEncoder
import WeightLoader

extension WeightsCommand {
    /// `wavestyle weights inspect`.
    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what is in weights: architecture, checksum, tensors.",
            discussion: "Tensors are listed with their names and shapes in Magenta's checkpoints.")

        @Argument(help: ArgumentHelp("The weights. (default: the manifest's default)", valueName: "name|file"))
        var weights: String?

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let loaded = try WeightLibrary().load(weights)
            let report = WeightsReport(loaded)
            if json { return try printJSON(report) }
            let shape = report.architecture
            try printTable([
                ["name", report.name],
                ["title", report.title ?? "not in the manifest"],
                ["file", report.path ?? "none: built in"],
                ["sha256", report.sha256],
                ["width", "\(shape.width)"],
                [
                    "blocks",
                    "\(shape.layers), dilations 1 to \(shape.dilation(ofBlock: min(shape.layers, shape.stages)))",
                ],
                ["bottleneck", "\(shape.bottleneck), pooled over \(shape.hop) samples"],
                ["parameters", "\(shape.parameterCount) in \(report.tensors.count) tensors"],
            ])
            try emit("\n")
            func short(_ value: Float) -> String { String(format: "%.4g", value) }
            try printTable(
                [["TENSOR", "SHAPE", "MIN", "MAX", "RMS"]]
                    + report.tensors.map { tensor in
                        let shape = tensor.shape.map(String.init).joined(separator: " x ")
                        return [tensor.name, shape, short(tensor.min), short(tensor.max), short(tensor.rms)]
                    })
        }
    }

    /// What `inspect` shows.
    private struct WeightsReport: Encodable {
        var name: String
        var title: String?
        var path: String?
        var sha256: String
        var architecture: EncoderArchitecture
        var parameters: Int
        var tensors: [TensorReport]

        init(_ loaded: LoadedWeights) {
            name = loaded.name
            title = loaded.entry?.title
            path = loaded.path
            sha256 = loaded.sha256
            architecture = loaded.weights.architecture
            parameters = architecture.parameterCount
            tensors = EncoderTensor.all(of: architecture).map { TensorReport($0, loaded.weights[$0.role]) }
        }
    }

    /// One tensor in figures.
    private struct TensorReport: Encodable {
        var name: String
        var shape: [Int]
        var min: Float
        var max: Float
        var rms: Float

        init(_ tensor: EncoderTensor, _ values: [Float]) {
            name = tensor.name
            shape = tensor.shape
            min = values.min() ?? 0
            max = values.max() ?? 0
            let power = values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count)
            rms = Float(power.squareRoot())
        }
    }
}
