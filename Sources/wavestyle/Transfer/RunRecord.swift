// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Matrices
import Mosaic
import Spectrogram
import Transfer
import WaveEncoder
import WeightLoader

/// The record next to every output: everything that determined it, and the results.
struct RunRecord: Codable {
    /// A sound that was read.
    struct Input: Codable {
        var path: String
        var sha256: String
        var sampleRate: Int
        var channels: Int
        /// The part used, in seconds.
        var start: Double
        var duration: Double

        /// Whether it is the same part of the same sound, at any path.
        func isSame(as other: Input) -> Bool {
            sha256 == other.sha256 && start == other.start && duration == other.duration
        }
    }

    /// A style, with its weight as given.
    struct Style: Codable {
        var sound: Input
        var weight: Double

        func isSame(as other: Style) -> Bool { sound.isSame(as: other.sound) && weight == other.weight }
    }

    /// The weights that were used.
    struct Weights: Codable {
        var name: String
        var path: String?
        /// nil for those that the settings' seed decides.
        var sha256: String?
        /// Of NSynth's encoder.
        var architecture: EncoderArchitecture?
    }

    /// How sounds go in and out.
    struct Form: Codable, Equatable {
        var channels: String
        var clip: String
        /// nil in records of early versions for the backend's.
        var outputRate: Int?
        /// nil for a mosaic, which has none, and in records of early versions, which dropped it.
        var highBand: String?
        /// nil in records of early versions where it was kept as it came.
        var loudness: LoudnessTarget?
        var sampleFormat: String?
        var precision: String
        /// false where the content's were not to be kept; else nil.
        var tags: Bool?

        /// The same with the values that early versions left out.
        func completed(backendRate: Int) -> Form {
            var form = self
            form.outputRate = outputRate ?? backendRate
            form.highBand = highBand ?? HighBandMode.drop.rawValue
            form.loudness = loudness ?? .keep
            return form
        }
    }

    /// A file next to the output.
    struct Written: Codable, Equatable {
        var path: String
        var sha256: String

        /// - Throws: ``Failure`` where it cannot be read.
        init(_ path: String) throws(Failure) {
            self.path = path
            sha256 = try Checksum(ofFile: path).description
        }
    }

    /// The sound at an iteration.
    struct Snapshot: Codable, Equatable {
        var iteration: Int
        var file: Written
    }

    /// One channel's result; a mosaic's is of all channels, and has no iterations.
    struct Result: Codable {
        /// That of the sound.
        var iteration: Int?
        /// The last one that was reached.
        var reached: Int?
        var wasStopped: Bool
        /// Why the optimiser ended before its last iteration.
        var ending: String?
        /// Of the loss and its gradient.
        var evaluations: Int?
        /// From the start's evaluation to the last iterate.
        var seconds: Double
        /// Including phases and snapshots.
        var totalSeconds: Double
        /// Losses of the start, and figures where they were monitored.
        var first: [String: Double]?
        /// The same of ``iteration``, or of the mosaic.
        var last: [String: Double]
    }

    var program = "wavestyle"
    var version = Wavestyle.version
    /// But for those that decide nothing of the run.
    var arguments: [String]
    var content: Input
    var styles: [Style]
    /// nil for a mosaic.
    var weights: Weights?
    /// What the settings were made from: a name, or a file; nil in records of early versions.
    var preset: String?
    /// What was changed on it.
    var changed: SettingValues?
    /// All that count, as in a preset.
    var settings: SettingValues
    var form: Form
    /// Which iterate became the result: `last`, `best:loss` or `best:METRIC`; nil for a mosaic.
    var keep: String?
    /// What was measured on the way, and when.
    var monitor: String?
    var threads: Int
    var kernels: String
    var output: String
    /// Of the output's file.
    var sha256 = ""
    /// Where the losses of each iteration are.
    var trace: Written?
    /// Snapshots, from first to last.
    var snapshots: [Snapshot] = []
    var peak: Float
    /// The most memory that the process has held, in bytes.
    var peakMemory: Int
    /// How memory was traded for time; it shows in the last bits. Nil in records of early versions.
    var strategy: MemoryStrategy?
    var results: [Result]
    /// What a mosaic decided; nil for an optimisation.
    var mosaic: Mosaic.Outcome?

    /// Whether this is the record of a whole run of the same sounds, weights and settings.
    func isFinished(as wanted: RunRecord) -> Bool {
        difference(from: wanted) == nil && (wanted.monitor == nil || monitor == wanted.monitor)
            && !results.isEmpty && !results.contains(where: \.wasStopped)
    }

