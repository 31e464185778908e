// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Files
import Matrices

/// A run from two sounds to one, stage by stage.
struct MosaicRun {
    private let settings: MosaicSettings
    private let grid: Grid
    private let scale: BandScale
    private let workers: Workers
    private let progress: (Mosaic.Progress) -> Bool

    init(_ settings: MosaicSettings, _ grid: Grid, threads: Int, _ progress: @escaping (Mosaic.Progress) -> Bool) {
        (self.settings, self.grid, self.progress) = (settings, grid, progress)
        scale = BandScale(grid)
        workers = Workers(count: threads)
    }

    func run(_ content: inout [[Float]], _ styles: [Mosaic.Style]) throws(Failure) -> Mosaic.Outcome? {
        var clock = StageClock()
        guard tell("analysing", 0) else { return nil }
        let material = try StyleMaterial(styles, channels: content.count, grid, scale, workers: workers)
        clock.lap("style")
        guard tell("analysing", 0.1) else { return nil }
        let analysis = try ContentAnalysis(content, grid, scale, workers: workers)
        let decision = Decision(settings, content: analysis, style: material)
        var outcome = Mosaic.Outcome(
            mode: decision.mode.rawValue, octave: decision.octave, keep: decision.keep, tonalShare: material.tonalShare,
            voicedContent: analysis.pitch.voicedShare, voicedStyle: material.pitch.voicedShare, seconds: [:])
        clock.lap("content")
        guard analysis.level > 0 else { return outcome }
        let wish = Wish(analysis, material, decision, amount: settings.amount, words: settings.words)

        guard tell("playing", 0.3) else { return nil }
        let isPlayed =
            switch decision.mode {
            case .auto, .grains: playGrains(&content, analysis, material, decision, wish)
            case .tonal:
                try playChords(&content, analysis, material, &clock)
            case .play: playTape(&content, analysis, material, decision, wish)
            }
        guard isPlayed else { return nil }
        clock.lap("playing")

        let level = soundLevel(of: content)
        let loudness = level > 0 ? analysis.level / level : 0
        let filter = EnvelopeFilter(
            grid: grid, scale: scale,
            f0: analysis.pitch.moved(byOctaves: decision.octave).atFrames(grid.frames(analysis.samples), of: grid),
            keep: Float(decision.keep))
        for index in content.indices {
            let part = 0.3 / Double(content.count)
            let goesOn = filter.apply(
                to: &content[index], gain: analysis.gain * Float(loudness),
                wanted: wish.wanted(analysis.channels[index])
            ) { tell("filtering", 0.6 + part * (Double(index) + $0)) }
            guard goesOn else { return nil }
            Pauses(content: analysis.loudness[index], grid: grid).apply(to: &content[index])
        }
        let final = soundLevel(of: content)
        if final > 0 {
            let gain = Float(analysis.level / final)
            for index in content.indices { for t in content[index].indices { content[index][t] *= gain } }
        }
        clock.lap("filtering")
        outcome.seconds = clock.seconds
        return tell("done", 1) ? outcome : nil
    }

    private func tell(_ stage: String, _ fraction: Double) -> Bool {
        progress(Mosaic.Progress(stage: stage, fraction: fraction))
    }

    private func playGrains(
        _ content: inout [[Float]], _ analysis: ContentAnalysis, _ material: StyleMaterial, _ decision: Decision,
        _ wish: Wish
    ) -> Bool {
        let wanted = wish.full.applied(to: analysis.envelope, amount: wish.amount)
        let features = StepFeatures(wanted, rows: rows(analysis, wanted))
        let path = material.balanced { biases in
            GrainPath(material, biases: biases).best(for: features, pitch: analysis.pitch) {
                tell("finding grains", 0.3 + 0.25 * $0)
            }
        } usage: {
            $0
        }
        guard let path else { return false }
        let grains = GrainSynthesis.grains(
            path: path, pitch: analysis.pitch.moved(byOctaves: decision.octave),
            marks: PitchMarks(material.mix, material.pitch, grid), samples: analysis.samples, grid)
        return fill(&content, material) { channels in
            for index in channels.indices {
                GrainSynthesis.lay(grains, from: material.channels[index], into: &channels[index])
            }
            return true
        }
    }

