// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Dispatch
import Files
import Finishing
import Matrices

/// A run from two sounds to one, stage by stage.
struct MosaicRun {
    private let settings: MosaicSettings
    private let grid: Grid
    private let scale: BandScale
    private let workers: Workers
    private let progress: (Mosaic.Progress) -> Bool
    private let furthest = Furthest()

    private final class Furthest {
        var fraction = 0.0
    }

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
        var decision = Decision(settings, content: analysis, style: material)
        clock.lap("content")

        guard tell("playing", 0.3) else { return nil }
        var misfit: Double?
        if analysis.level > 0 {
            let wish = Wish(analysis, material, amount: settings.amount)
            guard
                try play(&content, analysis, material, &decision, wish, &misfit, &clock),
                filter(&content, analysis, material, decision, wish)
            else { return nil }
            clock.lap("filtering")
        }
        let outcome = Mosaic.Outcome(
            mode: decision.mode.rawValue, octave: decision.octave, keep: decision.keep, ground: decision.ground,
            isSpoken: decision.isSpoken, misfit: misfit, tonalShare: material.tonalShare,
            voicedContent: analysis.pitch.voicedShare, voicedStyle: material.pitch.voicedShare, seconds: clock.seconds)
        return tell("done", 1) ? outcome : nil
    }

    /// Lets the style play the content.
    ///
    /// - Returns: false if it was ended.
    private func play(
        _ content: inout [[Float]], _ analysis: ContentAnalysis, _ material: StyleMaterial, _ decision: inout Decision,
        _ wish: Wish, _ misfit: inout Double?, _ clock: inout StageClock
    ) throws(Failure) -> Bool {
        // Its samples have been heard; what plays is made anew.
        for index in content.indices { content[index] = [] }
        var chords: (TonalExcitation, [Activations.Chord])?
        if [.auto, .tonal].contains(decision.mode) {
            var excitation = try TonalExcitation(material, grid, polyphony: settings.words ? 10 : 5)
            clock.lap("dictionary")
            let found = excitation.chords(of: analysis.mix) { tell("finding notes", 0.3 + 0.2 * $0) }
            guard let found else { return false }
            excitation.forgetSpectra()
            misfit = found.misfit
            if decision.mode == .auto { decision.mode = found.misfit > Decision.largestMisfit ? .grains : .tonal }
            chords = (excitation, found.chords)
        }
        let isPlayed =
            if decision.mode == .tonal, let (excitation, found) = chords {
                fill(&content, material, samples: analysis.samples) { [octave = decision.octave] channels in
                    excitation.play(found, octave: octave, into: &channels) { tell("playing", 0.5 + 0.1 * $0) }
                }
            } else if decision.mode == .play {
                playTape(&content, analysis, material, decision, wish)
            } else {
                playGrains(&content, analysis, material, decision, wish)
            }
        clock.lap("playing")
        return isPlayed
    }

    /// Lays the wanted envelope over what plays, adds the ground, and brings it to the content's level.
    ///
    /// - Returns: false if it was ended.
    private func filter(
        _ content: inout [[Float]], _ analysis: ContentAnalysis, _ material: StyleMaterial, _ decision: Decision,
        _ wish: Wish
    ) -> Bool {
        let level = soundLevel(of: content)
        let loudness = level > 0 ? analysis.level / level : 0
        let filter = EnvelopeFilter(
            grid: grid, scale: scale,
            f0: analysis.pitch.moved(byOctaves: decision.octave).atFrames(grid.frames(analysis.samples), of: grid),
            keep: Float(decision.keep), setsLevel: decision.setsLevel)
        for index in content.indices {
            let part = 0.2 / Double(content.count)
            let goesOn = filter.apply(
                to: &content[index], gain: analysis.gain * Float(loudness),
                wanted: wish.wanted(analysis.channels[index], in: decision.mode, words: settings.words)
            ) { tell("filtering", 0.6 + part * (Double(index) + $0)) }
            guard goesOn else { return false }
        }
        pause(&content, as: analysis.pauses)
        let count = Double(content.count)
        let ground = Ground(amplitude: decision.ground, grid: grid)
        for index in content.indices {
            let loop = StyleLoop(material, channel: min(index, material.channels.count - 1), grid)
            let goesOn = ground.add(loop, to: &content[index], content: analysis.loudness[index]) {
                tell("filtering", 0.8 + 0.2 * (Double(index) + $0) / count)
            }
            guard goesOn else { return false }
        }
        let final = soundLevel(of: content)
        let gain = final > 0 ? Float(analysis.level / final) : 0
        for index in content.indices { for t in content[index].indices { content[index][t] *= gain } }
        PeakLimiter(ceiling: max(0.9, analysis.peak), grid: grid).apply(to: &content)
        return true
    }

    /// Makes it pause where the content does. No copy of it is held meanwhile.
    private func pause(_ content: inout [[Float]], as pauses: ContentPauses) {
        var sound = Waveform(channels: content, sampleRate: grid.rate)
        content = []
        pauses.apply(to: &sound)
        content = sound.channels
    }

    /// What is done again, as for several styles' shares, does not go back.
    private func tell(_ stage: String, _ fraction: Double) -> Bool {
        furthest.fraction = max(furthest.fraction, fraction)
        return progress(Mosaic.Progress(stage: stage, fraction: furthest.fraction))
    }

    private func playGrains(
        _ content: inout [[Float]], _ analysis: ContentAnalysis, _ material: StyleMaterial, _ decision: Decision,
        _ wish: Wish
    ) -> Bool {
        guard let path = path(analysis.pitch, analysis, material, wish) else { return false }
        let grains = GrainSynthesis.grains(
            path: path, pitch: analysis.pitch.moved(byOctaves: decision.octave),
            marks: PitchMarks(material.mix, material.pitch, grid), samples: analysis.samples, grid)
        return fill(&content, material, samples: analysis.samples) { channels in
            for index in channels.indices {
                GrainSynthesis.lay(grains, from: material.channels[index], onto: &channels[index])
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
        return fill(&content, material, samples: analysis.samples) { channels in
            Tape(material.channels, score, grid).play(path, into: &channels) { tell("playing", 0.5 + 0.1 * $0) }
        }
    }

    /// The way through the style that follows the content best.
    private func path(
        _ pitch: PitchTrack, _ analysis: ContentAnalysis, _ material: StyleMaterial, _ wish: Wish
    ) -> [Int]? {
        let wanted = wish.wanted(analysis.envelope, in: .grains, words: false)
        let features = StepFeatures(wanted, rows: rows(analysis, wanted))
        return material.balanced { biases in
            GrainPath(material, biases: biases).best(for: features, pitch: pitch) {
                tell("finding grains", 0.3 + 0.25 * $0)
            }
        } usage: {
            $0
        }
    }

    private func rows(_ analysis: ContentAnalysis, _ envelope: BandEnvelope) -> [Int] {
        (0..<analysis.pitch.count).map { grid.frame(ofStep: $0, below: envelope.frames) }
    }

    /// Lets channels be made, or added to, or one for all where the style has no more. No copy of the content is held meanwhile.
    private func fill(
        _ content: inout [[Float]], _ material: StyleMaterial, samples: Int, _ make: (inout [[Float]]) -> Bool
    ) -> Bool {
        let count = content.count
        var channels = material.channels.count == 1 ? Array(content.prefix(1)) : content
        content = []
        for index in channels.indices where channels[index].isEmpty {
            channels[index] = [Float](repeating: 0, count: samples)
        }
        let isMade = make(&channels)
        content = channels.count == count ? channels : [[Float]](repeating: channels[0], count: count)
        return isMade
    }
}

/// The envelope that is wanted of a sound.
struct Wish {
    /// By full covariances, or by bands where LAPACK finds no eigenvalues.
    let full: Transport
    /// By bands.
    let bandwise: Transport
    let amount: Double
    /// Where levels go.
    private let levels: LevelTransport

    init(_ analysis: ContentAnalysis, _ material: StyleMaterial, amount: Double) {
        let own = EnvelopeStatistics(analysis.envelope)
        levels = LevelTransport(from: analysis.envelope, to: material.envelope)
        bandwise = Transport(bandwise: own, to: material.statistics)
        full = Transport(full: own, to: material.statistics) ?? bandwise
        self.amount = amount
    }

    /// Of a channel. Tonal follows bands by themselves, and 0.3 of the shape's movement, unless words are wanted.
    func wanted(_ envelope: BandEnvelope, in mode: MosaicMode, words: Bool) -> BandEnvelope {
        var wanted = (mode == .tonal ? bandwise : full).applied(to: envelope, amount: amount)
        levels.bound(&wanted, of: envelope)
        if mode == .tonal, !words { wanted.calmShape(to: 0.3) }
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
