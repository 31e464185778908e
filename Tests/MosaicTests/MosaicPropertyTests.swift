// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Matrices
import Testing

@testable import Mosaic

/// What holds of every mosaic, whatever the sounds.
@Suite struct MosaicPropertyTests {
    private static let modes: [MosaicMode] = [.grains, .tonal, .play]

    private func run(
        _ content: [[Float]], _ styles: [Mosaic.Style], rate: Int = 16_000,
        _ change: (inout MosaicSettings) -> Void = { _ in }
    ) throws -> (sound: [[Float]], outcome: Mosaic.Outcome) {
        var settings = MosaicSettings()
        change(&settings)
        var sound = content
        let outcome = try Mosaic(settings, sampleRate: rate).run(content: &sound, styles: styles)
        return (sound, try #require(outcome))
    }

    private func analysis(_ sound: [Float], rate: Int = 16_000) throws -> ContentAnalysis {
        let grid = Grid(rate: rate)
        return try ContentAnalysis([sound], grid, BandScale(grid), workers: Workers(count: 1))
    }

    /// One decibel is 0.23 nepers of power; of frames within 50 dB of the loudest and bands within 30 dB of a frame's loudest, on average.
    @Test(arguments: modes) func aSoundInItsOwnStyleKeepsItsEnvelope(mode: MosaicMode) throws {
        let sound = Sounds.melody(seconds: 2)
        let output = try run([sound], [.init(channels: [sound])]) {
            $0.mode = mode; $0.keep = 1; $0.words = true
        }
        let (wanted, own) = (try analysis(sound).envelope, try analysis(output.sound[0]).envelope)
        let loud = wanted.loudFrames
        var differences: [Float] = []
        // Without the ends, where windows see half a sound.
        for frame in 4..<wanted.frames - 4 where loud[frame] {
            let most = wanted[frame].max() ?? 0
            for (a, b) in zip(wanted[frame], own[frame]) where a > most - 7 { differences.append(abs(a - b)) }
        }
        #expect(
            differences.reduce(0, +) / Float(differences.count) < 0.23,
            "of decibels: \(differences.reduce(0, +) / Float(differences.count) / 0.23)")
    }

    /// Of a harmonic tone, in the frames that have the window within the sound.
    @Test(arguments: [80.0, 220, 441, 987]) func aTonesPitchIsFound(frequency: Double) throws {
        let track = YIN.track(Sounds.tone(frequency, seconds: 0.5, rate: 16_000), workers: Workers(count: 1))
        for step in 8..<42 {
            #expect(track.isVoiced[step])
            // In cents; a period of 16 samples is interpolated by a parabola.
            #expect(abs(1_200 * log2(Double(track.f0[step]) / frequency)) < 10)
        }
    }

    /// Normal envelopes that are spread about as much come out with the style's mean and covariance: a normal distribution is carried over exactly.
    /// 4,000 frames leave an error of some 5 % in a covariance, and the ridge of 0.05 some more.
    @Test func transportCarriesNormalDistributions() throws {
        var generator = SeededGenerator(seed: 5)
        func envelope(_ mean: Float, _ mixing: Float) -> BandEnvelope {
            var envelope = BandEnvelope(frames: 4_000, bands: 6)
            for frame in 0..<4_000 {
                let common = generator.normal()
                for band in 0..<6 {
                    envelope.values[frame * 6 + band] = mean + Float(band) + mixing * common + generator.normal()
                }
            }
            return envelope
        }
        let (content, style) = (envelope(0, 0.9), envelope(-3, 0.3))
        let transport = try #require(Transport(full: EnvelopeStatistics(content), to: EnvelopeStatistics(style)))
        let (moved, wanted) = (EnvelopeStatistics(transport.applied(to: content)), EnvelopeStatistics(style))
        for band in 0..<6 {
            #expect(abs(moved.mean[band] - wanted.mean[band]) < 0.1)
            for other in 0..<6 {
                #expect(abs(moved.covariance[band, other] - wanted.covariance[band, other]) < 0.15)
            }
        }
    }