    /// What makes this the record of another run than wanted, as a clause; nil where it is the same.
    func difference(from wanted: RunRecord) -> String? {
        guard content.isSame(as: wanted.content) else { return "the content is another one, or has changed" }
        guard styles.count == wanted.styles.count, zip(styles, wanted.styles).allSatisfy({ $0.isSame(as: $1) }) else {
            return "a style is another one, or has changed"
        }
        guard weights?.sha256 == wanted.weights?.sha256 else { return "the weights are others, or have changed" }
        // A record of an earlier version lacks the settings that came later.
        let own = try? MethodSettings(settings)
        let (settings, rate) = (own?.values ?? settings, own?.workingRate ?? wanted.content.sampleRate)
        guard settings == wanted.settings, keep == wanted.keep,
            form.completed(backendRate: rate) == wanted.form.completed(backendRate: rate)
        else { return "the settings are others" }
        return nil
    }

    /// Pretty JSON with sorted keys and a newline at the end.
    func json() throws -> String { try prettyJSON(self) }
}

extension LoudnessTarget: Codable {
    /// A number of LUFS, `content` or `keep`.
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let level = try? container.decode(Double.self) {
            self = .level(level)
        } else {
            guard let target = Self(argument: try container.decode(String.self)) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "no loudness")
            }
            self = target
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if case .level(let level) = self { try container.encode(level) } else { try container.encode(description) }
    }
}

extension RunRecord {
    /// A record of some sounds, without results.
    init(
        _ sounds: SoundPair, _ chosen: ChosenSettings, _ form: SoundForm, _ resources: ResourceOptions,
        _ monitoring: MonitorPlan, weights: Weights?, threads: Int, output: String, arguments: [String]
    ) {
        self.init(
            arguments: arguments.filter { !ReportOptions.forPrograms.contains($0) }, content: sounds.content,
            styles: sounds.styleRecords, weights: weights, preset: chosen.preset,
            changed: chosen.changed, settings: chosen.settings.values,
            form: form.record(
                rate: sounds.outputRate, format: sounds.format, precision: resources.precision ?? .float32),
            keep: monitoring.keep?.description, monitor: monitoring.description, threads: threads,
            kernels: KernelLevel.current.rawValue, output: output, peak: 0, peakMemory: 0, results: [])
    }
}

extension RunRecord.Weights {
    /// Those of settings, as far as a record tells them: drawn on spectrograms, the settings tell them all.
    ///
    /// - Throws: ``Failure`` where they are not there.
    init(_ settings: TransferSettings) throws(Failure) {
        switch settings.network {
        case .waveEncoder(let encoder): self.init(try WeightLibrary().load(encoder.weights))
        case .spectral(let spectral):
            switch spectral.weights {
            case .file(let path, _): self.init(name: path, path: path, sha256: try Checksum(ofFile: path).description)
            case .random(let network): self.init(name: "random (\(network.initialisation.rawValue))")
            }
        }
    }

    /// The same of any method; nil where it has none.
    ///
    /// - Throws: as ``init(_:)-``.
    static func of(_ settings: MethodSettings) throws(Failure) -> RunRecord.Weights? {
        guard let own = settings.optimisation else { return nil }
        return try RunRecord.Weights(own)
    }

    init(_ weights: LoadedWeights) {
        self.init(
            name: weights.name, path: weights.path, sha256: weights.sha256,
            architecture: weights.weights.architecture)
    }
}

extension RunRecord.Result {
    init(_ outcome: TransferRun.Outcome) {
        self.init(
            iteration: outcome.kept.iteration, reached: outcome.reached, wasStopped: outcome.wasStopped,
            ending: outcome.ending, evaluations: outcome.evaluations, seconds: outcome.kept.seconds,
            totalSeconds: outcome.totalSeconds, first: outcome.first.values, last: outcome.kept.values)
    }
}

extension TraceLine {
    /// The total as `loss`, the terms and the metrics, by name.
    var values: [String: Double] {
        losses.terms.reduce(into: metrics.merging(["loss": losses.total]) { $1 }) { $0[$1.name] = $1.value }
    }

    /// A line of a trace file; the channel is named where there are several.
    func json(channel: Int?) -> String {
        let figures = metrics.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        return jsonObject(
            [("channel", channel.map { "\($0)" }), ("iteration", "\(iteration)"), ("loss", "\(losses.total)")]
                + losses.terms.map { ($0.name, "\($0.value)") }
                + [("seconds", "\(seconds)"), ("metrics", figures.isEmpty ? nil : jsonObject(figures))]) + "\n"
    }
}

extension PhaseReconstruction.Progress {
    /// A line of a trace file.
    func json(of iterate: Int, channel: Int?) -> String {
        jsonObject([
            ("channel", channel.map { "\($0)" }), ("phases-of", "\(iterate)"), ("phase-iteration", "\(iteration)"),
            ("distance", "\(distance)"),
        ]) + "\n"
    }
}
