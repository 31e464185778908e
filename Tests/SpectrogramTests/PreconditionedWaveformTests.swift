// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import TestSupport
import Testing

@testable import Spectrogram

@Suite struct PreconditionedWaveformTests {
    private func noise(_ seed: UInt64, _ count: Int) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in generator.normal() }
    }

    /// `y0 + sqrt(N) irfft(P Z)` by its definition, in float64.
    private func reference(_ z: [Double], origin: [Double], response: [Double]) -> [Double] {
        let length = z.count - 2
        return origin.indices.map { t in
            var sum = 0.0
            for bin in 0...length / 2 {
                let place = Double(bin) / Double(length / 2) * Double(response.count - 1)
                let below = min(Int(place), response.count - 2)
                let p = response[below] + (place - Double(below)) * (response[below + 1] - response[below])
                let turn = 2 * Double.pi * Double(bin * t % length) / Double(length)
                let value = z[2 * bin] * cos(turn) - z[2 * bin + 1] * sin(turn)
                sum += p * (bin == 0 || bin == length / 2 ? z[2 * bin] * cos(turn) : 2 * value)
            }
            return origin[t] + sum / Double(length).squareRoot()
        }
    }

    @Test(arguments: [1, 2, 3, 7, 64, 97, 250, 1_001], [2, 5, 513])
    func theDefinition(samples: Int, points: Int) {
        let (origin, response) = (noise(1, samples), noise(2, points).map { abs($0) + 0.01 })
        let waveform = PreconditionedWaveform(origin: origin, response: response)
        #expect(waveform.dimension % 2 == 0 && waveform.dimension >= samples + 2)
        #expect(waveform.dimension == PreconditionedWaveform.dimension(samples: samples))
        #expect(waveform.signal(of: [Float](repeating: 0, count: waveform.dimension)) == origin)
        let z = noise(3, waveform.dimension)
        let expected = reference(
            z.map(Double.init), origin: origin.map(Double.init), response: response.map(Double.init))
        let largest = expected.map(abs).max() ?? 0
        // A float32 transform is known to some 1e-6 of its largest value.
        #expect(zip(waveform.signal(of: z), expected).allSatisfy { abs(Double($0) - $1) < 3e-6 * (1 + largest) })
    }

    /// y is linear in Z, so `<gradient on Z, d> = <gradient on y, dy>` for any direction d.
    @Test(arguments: [1, 6, 97, 250, 1_001])
    func theGradientIsTheTranspose(samples: Int) {
        let (origin, response) = (noise(1, samples), noise(2, 33).map { abs($0) + 0.01 })
        let waveform = PreconditionedWaveform(origin: origin, response: response)
        let (direction, slope) = (noise(4, waveform.dimension), noise(5, samples))
        let zero = [Double](repeating: 0, count: samples)
        let moved = reference(direction.map(Double.init), origin: zero, response: response.map(Double.init))
        let gradient = waveform.gradient(of: slope).map(Double.init)
        let size =
            dot(gradient, gradient).squareRoot()
            * dot(direction.map(Double.init), direction.map(Double.init)).squareRoot()
        #expect(abs(dot(gradient, direction.map(Double.init)) - dot(slope.map(Double.init), moved)) < 1e-6 * size)
        // No sound has those.
        #expect(gradient[1] == 0 && gradient[waveform.dimension - 1] == 0)
    }

    /// The length of the transform stays close to the signal's.
    @Test func lengths() {
        for samples in 1...5_000 {
            let length = PreconditionedWaveform.dimension(samples: samples) - 2
            #expect(length >= samples && (samples < 64 || length <= samples + samples / 8), "\(samples)")
        }
        #expect(PreconditionedWaveform.dimension(samples: 48_000) == 48_002)
    }

    /// A signal equalised to another has its mean spectrum, but where a gain of 30 does not suffice.
    @Test func equalising() {
        let transform = ShortTimeFourierTransform(size: 256, hop: 64)
        let (dark, bright) = (noise(1, 8_000), noise(2, 6_000))
        let coloured = bright.indices.map { bright[$0] - 0.9 * (bright.indices.contains($0 - 1) ? bright[$0 - 1] : 0) }
        let wanted = MeanSpectrum.power(of: coloured, by: transform)
        let result = MeanSpectrum.power(
            of: MeanSpectrum.equalised(dark, to: wanted, by: transform), by: transform)
        // Frames overlap, and windows mix a bin with its neighbours: no bin comes out exactly, but all do within 2 dB, and 0.5 dB
        // on the average.
        let decibels = zip(result, wanted).map { 10 * abs(log10($0 / $1)) }
        #expect(decibels.allSatisfy { $0 < 2 } && decibels.reduce(0, +) / Double(decibels.count) < 0.5)
        let tiny = dark.map { $0 * 1e-4 }
        let louder = MeanSpectrum.power(of: MeanSpectrum.equalised(tiny, to: wanted, by: transform), by: transform)
        let own = MeanSpectrum.power(of: tiny, by: transform)
        #expect(zip(louder, own).allSatisfy { $0 / $1 < 1_000 })
        // Silence has nothing to be equalised.
        let silence = [Float](repeating: 0, count: 1_000)
        #expect(MeanSpectrum.equalised(silence, to: wanted, by: transform) == silence)
    }
}
