// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The events of a run: a display shows them, and `--events` writes them for the program that started it,
/// as `{"iteration":{"loss":0.25,"number":3,"of":100,"seconds":1.5}}`.
enum RunEvent: Codable, Equatable, Sendable {
    /// A message.
    case message(text: String)
    case warning(text: String)
    /// An accepted iterate, 0 for the start; seconds count from there. The channel, from 1, where there are several.
    case iteration(number: Int, of: Int, channel: Int?, loss: Double, seconds: Double)
    /// A round of phase estimation.
    case phases(round: Int, of: Int, channel: Int?, distance: Double)
    /// How far a mosaic has come, 0 to 1, and what is being done.
    case stage(name: String, fraction: Double)
    /// The last one.
    case ended(how: JobEnding)

    /// - Parameter line: JSON; nil comes of anything else.
    init?(line: String) {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let event = try? decoder.decode(RunEvent.self, from: Data(line.utf8)) else { return nil }
        self = event
    }

    /// One line of JSON on standard output. If there is no reader any more, the run is about to stop (``Interruption``).
    func write() {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let line = try? encoder.encode(self) else { return }
        try? emit(String(decoding: line, as: UTF8.self) + "\n")
    }
}