    /// Real bass under a high whistle was once raised by 40 dB. Notes of tonal swell by themselves, by 9 dB here.
    @Test(arguments: modes) func aWhistleOverBassStaysAsLoud(mode: MosaicMode) throws {
        let whistle = Sounds.sine(1_000, seconds: 1.5, rate: 16_000)
        let bass = Sounds.bass(seconds: 1.5)
        let output = try run([whistle], [.init(channels: [bass])]) { $0.mode = mode }.sound[0]
        let hop = 160
        for frame in stride(from: hop * 4, to: whistle.count - hop * 5, by: hop) {
            let (own, given) = (level(Array(output[frame..<frame + hop])), level(Array(whistle[frame..<frame + hop])))
            #expect(own < (mode == .tonal ? 3 : 2) * given, "at \(frame)")
        }
    }

    /// Without a ground, digital silence stays so, and a pause with noise 60 dB below is at least 40 dB below.
    @Test(arguments: modes) func pausesArePauses(mode: MosaicMode) throws {
        var content = Sounds.melody(seconds: 3)
        for t in 16_000..<24_000 { content[t] = 0 }
        var generator = SeededGenerator(seed: 2)
        let loud = level(Array(content[..<16_000]))
        for t in 32_000..<40_000 { content[t] = 1e-3 * loud * generator.normal() }
        let noise = (0..<48_000).map { _ in 0.1 * generator.normal() }
        let output = try run([content], [.init(channels: [noise])]) {
            $0.mode = mode; $0.ground = 0
        }.sound[0]
        #expect(output[16_000..<24_000].allSatisfy { $0 == 0 })
        // Beside the edges, where a fade is.
        let words = level(Array(output[2_000..<15_000]))
        #expect(level(Array(output[33_000..<39_000])) < 0.01 * words)
        #expect(words > 0)
    }

    @Test(arguments: [8_000, 11_025, 22_050, 44_100, 48_000, 96_000], modes)
    func everyRateKeepsLengthAndLevel(rate: Int, mode: MosaicMode) throws {
        let content = Sounds.tone(330, seconds: 0.7, rate: rate)
        let style = Sounds.tone(220, seconds: 0.9, rate: rate)
        let output = try run([content], [.init(channels: [style])], rate: rate) { $0.mode = mode }.sound[0]
        #expect(output.count == content.count)
        #expect(output.allSatisfy { $0.isFinite })
        #expect(abs(level(output) / level(content) - 1) < 1e-3)
    }

    @Test(arguments: [1, 2, 100, 1_600], modes) func shortSoundsAreSounds(samples: Int, mode: MosaicMode) throws {
        let content = Array(Sounds.tone(330, seconds: 0.2, rate: 16_000)[10..<10 + samples])
        for style in [Sounds.tone(220, seconds: 0.05, rate: 16_000), Sounds.melody(seconds: 1)] {
            let output = try run([content], [.init(channels: [style])]) { $0.mode = mode }.sound[0]
            #expect(output.count == samples)
            #expect(output.allSatisfy { $0.isFinite })
        }
    }

    /// One path for all channels: equal channels stay equal, and what comes from one side only does.
    @Test(arguments: modes) func theImageStays(mode: MosaicMode) throws {
        let (left, right) = (Sounds.melody(seconds: 1), [Float](repeating: 0, count: 16_000))
        let style = [Sounds.tone(220, seconds: 1, rate: 16_000)]
        let centre = try run([left, left], [.init(channels: style)]) { $0.mode = mode }.sound
        #expect(centre[0] == centre[1])
        let side = try run([left, right], [.init(channels: style)]) { $0.mode = mode }.sound
        #expect(side[1].allSatisfy { $0 == 0 })
        #expect(level(side[0]) > 0)
        // A style in stereo gives each channel its own.
        let wide = try run([left, left], [.init(channels: style + [style[0].map { 0.5 * $0 }])]) { $0.mode = mode }
            .sound
        #expect(wide.joined().allSatisfy { $0.isFinite })
    }

    @Test func aSilentContentStaysSilent() throws {
        let output = try run([[Float](repeating: 0, count: 8_000)], [.init(channels: [Sounds.melody(seconds: 1)])])
        #expect(output.sound[0].allSatisfy { $0 == 0 })
    }

