// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import MuLaw
import Spectrogram
import TestSupport
import Testing
import Texture

@testable import Transfer

/// The losses on a waveform, against their formulas in float64 and central differences of those.
@Suite struct WaveformLossTests {
    private func noise(_ seed: UInt64, _ count: Int) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { (0.3 + 0.2 * sin(Float($0) / 300)) * generator.uniform() }
    }

    enum Bands: CaseIterable { case linear, mel }

    /// A band's power in a frame of the 16 of equal width, or of 40 triangles over the mel scale at 16 kHz, by their definition.
    private func powers(_ signal: [Double], _ bands: Bands) -> [[Double]] {
        switch bands {
        case .linear:
            return ReferenceTransform(size: 512, hop: 128).powers(signal).map { power in
                (0..<16).map { band in power[1 + 16 * band..<17 + 16 * band].reduce(0, +) / 16 }
            }
        case .mel:
            let corners = (0..<42).map { MelScale.hertz(mel: MelScale.mel(hertz: 8_000) * Double($0) / 41) }
            let filters = (0..<40).map { band in
                let heights = (0..<513).map { bin in
                    let hertz = Double(bin) * 16_000 / 1_024
                    let rise = (hertz - corners[band]) / (corners[band + 1] - corners[band])
                    let fall = (corners[band + 2] - hertz) / (corners[band + 2] - corners[band + 1])
                    return max(min(rise, fall), 0)
                }
                return heights.map { $0 / heights.reduce(0, +) }
            }
            return ReferenceTransform(size: 1_024, hop: 256).powers(signal).map { power in
                filters.map { dot($0, power) }
            }
        }
    }

    /// `e - mean_t e`, `[frames * bands]`.
    private func envelopes(_ signal: [Double], _ bands: Bands) -> [Double] {
        let logs = powers(signal, bands).map { $0.map { log($0 + 1e-3) } }
        let means = logs[0].indices.map { band in logs.reduce(0) { $0 + $1[band] } / Double(logs.count) }
        return logs.flatMap { zip($0, means).map { $0 - $1 } }
    }

    /// Value and gradient to what float32 transforms leave: some 1e-6 of the largest.
    private func check(_ loss: any WaveformLoss, _ y: [Float], _ reference: ([Double]) -> Double) {
        loss.weight = 3
        let others = noise(9, y.count)
        var gradient = others
        loss.evaluate(y, addingTo: &gradient)
        let value = reference(y.map(Double.init))
        #expect(abs(loss.value - value) <= 1e-5 * value + 1e-12)
        let own = zip(gradient, others).map { Double($0) - Double($1) }
        for seed in UInt64(3)..<5 {
            let direction = noise(seed, y.count).map(Double.init)
            let slope = 3 * centralDifference(of: reference, at: y.map(Double.init), along: direction)
            let size = dot(own, own).squareRoot() * dot(direction, direction).squareRoot()
            // The others' float32 values take away from the difference's digits.
            #expect(abs(dot(own, direction) - slope) < 1e-4 * size + 1e-6)
        }
    }

    @Test(arguments: [1, 300, 2_000], Bands.allCases)
    func envelopeLoss(samples: Int, bands: Bands) {
        let (content, y) = (noise(1, samples), noise(2, samples))
        let target = envelopes(content.map(Double.init), bands)
        let loss = EnvelopeLoss(
            content: content, weight: 1, bands: bands == .linear ? .linear : .mel(sampleRate: 16_000), threads: 2)
        let variance = dot(target, target) / Double(target.count)
        #expect(abs(loss.variance - variance) <= 1e-5 * variance + 1e-12)
        check(loss, y) { y in
            let differences = zip(envelopes(y, bands), target).map { $0 - $1 }
            return dot(differences, differences) / Double(differences.count)
        }
        var gradient = [Float](repeating: 0, count: samples)
        loss.evaluate(content, addingTo: &gradient)
        #expect(loss.value < 1e-12 && gradient.allSatisfy { abs($0) < 1e-4 })
    }

    /// At any rate each band has a bin, and its shares sum to 1.
    @Test(arguments: [1_000, 8_000, 16_000, 22_050, 44_100, 384_000]) func melBands(sampleRate: Int) {
        let bands = EnvelopeBands.mel(sampleRate: sampleRate)
        #expect(bands.count == 40)
        for filter in bands.filters {
            #expect(filter.first >= 0 && filter.first + filter.shares.count <= bands.transform.bins)
            #expect(abs(filter.shares.reduce(0, +) - 1) < 1e-5 && filter.shares.allSatisfy { $0 >= 0 })
        }
    }

    /// The floor keeps silence from being infinitely far away.
    @Test func envelopesOfSilence() {
        let silence = [Float](repeating: 0, count: 1_000)
        let loss = EnvelopeLoss(content: silence, weight: 1, threads: 1)
        #expect(loss.variance < 1e-20)
        var gradient = silence
        loss.evaluate(noise(1, 1_000), addingTo: &gradient)
        #expect(loss.value.isFinite && gradient.allSatisfy { $0.isFinite })
        loss.evaluate(silence, addingTo: &gradient)
        #expect(loss.value < 1e-20)
    }

    @Test(arguments: [1, 300, 3_000])
    func meanSpectrumLoss(samples: Int) {
        let styles = [StyleSignal(noise(5, 1_500), weight: 3), StyleSignal(noise(6, 700), weight: 1)]
        let transform = ReferenceTransform(size: 1_024, hop: 256)
        func power(_ signal: [Double]) -> [Double] {
            let powers = transform.powers(signal)
            return (0..<513).map { bin in powers.reduce(0) { $0 + $1[bin] } / Double(powers.count) }
        }
        let parts = styles.map { power($0.samples.map(Double.init)) }
        let target = zip(parts[0], parts[1]).map { log(0.75 * $0 + 0.25 * $1 + 1e-4) }
        check(MeanSpectrumLoss(styles: styles, samples: samples, weight: 1, threads: 2), noise(2, samples)) { y in
            let differences = zip(power(y), target).map { log($0 + 1e-4) - $1 }
            return dot(differences, differences) / 513
        }
    }

    /// The whole chain in float64: spectra, network, Gram matrices, and the value at the content as unit. The shortest sounds are
    /// filled up to a filter's length.
    @Test(arguments: [1, 3_000])
    func spectralStyleLoss(samples: Int) {
        let styles = [StyleSignal(noise(5, 3_100), weight: 3), StyleSignal(noise(6, 700), weight: 1)]
        let network = ReferenceSpectralNetwork(
            SpectralWeights.random(
                SpectralStyleLoss.architecture, .ulyanov, hasBias: false, seed: 7, threads: 2))
        func gram(_ signal: [Double]) -> [Double] {
            let length = max((signal.count + 255) / 256, 10) * 256
            let padded = signal + [Double](repeating: 0, count: length - signal.count)
            let map = ReferenceTransform(size: 1_024, hop: 256).powers(padded).map { $0.map { log1p($0.squareRoot()) } }
            return ReferenceLoss.gramMatrix(network.maps(of: map).leaving[0].flatMap(\.self), columns: 512)
        }
        let parts = styles.map { gram($0.samples.map(Double.init)) }
        let target = zip(parts[0], parts[1]).map { 0.75 * $0 + 0.25 * $1 }
        func distance(_ y: [Double]) -> Double {
            let differences = zip(gram(y), target).map { $0 - $1 }
            return dot(differences, differences)
        }
        let content = noise(1, samples)
        let unit = distance(content.map(Double.init))
        let loss = SpectralStyleLoss(content: content, styles: styles, weight: 1, seed: 7, threads: 2)
        check(loss, noise(2, samples)) { distance($0) / unit }
        var gradient = [Float](repeating: 0, count: samples)
        loss.evaluate(content, addingTo: &gradient)
        #expect(abs(loss.value - 1) < 1e-5)
    }

    /// A content that is the style, and silence on either side: nothing to divide by, and nothing that is not a number.
    /// The statistics have a reference of their own, and so has their gradient: here it is the chain. Sounds of less than a second go on
    /// from their beginning.
    @Test(arguments: [1, 900, 5_000])
    func textureLoss(samples: Int) {
        let styles = [StyleSignal(noise(5, 4_100), weight: 3), StyleSignal(noise(6, 700), weight: 1)]
        func statistics(_ signal: [Double]) -> TextureStatistics {
            TextureModel(samples: signal.count, sampleRate: 4_000, threads: 1, gradient: false).statistics(of: signal)
        }
        let parts = styles.map { statistics($0.samples.map(Double.init)) }
        let distance = TextureDistance(to: .mean([(parts[0], 0.75), (parts[1], 0.25)]))
        let loss = TextureLoss(styles: styles, samples: samples, sampleRate: 4_000, weight: 1, threads: 2)
        check(loss, noise(2, samples)) { distance.meanSquare(of: statistics($0)) }
    }

    @Test func spectralStyleOfEqualSoundsAndOfSilence() {
        let (sound, silence) = (noise(1, 4_000), [Float](repeating: 0, count: 4_000))
        for (content, style) in [(sound, sound), (silence, sound), (sound, silence), (silence, silence)] {
            let loss = SpectralStyleLoss(
                content: content, styles: [StyleSignal(style)], weight: 1, seed: 1, threads: 1)
            for y in [content, style, noise(2, 4_000)] {
                var gradient = silence
                loss.evaluate(y, addingTo: &gradient)
                #expect(loss.value.isFinite && gradient.allSatisfy { $0.isFinite })
            }
        }
    }

    /// The same over both variables: an envelope does not care how its waveform is moved.
    @Test func companding() {
        for value in stride(from: Float(-1.2), through: 1.2, by: 0.0371) {
            let y = Double(value)
            let slope = (MuLaw.compand(Float(y + 1e-3)) - MuLaw.compand(Float(y - 1e-3))) / 2e-3
            // Near 0 the curve bends within the step.
            if abs(y) > 0.05 { #expect(abs(Double(MuLaw.compressionSlope(at: value)) / slope - 1) < 1e-3) }
        }
        #expect(MuLaw.compressionSlope(at: 0) == 255 / Float(log(256.0)))
        for x in stride(from: Float(-0.99), through: 0.99, by: 0.0731) {
            let slope =
                (Double(MuLaw.expand(x + 1e-2)) - Double(MuLaw.expand(x - 1e-2)))
                / (Double(x + 1e-2) - Double(x - 1e-2))
            if abs(x) > 0.02 { #expect(abs(Double(MuLaw.expansionSlope(at: x)) / slope - 1) < 2e-3) }
        }
        #expect(MuLaw.compressed([1, -1, 0, 2]).map { ($0 * 1e4).rounded() } == [10_000, -10_000, 0, 11_246])
    }

    @Test func thePreconditionerFollowsTheSpectra() {
        let tone = (0..<8_000).map { sin(Float($0) * 2 * .pi * 0.125) }
        let quiet = [Float](repeating: 0, count: 8_000)
        func response(_ content: [Float], _ style: [Float], _ spectrum: PreconditionerSettings.Spectrum) -> [Float] {
            SpectralPreconditioner.response(
                content: content, styles: [StyleSignal(style)],
                settings: PreconditionerSettings(floor: 1e-2, window: 512, spectrum: spectrum))
        }
        // An eighth of the rate is a quarter of the range.
        for (content, style, spectrum) in [
            (tone, quiet, PreconditionerSettings.Spectrum.both), (quiet, tone, .both), (quiet, tone, .style),
            (tone, quiet, .content),
        ] {
            let response = response(content, style, spectrum)
            #expect(response.count == 257 && response[64] == 1 && response.min() == 1e-2)
            #expect(response.firstIndex(of: 1) == 64)
        }
        #expect(response(tone, quiet, .style) == [1, 1], "silence has no spectrum")
        #expect(response(tone, tone, .flat) == [1, 1])
    }
}
