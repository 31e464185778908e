// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Report
import WeightLoader

extension WeightsCommand {
    /// `wavestyle weights list-tensors`.
    struct ListTensors: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list-tensors",
            abstract: "List every variable in a TensorFlow checkpoint.",
            usage: "wavestyle weights list-tensors CHECKPOINT [options]",
            discussion: """
                Only the index is read: the data files need not exist.

                \(CheckpointOptions.explanation)
                """)

        @OptionGroup var source: CheckpointOptions

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let checkpoint = try source.checkpoint()
            let rows = checkpoint.variables.map(Row.init)
            if json { return try emit(try prettyJSON(rows)) }
            let table = rows.map { row in
                let shape = row.shape.isEmpty ? "scalar" : row.shape.map(String.init).joined(separator: " x ")
                return [row.name, row.type, shape, row.isPartitioned ? "partitioned" : "\(row.bytes)"]
            }
            try emit(TextTable(words: [["TENSOR", "TYPE", "SHAPE", "BYTES"]] + table).text)
        }
    }

    /// One line of the list.
    private struct Row: Encodable {
        var name: String
        var type: String
        var shape: [Int]
        var bytes: Int
        var isPartitioned: Bool

        init(_ variable: Checkpoint.Variable) {
            (name, type, shape) = (variable.name, variable.type, variable.shape)
            (bytes, isPartitioned) = (variable.bytes, variable.isPartitioned)
        }
    }
}
