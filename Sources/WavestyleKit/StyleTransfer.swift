// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Files
import Finishing
import Foundation
import Transfer

/// A style transfer from sounds to a sound: a method with its settings.
///
///     let transfer = try StyleTransfer { $0.blend = 0.3 }
///     let result = try transfer.run(content: voice, styles: [.init(flute)])
///     try result.sound.write(to: "out.wav")
///
/// A preset under an optimiser tells of each step:
///
///     let transfer = try StyleTransfer(preset: "clean") { $0.optimisation?.iterations = 30 }
///     let result = try transfer.run(content: voice, styles: [.init(flute)]) { step in
///         print(step.iteration, step.losses.total)
///         return true
///     }
///
/// The same sounds, settings and number of threads give the same samples on the same machine.
public struct StyleTransfer: Sendable {
    /// A sound whose style is wanted, with its share among several.
    public struct Style: Sendable {
        /// At any rate, of any number of channels, which an optimisation mixes.
        public var sound: Waveform
        /// Above 0; only its proportion to the others' counts.
        public var weight: Double

        /// A style.
        public init(_ sound: Waveform, weight: Double = 1) {
            (self.sound, self.weight) = (sound, weight)
        }
    }

    /// One accepted iterate of a channel.
    public struct Step: Sendable {
        /// From 0; the content's mix is channel 0 where the settings move a published variable.
        public let channel: Int
        /// 0 for the start.
        public let iteration: Int
        /// Their total, which is minimised, and its terms.
        public let losses: Losses
    }

    /// The outcome.
    public struct Result: Sendable {
        /// As the preset's command writes it: a mosaic, and what has a linear waveform as variable, in the content's channels, at its
        /// rate and its loudness, and with its band above the network's; else one channel at the network's rate.
        public let sound: Waveform
        /// For each channel of an optimisation: losses at start and end, seconds, and why it ended.
        public var outcomes: [TransferRun.Outcome] = []
        /// What a mosaic decided; nil for an optimisation.
        public var mosaic: Mosaic.Outcome?
    }

    /// The settings.
    public let settings: MethodSettings
    private let threads: Int

    /// A preset, optionally changed.
    ///
    /// - Parameters:
    ///   - preset: a name of `Preset.all`, or a file that `--print-settings` wrote.
    ///   - threads: nil for one on each processor.
    ///   - change: of the settings.
    /// - Throws: `Failure` of kind `usage` for a preset or settings that cannot be used, `noInput` or `badData` for a file.
    public init(
        preset: String = "mosaic", threads: Int? = nil, changing change: (inout MethodSettings) -> Void = { _ in }
    ) throws(Failure) {
        var settings = try MethodSettings(preset: preset)
        change(&settings)
        try self.init(settings, threads: threads)
    }

    /// Custom settings.
    ///
    /// - Throws: `Failure` of kind `usage` for settings that cannot be used.
    public init(_ settings: MethodSettings, threads: Int? = nil) throws(Failure) {
        try settings.validate()
        self.settings = settings
        self.threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
    }

    /// The short form: one style, the result's sound alone.
    ///
    /// - Throws: as ``init(preset:threads:changing:)`` and ``run(content:styles:step:progress:)``.
    public static func run(content: Waveform, style: Waveform, preset: String = "mosaic") throws(Failure) -> Waveform {
        try StyleTransfer(preset: preset).run(content: content, styles: [Style(style)]).sound
    }

