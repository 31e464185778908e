// SPDX-License-Identifier: Apache-2.0
import Spectrogram
import TestSupport
import Testing
import WaveEncoder

@testable import Transfer

/// A sound to frames and back, against what SciPy and NumPy computed.
@Suite struct FramedEncoderSoundTests {
    private let framing: MitalFixture.Framing

    init() throws { framing = try MitalFixture.read("framing") }

    /// Float32 results of a float64 product, and the fixture's nine decimals.
    @Test func framesLieUnderTheWindow() {
        let frames = HannFrames(samples: framing.signal.count, length: framing.length, hop: framing.hop)
        #expect(frames.count == 6 && frames.samples == 72)
        let cut = frames.cut(framing.signal)
        #expect(cut.count == framing.frames.count)
        for (value, expected) in zip(cut, framing.frames) { #expect(abs(Double(value) - expected) < 1e-7) }
        // The window itself, of a length that is used.
        let ones = [Float](repeating: 1, count: 2_048)
        let long = HannFrames(samples: 2_048, length: 2_048, hop: 2_048).cut(ones)
        for (place, expected) in zip([0, 1, 700, 1_023, 1_024, 2_046, 2_047], framing.long_window) {
            #expect(abs(Double(long[place]) - expected) < 1e-7)
        }
    }

    /// Sums of at most three float32 values of at most 4.
    @Test func framesAddUp() {
        let frames = HannFrames(samples: framing.signal.count, length: framing.length, hop: framing.hop)
        let added = frames.added(framing.x)
        #expect(added.count == 6 * 12 + 32 && added.count == framing.added.count)
        for (value, expected) in zip(added, framing.added) { #expect(abs(Double(value) - expected) < 1e-6) }
    }

    /// Samples of at most 2.5 in float32: half a unit in the last place is 1.2e-7.
    @Test func theLimiterIsTheReferences() throws {
        let fixture: MitalFixture.Limiter = try MitalFixture.read("limiter")
        let limited = Limiter().limited(fixture.signal)
        #expect(limited.count == fixture.signal.count)
        #expect(limited.prefix(39).allSatisfy { $0 == 0 } && limited[39] != 0)
        for (place, expected) in zip(fixture.places, fixture.limited) {
            #expect(abs(Double(limited[place]) - expected) < 2e-7, "at \(place)")
        }
    }

    /// The whole way back through the objective. Mu-law's inverse multiplies float32's rounding of x by ln 256 and is 1 or a
    /// little more.
    @Test func theWayBackIsTheReferences() throws {
        let sample = RandomCase(width: 3, layers: 2, samples: 16, seed: 5)
        var settings = TransferSettings(layers: try LayerSelection("relu1"))
        settings.network.frames = FrameSettings(length: framing.length)
        settings.network.frames?.hop = framing.hop
        let objective = try TransferBackend(WaveEncoder(sample.weights, threads: 1)).objective(
            content: framing.signal, styles: [StyleSignal(framing.signal)], settings: settings)
        #expect(objective.dimension == framing.x.count)
        let sound = try objective.waveform(of: framing.x) { _ in true }
        #expect(sound.count == framing.sound.count)
        for (value, expected) in zip(sound, framing.sound) { #expect(abs(Double(value) - expected) < 2e-6) }
        // Nothing above 0, nothing to scale by: no sound without numbers.
        let silent = try objective.waveform(of: framing.x.map { -abs($0) / 4 }) { _ in true }
        #expect(silent.allSatisfy { $0.isFinite })
    }

    /// Values far below -1 count as -1, whether there is something to scale by or not.
    @Test(arguments: [Float.leastNonzeroMagnitude, 1e-6, 0, -1]) func whatIsFarBelowIsLimited(largest: Float) throws {
        let sample = RandomCase(width: 3, layers: 2, samples: 16, seed: 5)
        var settings = TransferSettings(layers: try LayerSelection("relu1"))
        settings.network.frames = FrameSettings(length: framing.length)
        settings.network.frames?.hop = framing.hop
        let objective = try TransferBackend(WaveEncoder(sample.weights, threads: 1)).objective(
            content: framing.signal, styles: [StyleSignal(framing.signal)], settings: settings)
        var x = [Float](repeating: -200, count: objective.dimension)
        x[0] = largest
        let sound = try objective.waveform(of: x) { _ in true }
        #expect(sound.allSatisfy { $0.isFinite } && sound.contains { $0 < -0.5 })
        x = x.map { $0 == -200 ? -1_000 : $0 }
        #expect(try objective.waveform(of: x) { _ in true } == sound)
    }
}
