// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation
import Report
import WaveEncoder
import WeightLoader

extension WeightsCommand {
    /// `wavestyle weights inspect`.
    struct Inspect: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the architecture, checksum and tensors of weights.",
            discussion: """
                Tensors are listed with their names and shapes in the file. The source that 'weights \
                import' recorded in a file is shown unchanged.
                """)

        @Argument(help: .text("The weights. (default: the manifest's default)", value: "name|file"))
        var weights: String?

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let report = try report()
            if json { return try emit(try prettyJSON(report)) }
            var lines = [
                ["name", report.name],
                ["title", report.title ?? "not in the manifest"],
                ["file", report.path ?? "none: built in"],
                ["sha256", report.sha256],
            ]
            for (name, text) in report.attributes.sorted(by: { $0.key < $1.key }) {
                for (index, line) in text.split(separator: "\n").enumerated() {
                    lines.append([index == 0 ? name : "", String(line)])
                }
            }
            if let shape = report.architecture {
                lines += [
                    ["width", "\(shape.width)"],
                    [
                        "blocks",
                        "\(shape.layers), dilations 1 to \(shape.dilation(ofBlock: min(shape.layers, shape.stages)))",
                    ],
                    ["bottleneck", "\(shape.bottleneck), pooled over \(shape.hop) samples"],
                ]
            } else {
                lines.append(["for", "--backend stft --n-fft \(2 * ((report.tensors.first?.shape[2] ?? 1) - 1))"])
            }
            lines.append(["parameters", "\(report.parameters) in \(report.tensors.count) tensors"])
            func short(_ value: Float) -> String { String(format: "%.4g", value) }
            let tensors = report.tensors.map { tensor in
                let shape = tensor.shape.map(String.init).joined(separator: " x ")
                return [tensor.name, shape, short(tensor.min), short(tensor.max), short(tensor.rms)]
            }
            try emit(
                TextTable(words: lines).text + "\n"
                    + TextTable(words: [["TENSOR", "SHAPE", "MIN", "MAX", "RMS"]] + tensors).text)
        }

        /// Of an encoder's weights, or of a network's on spectrograms.
        private func report() throws -> WeightsReport {
            do {
                return WeightsReport(try WeightLibrary().load(weights))
            } catch  where error.kind == .badData {
                guard let path = weights, let tensors = try? SpectralWeightsFile.tensors(of: path) else {
                    throw error
                }
                return try WeightsReport(spectral: tensors, path: path)
            }
        }
    }

    /// What `inspect` shows.
    private struct WeightsReport: Encodable {
        var name: String
        var title: String?
        var path: String?
        var sha256: String
        /// What the file says of itself.
        var attributes: [String: String] = [:]
        var architecture: EncoderArchitecture?
        var parameters: Int
        var tensors: [TensorReport]

        init(_ loaded: LoadedWeights) {
            name = loaded.name
            title = loaded.entry?.title
            path = loaded.path
            sha256 = loaded.sha256
            attributes = loaded.attributes
            let shapes = loaded.weights.architecture
            architecture = shapes
            parameters = shapes.parameterCount
            tensors = EncoderTensor.all(of: shapes).map { TensorReport($0.name, $0.shape, loaded.weights[$0.role]) }
        }

        init(spectral: [SpectralWeightsFile.Tensor], path: String) throws {
            name = (path as NSString).lastPathComponent
            self.path = path
            sha256 = try Checksum(ofFile: path).description
            tensors = spectral.map { TensorReport($0.name, $0.shape, $0.values) }
            parameters = spectral.reduce(0) { $0 + $1.values.count }
        }
    }

    /// One tensor in figures.
    private struct TensorReport: Encodable {
        var name: String
        var shape: [Int]
        var min: Float
        var max: Float
        var rms: Float

        init(_ name: String, _ shape: [Int], _ values: [Float]) {
            self.name = name
            self.shape = shape
            min = values.min() ?? 0
            max = values.max() ?? 0
            let power = values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count)
            rms = Float(power.squareRoot())
        }
    }
}