    /// Runs.
    ///
    /// - Parameters:
    ///   - content: what happens; at any rate, with any number of channels. As much of it and of the styles is used as the preset
    ///     says (`MethodSettings.duration`).
    ///   - styles: how it should sound: at least one.
    ///   - step: called with each accepted iterate of an optimisation, channel by channel; returning false ends the run with the
    ///     best so far.
    ///   - progress: told how far a mosaic has come; returning false ends it.
    /// - Throws: `Failure`: weights that cannot be loaded, sounds that are too short or silent, too little memory, a loss that is
    ///   no longer finite; of kind `interrupted` where `progress` ended a mosaic.
    public func run(
        content: Waveform, styles: [Style], step: (Step) -> Bool = { _ in true },
        progress: (Mosaic.Progress) -> Bool = { _ in true }
    ) throws(Failure) -> Result {
        precondition(!styles.isEmpty, "a transfer has a style")
        let content = content.beginning(seconds: settings.duration)
        let styles = styles.map { style in
            Style(style.sound.beginning(seconds: settings.styleDuration), weight: style.weight)
        }
        if let silent = styles.firstIndex(where: \.sound.isSilent) {
            throw Failure(
                .badData, "cannot transfer", why: "style \(silent + 1) is silent",
                remedy: "give another sound, or more of it")
        }
        switch settings.method {
        case .optimisation(let settings): return try optimise(content, styles, settings, step: step)
        case .mosaic(let settings): return try mosaic(content, styles, settings, progress: progress)
        }
    }

    private func mosaic(
        _ content: Waveform, _ styles: [Style], _ settings: MosaicSettings, progress: (Mosaic.Progress) -> Bool
    ) throws(Failure) -> Result {
        let rate = content.sampleRate
        var sources: [Mosaic.Style] = []
        for style in styles {
            sources.append(
                Mosaic.Style(channels: try style.sound.resampled(to: rate).channels, weight: style.weight))
        }
        var channels = content.channels
        guard
            let outcome = try Mosaic(settings, sampleRate: rate, threads: threads).run(
                content: &channels, styles: sources, progress: progress)
        else { throw Failure(.interrupted, "cannot finish the mosaic", why: "it was stopped") }
        var sound = Waveform(channels: channels, sampleRate: rate, layout: content.layout)
        try OutputFinish(
            content: nil, above: content, rate: rate,
            loudness: Loudness.of(channels: content.channels, sampleRate: rate)
        ).apply(to: &sound)
        return Result(sound: sound, mosaic: outcome)
    }

    private func optimise(
        _ content: Waveform, _ styles: [Style], _ settings: TransferSettings, step: (Step) -> Bool
    ) throws(Failure) -> Result {
        try asFailure {
            let rate = settings.workingRate
            let keepsForm = settings.variable == .waveform
            let chosen = keepsForm ? content : content.mixedDown()
            let low = try chosen.resampled(to: rate)
            let signals = try styles.map { style in
                StyleSignal(try style.sound.mixedDown().resampled(to: rate).channels[0], weight: style.weight)
            }
            let run = TransferRun(
                try settings.backend(samples: low.frameCount, threads: threads), settings: settings)
            var goesOn = true
            let outcomes = try low.channels.enumerated().map { channel, samples in
                try run.run(content: samples, styles: signals, shouldStop: { !goesOn }) { event in
                    guard case .accepted(let line) = event else { return }
                    let isWanted = step(Step(channel: channel, iteration: line.iteration, losses: line.losses))
                    goesOn = goesOn && isWanted
                }
            }
            if let failure = outcomes.compactMap(\.failure).first { throw failure }
            let finish = try OutputFinish(
                content: keepsForm && chosen.sampleRate != rate ? chosen : nil, above: low,
                pauses: MethodSettings(settings).keepsPauses ? ContentPauses(of: chosen) : nil,
                rate: keepsForm ? chosen.sampleRate : rate,
                loudness: keepsForm
                    ? Loudness.of(channels: chosen.channels, sampleRate: chosen.sampleRate) : nil)
            let sound = Waveform(channels: outcomes.map(\.waveform), sampleRate: rate, layout: low.layout)
            return Result(sound: try finish.applied(to: sound), outcomes: outcomes)
        }
    }
}

/// Nothing but a `Failure` leaves this module.
func asFailure<Value>(_ body: () throws -> Value) throws(Failure) -> Value {
    do {
        return try body()
    } catch let failure as Failure {
        throw failure
    } catch {
        throw Failure(.software, "cannot go on", why: "\(error)")
    }
}