    @Test func aSilentStyleIsRefused() throws {
        #expect(throws: Failure.self) {
            try run([Sounds.melody(seconds: 0.5)], [.init(channels: [[Float](repeating: 0, count: 8_000)])])
        }
    }

    @Test func channelsThatCancelAreHeard() throws {
        let style = Sounds.tone(220, seconds: 1, rate: 16_000)
        let output = try run([Sounds.melody(seconds: 0.5)], [.init(channels: [style, style.map { -$0 }])])
        #expect(level(output.sound[0]) > 0)
    }

    @Test func aRunCanBeEnded() throws {
        var content = [Sounds.melody(seconds: 1)]
        var told = 0
        let outcome = try Mosaic(MosaicSettings(), sampleRate: 16_000).run(
            content: &content, styles: [.init(channels: [Sounds.melody(seconds: 1)])]
        ) { _ in
            told += 1
            return told < 4
        }
        #expect(outcome == nil)
        #expect(told == 4)
    }

    /// Decisions come to the same whatever is held at a time; a jump may always lead to the best.
    @Test func pathsInPiecesAreWhole() throws {
        let (content, style) = (try analysis(Sounds.melody(seconds: 14)), Sounds.melody(seconds: 3, seed: 9))
        let grid = Grid(rate: 16_000)
        let material = try StyleMaterial(
            [.init(channels: [style])], channels: 1, grid, BandScale(grid), workers: Workers(count: 1))
        let features = StepFeatures(content.envelope.atSteps(content.pitch.count, of: grid))
        let path = GrainPath(material)
        let whole = path.best(for: features, pitch: content.pitch) { _ in true }
        let pieces = path.best(for: features, pitch: content.pitch, window: GrainPath.lookahead + 100) { _ in true }
        #expect(whole == pieces)
        #expect(whole?.count == content.pitch.count)
    }

    /// A factorisation in blocks, each with its neighbours' frames, finds nearly what it finds over the whole; sound has no seam: no step beyond those
    /// that the whole has.
    @Test func chordsInBlocksAreWhole() throws {
        let content = try analysis(Sounds.melody(seconds: 2.5))
        let grid = Grid(rate: 16_000)
        let material = try StyleMaterial(
            [.init(channels: [Sounds.tone(220, seconds: 1, rate: 16_000)])], channels: 1, grid, BandScale(grid),
            workers: Workers(count: 1))
        let excitation = try TonalExcitation(material, grid, polyphony: 5)
        func sound(block: Int) throws -> ([Float], Double) {
            let found = try #require(excitation.chords(of: content.mix, block: block) { _ in true })
            var channels = [[Float](repeating: 0, count: content.samples)]
            let isPlayed = excitation.play(found.chords, octave: 0, into: &channels) { _ in true }
            #expect(isPlayed)
            return (channels[0], found.misfit)
        }
        let (whole, pieces) = (try sound(block: 1_000), try sound(block: 48))
        #expect(abs(whole.1 - pieces.1) < 0.05)
        #expect(abs(level(whole.0) / level(pieces.0) - 1) < 0.05)
        func largestStep(_ sound: [Float]) -> Float { zip(sound, sound.dropFirst()).map { abs($0 - $1) }.max() ?? 0 }
        #expect(largestStep(pieces.0) < 1.5 * largestStep(whole.0))
    }

    /// What is used too much is made to cost more until it fits: within 10 %, as one note is 6 % of four seconds.
    @Test func stylesHaveTheirShares() throws {
        let (low, high) = (Sounds.melody(seconds: 2, seed: 3), Sounds.melody(seconds: 2, seed: 4))
        let content = try analysis(Sounds.melody(seconds: 4))
        let grid = Grid(rate: 16_000)
        let material = try StyleMaterial(
            [.init(channels: [low], weight: 3), .init(channels: [high], weight: 1)], channels: 1, grid, BandScale(grid),
            workers: Workers(count: 1))
        let features = StepFeatures(content.envelope.atSteps(content.pitch.count, of: grid))
        let path = try #require(
            material.balanced {
                GrainPath(material, biases: $0).best(for: features, pitch: content.pitch) { _ in true }
            } usage: {
                $0
            })
        let first = Double(path.count { material.steps[0].contains($0) }) / Double(path.count)
        #expect(abs(first - 0.75) < 0.1, "\(first)")
    }

    /// The one knob: at the content's end the envelope is nearer to the content's than at the style's.
    @Test func blendGoesFromStyleToContent() throws {
        let (content, style) = (Sounds.melody(seconds: 2), Sounds.bass(seconds: 2))
        func distance(_ blend: Double) throws -> Float {
            let output = try run([content], [.init(channels: [style])]) {
                $0.blend = blend; $0.mode = .grains
            }.sound[0]
            let (own, given) = (try analysis(output).envelope, try analysis(content).envelope)
            let loud = given.loudFrames
            let squares = zip(own.values, given.values).enumerated().filter { loud[$0.offset / 40] }.map {
                ($0.element.0 - $0.element.1) * ($0.element.0 - $0.element.1)
            }
            return squares.reduce(0, +) / Float(squares.count)
        }
        let distances = try [0, 0.5, 1].map(distance)
        #expect(distances[0] > distances[1])
        #expect(distances[1] > distances[2])
    }

    /// A sound cut from the middle of a tone once had bursts at both ends, up to 40 dB above the rest.
    @Test(arguments: modes) func endsThatAreCutOffAreNoLouder(mode: MosaicMode) throws {
        let content = Sounds.sine(440, seconds: 2, rate: 16_000)
        let output = try run([content], [.init(channels: [Sounds.melody(seconds: 2)])]) { $0.mode = mode }.sound[0]
        let middle = stride(from: 3_200, to: 28_000, by: 320).map { level(Array(output[$0..<$0 + 320])) }.max() ?? 0
        #expect(level(Array(output.prefix(320))) < 2 * middle)
        #expect(level(Array(output.suffix(320))) < 2 * middle)
    }

    /// 20 dB below the sound: what a filter's lowest band may leave.
    @Test(arguments: modes) func anOffsetOfTheStyleIsNotHeard(mode: MosaicMode) throws {
        let style = Sounds.melody(seconds: 2, seed: 4).map { $0 + 0.3 }
        let output = try run([Sounds.melody(seconds: 2)], [.init(channels: [style])]) { $0.mode = mode }.sound[0]
        #expect(abs(output.reduce(0, +) / Float(output.count)) < 0.1 * level(output))
    }

    /// A steady sweep over a style that has hardly anything above 200 Hz falls by 12 dB, and what the filter cannot raise.
    @Test func whatTheStyleLacksDoesNotVanish() throws {
        let sweep = (0..<32_000).map { t -> Float in
            let seconds = Double(t) / 16_000
            return 0.2 * Float(sin(2 * .pi * (100 * seconds + 0.5 * 1_400 * seconds * seconds)))
        }
        let output = try run([sweep], [.init(channels: [Sounds.bass(seconds: 2)])]) { $0.mode = .grains }.sound[0]
        let levels = stride(from: 1_600, to: 28_800, by: 1_600).map { level(Array(output[$0..<$0 + 1_600])) }
        #expect(20 * log10((levels.max() ?? 1) / (levels.min() ?? 1)) < 30)
    }

    /// Syllables that glide and stop, with a pause; held notes; no pitch at all.
    @Test func speechIsToldFromSinging() {
        func track(_ octave: (Int) -> Float?) -> PitchTrack {
            let steps = (0..<300).map(octave)
            return PitchTrack(f0: steps.map { 120 * exp2($0 ?? 0) }, isVoiced: steps.map { $0 != nil })
        }
        let speech = track { $0 % 20 < 9 && !(100..<200).contains($0) ? 0.03 * Float($0 % 20) : nil }
        let song = track { $0 % 50 < 45 ? Float($0 / 50) / 12 : nil }
        #expect(speech.isSpoken)
        #expect(!song.isSpoken)
        #expect(!track { _ in nil }.isSpoken)
    }

    /// In every channel, and elsewhere nothing changes.
    @Test func peaksAreLimitedWhereTheyAre() {
        var channels = [Sounds.sine(100, seconds: 1, rate: 16_000), Sounds.sine(300, seconds: 1, rate: 16_000)]
        let before = channels
        for t in 8_000..<8_010 { channels[1][t] = t % 2 == 0 ? 3 : -2.5 }
        PeakLimiter(ceiling: 0.9, grid: Grid(rate: 16_000)).apply(to: &channels)
        #expect(channels.joined().allSatisfy { abs($0) <= 0.9001 })
        #expect(channels[0][..<7_700] == before[0][..<7_700])
        #expect(channels[1][8_300...] == before[1][8_300...])
        #expect(level(Array(channels[0][7_990..<8_020])) < level(Array(before[0][7_990..<8_020])))
    }
}
