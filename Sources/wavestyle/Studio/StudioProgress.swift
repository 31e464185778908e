// SPDX-License-Identifier: Apache-2.0
import Foundation
import StudioLibrary

/// How far a run is, while it runs.
struct StudioProgress: Encodable, Sendable {
    /// 0 to 1.
    var fraction = 0.0
    /// The iteration that was reached, how many there will be, and its loss; nil for a mosaic.
    var iteration: Int?
    var of: Int?
    var loss: Double?
    /// What a mosaic does.
    var stage: String?
    /// Seconds since this process runs it.
    var elapsed = 0.0
    /// Seconds that are left; nil while unknown.
    var left: Double?

    private enum CodingKeys: String, CodingKey { case fraction, iteration, of, loss, stage, elapsed, left }

    private let begin = Date()
    private var first: Double?

    /// Takes what a run tells of itself.
    mutating func take(_ event: RunEvent) {
        switch event {
        case .iteration(let number, let count, let channel, let loss, _):
            // Of several channels each has its own: how many, only the record says.
            (iteration, of, self.loss) = (number, count, loss)
            stage = channel.map { "channel \($0)" }
            fraction = count > 0 ? Double(number) / Double(count) : 0
        case .phases(let round, let count, _, _):
            stage = "phases, round \(round) of \(count)"
        case .stage(let name, let fraction):
            (stage, self.fraction) = (name, fraction)
        case .message, .warning, .ended:
            break
        }
        elapsed = Date().timeIntervalSince(begin)
        let done = fraction - (first ?? fraction)
        first = first ?? fraction
        left = done > 0.02 ? elapsed * (1 - fraction) / done : nil
    }
}

/// A sound as the page knows it.
struct SoundAnswer: Encodable, Sendable {
    let id: Int64
    let name: String
    let origin: KeptSound.Origin
    let seconds: Double
    let rate: Int
    let channels: Int
    let loudness: Double?
    let peak: Double
    let created: Date
    let remarks: [String]

    init(_ sound: KeptSound) {
        (id, name, origin, seconds) = (sound.id ?? 0, sound.name, sound.origin, sound.seconds)
        (rate, channels, loudness, peak) = (sound.rate, sound.channels, sound.loudness, sound.peak)
        (created, remarks) = (sound.created, sound.remarks)
    }
}

/// A run as the page knows it.
struct RunAnswer: Encodable, Sendable {
    let run: KeptRun
    let progress: StudioProgress?

    private enum CodingKeys: String, CodingKey {
        case id, title, state, content, styles, preset, changed, created, finished, seconds, took, progress, error,
            warnings,
            rating, note, loudness, peak, snapshots, hasResult, canResume, summary
    }

    func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(run.id, forKey: .id)
        try values.encode(run.title, forKey: .title)
        try values.encode(run.state, forKey: .state)
        try values.encode(run.content, forKey: .content)
        try values.encode(run.styles, forKey: .styles)
        try values.encode(run.preset, forKey: .preset)
        try values.encode(run.settings, forKey: .changed)
        try values.encode(run.created, forKey: .created)
        try values.encode(run.finished, forKey: .finished)
        try values.encode(run.seconds, forKey: .seconds)
        try values.encode(run.took, forKey: .took)
        try values.encode(progress, forKey: .progress)
        try values.encode(run.error, forKey: .error)
        try values.encode(run.warnings, forKey: .warnings)
        try values.encode(run.rating, forKey: .rating)
        try values.encode(run.note, forKey: .note)
        try values.encode(run.loudness, forKey: .loudness)
        try values.encode(run.peak, forKey: .peak)
        try values.encode(run.snapshots, forKey: .snapshots)
        try values.encode(run.hasResult, forKey: .hasResult)
        try values.encode(run.canResume, forKey: .canResume)
        try values.encode(run.summary, forKey: .summary)
    }
}
