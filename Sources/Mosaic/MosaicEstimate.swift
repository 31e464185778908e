// SPDX-License-Identifier: Apache-2.0
import Files

extension Mosaic {
    /// What a run would take.
    public struct Estimate: Sendable {
        /// The mode that was asked for; where the sounds decide, memory and time are those of the mode that takes most.
        public var mode: MosaicMode
        /// Bytes that it allocates, by what they are for.
        public var requests: [String: Int]
        /// Of the run.
        public var seconds: Double
    }

    /// Seconds of the content that an estimate runs on.
    private static let trial = 1.0

    /// Estimates a run. A second of it is run to measure this machine's speed.
    ///
    /// - Parameters: as for ``run(content:styles:progress:)``.
    /// - Throws: as ``run(content:styles:progress:)``.
    public func estimate(content: [[Float]], styles: [Style]) throws(Failure) -> Estimate {
        func beginning(_ channels: [[Float]], _ seconds: Double) -> [[Float]] {
            channels.map { Array($0.prefix(max(Int(seconds * Double(sampleRate)), 1))) }
        }
        // What a style is like shows in its first seconds, mostly.
        var piece = beginning(content, Self.trial)
        let pieces = styles.map { Style(channels: beginning($0.channels, 4), weight: $0.weight) }
        guard soundLevel(of: piece) > 0, pieces.allSatisfy({ soundLevel(of: $0.channels) > 0 }) else {
            return Estimate(mode: settings.mode, requests: memoryNeeded(content: content, styles: styles), seconds: 0)
        }
        let short = Double(piece[0].count)
        let shortStyles = Double(pieces.reduce(0) { $0 + $1.channels[0].count })
        let wholeStyles = Double(styles.reduce(0) { $0 + $1.channels[0].count })
        let longer = Double(content[0].count) / short
        let longerStyles = wholeStyles / shortStyles
        var most = settings
        if most.mode == .auto { most.mode = .tonal }
        let trial = Mosaic(most, sampleRate: sampleRate, threads: threads)
        guard let outcome = try trial.run(content: &piece, styles: pieces) else {
            return Estimate(mode: settings.mode, requests: [:], seconds: 0)
        }
        func spent(_ stage: String) -> Double { outcome.seconds[stage] ?? 0 }
        // Places are looked at for each of the content's, all over the style.
        let places = settings.mode == .play ? min(longerStyles, 20) : 1
        return Estimate(
            mode: settings.mode, requests: memoryNeeded(content: content, styles: styles),
            seconds: spent("style") * longerStyles + spent("dictionary")
                + (spent("content") + spent("filtering") + spent("playing") * places) * longer)
    }

    /// Bytes that a run allocates, by what they are for, in the mode that takes most where the sounds decide. Sounds that are handed over are not
    /// among them.
    ///
    /// - Parameter longest: samples of the sounds that count; nil for all.
    public func memoryNeeded(
        content: [[Float]], styles: [Style], longest: (content: Int, style: Int)? = nil
    ) -> [String: Int] {
        let mode = settings.mode == .auto ? .tonal : settings.mode
        let grid = Grid(rate: sampleRate)
        let float = MemoryLayout<Float>.size
        let bands = BandScale(grid).count
        let samples = min(content.first?.count ?? 0, longest?.content ?? .max)
        let style = styles.reduce(0) { $0 + min($1.channels.first?.count ?? 0, longest?.style ?? .max) }
        let width = styles.allSatisfy { $0.channels.count == content.count } ? content.count : 1
        // The mix's and, where there are several, each channel's; and one that is wanted.
        let envelopes = (content.count > 1 ? content.count + 2 : 2) * grid.frames(samples) * bands
        let low = Int(Double(YIN.rate) / Double(sampleRate) * Double(samples + style))
        var requests = [
            "style": float * (style * (width + (width > 1 ? 1 : 0)) + grid.steps(style) * (bands + 8)),
            "envelopes": float * envelopes, "mixes at 16 kHz": float * low,
            "pitch": grid.steps(samples + style) * 160,
        ]
        if content.count > 1 { requests["mix"] = float * samples }
        switch mode {
        case .tonal:
            let seconds = min(Stretches.budget, Double(style) / Double(sampleRate))
            let atoms = AtomDictionary.semitones.reduce(0.0) { sum, semitones in
                let copy = AtomDictionary.Copy(stretch: 0, semitones: semitones)
                return sum + seconds * Double(YIN.rate) / Double(AtomDictionary.hop) / copy.speed
            }
            requests["dictionary"] = Int(atoms) * (AtomDictionary.bins + 400) * float
        case .grains, .auto, .play:
            requests["path"] = min(16_000_000 + 1_000 * grid.steps(style), grid.steps(style) * grid.steps(samples))
        }
        return requests
    }
}