    private func playTape(
        _ content: inout [[Float]], _ analysis: ContentAnalysis, _ material: StyleMaterial, _ decision: Decision,
        _ wish: Wish
    ) -> Bool {
        let wanted = wish.bandwise.applied(to: analysis.envelope, amount: wish.amount)
        let score = Score(analysis.pitch, analysis.envelope, material, octave: decision.octave, grid)
        let (features, style) = (StepFeatures(wanted, rows: rows(analysis, wanted)), StepFeatures(material.envelope))
        let path = material.balanced { biases in
            PlayedPath(wanted: features, style: style, isVoiced: material.pitch.isVoiced, score, biases: biases) {
                tell("finding places", 0.3 + 0.2 * $0)
            }
        } usage: {
            $0.places.map { Int($0) }
        }
        guard let path else { return false }
        return fill(&content, material) { channels in
            Tape(material.channels, score, grid).play(path, into: &channels) { tell("playing", 0.5 + 0.1 * $0) }
        }
    }

    private func playChords(
        _ content: inout [[Float]], _ analysis: ContentAnalysis, _ material: StyleMaterial, _ clock: inout StageClock
    ) throws(Failure) -> Bool {
        let excitation = try TonalExcitation(material, grid, polyphony: settings.words ? 10 : 5)
        clock.lap("dictionary")
        return fill(&content, material) { channels in
            excitation.play(analysis.mix, into: &channels) { tell("playing", 0.3 + 0.3 * $0) }
        }
    }

    private func rows(_ analysis: ContentAnalysis, _ envelope: BandEnvelope) -> [Int] {
        (0..<analysis.pitch.count).map { grid.frame(ofStep: $0, below: envelope.frames) }
    }

    /// Lets channels be made, or one for all where the style has no more. No copy of the content is held meanwhile.
    private func fill(
        _ content: inout [[Float]], _ material: StyleMaterial, _ make: (inout [[Float]]) -> Bool
    ) -> Bool {
        let count = content.count
        var channels = material.channels.count == 1 ? Array(content.prefix(1)) : content
        content = []
        let isMade = make(&channels)
        content = channels.count == count ? channels : [[Float]](repeating: channels[0], count: count)
        return isMade
    }
}

/// The envelope that is wanted of a sound.
struct Wish {
    /// By full covariances, or by bands where LAPACK finds no eigenvalues.
    let full: Transport
    let bandwise: Transport
    let amount: Double
    /// Whether the filter follows bands alone, and how much of the shape's movement is kept; nil where it follows all.
    private let movement: Float?
    private let isBandwise: Bool

    init(_ analysis: ContentAnalysis, _ material: StyleMaterial, _ decision: Decision, amount: Double, words: Bool) {
        let own = EnvelopeStatistics(analysis.envelope)
        bandwise = Transport(bandwise: own, to: material.statistics)
        full = Transport(full: own, to: material.statistics) ?? bandwise
        self.amount = amount
        isBandwise = decision.mode == .tonal
        movement = decision.mode == .tonal && !words ? 0.3 : nil
    }

    /// Of a channel.
    func wanted(_ envelope: BandEnvelope) -> BandEnvelope {
        var wanted = (isBandwise ? bandwise : full).applied(to: envelope, amount: amount)
        guard let movement else { return wanted }
        wanted.calmShape(to: movement)
        return wanted
    }
}

extension MosaicSettings {
    /// Of the transport: less where the content is asked for.
    var amount: Double { blend <= 0.5 ? 1 : 2 - 2 * blend }
}

/// Seconds by stage.
private struct StageClock {
    private(set) var seconds: [String: Double] = [:]
    private var since = DispatchTime.now().uptimeNanoseconds

    mutating func lap(_ stage: String) {
        let now = DispatchTime.now().uptimeNanoseconds
        seconds[stage, default: 0] += Double(now - since) / 1e9
        since = now
    }
}
