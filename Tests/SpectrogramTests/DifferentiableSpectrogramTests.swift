// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import TestSupport
import Testing

@testable import Spectrogram

@Suite struct DifferentiableSpectrogramTests {
    private func noise(_ seed: UInt64, _ count: Int) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in generator.normal() }
    }

    /// `sum of slope log(1 + |X|)` in float64, and its derivative along directions, against our gradient. Float32 transforms are
    /// known to some 1e-6 of the largest value, and so is a sum of their products.
    @Test(arguments: [(64, 16, 500), (63, 16, 300), (100, 25, 333), (256, 64, 100), (32, 8, 1)])
    func theGradientOfLogMagnitudes(size: Int, hop: Int, samples: Int) {
        let transform = ShortTimeFourierTransform(size: size, hop: hop)
        let signal = noise(1, samples)
        let spectrogram = DifferentiableSpectrogram(transform, samples: samples, threads: 2)
        let slopes = FeatureMap(rows: spectrogram.frames, columns: transform.bins)
        let values = noise(2, slopes.rows * slopes.columns)
        slopes.unsafePointer(row: 0).update(from: values, count: values.count)
        spectrogram.analyse(signal)
        let gradient = spectrogram.gradient(ofLogMagnitudes: slopes).map(Double.init)

        let reference = ReferenceTransform(size: size, hop: hop)
        func loss(_ signal: [Double]) -> Double {
            let maps = reference.powers(signal).joined().map { log1p($0.squareRoot()) }
            return dot(maps, values.map(Double.init))
        }
        for seed in UInt64(3)..<6 {
            let direction = noise(seed, samples).map(Double.init)
            let slope = centralDifference(of: loss, at: signal.map(Double.init), along: direction)
            let size = dot(gradient, gradient).squareRoot() * dot(direction, direction).squareRoot()
            #expect(abs(dot(gradient, direction) - slope) < 1e-5 * size)
        }
    }

    /// At magnitude 0 a value's log magnitude rises as much one way as the other: central differences are 0 there, and so is our
    /// gradient. Half of the signal is silent, and of its other half's frames a tone leaves most bins near nothing.
    @Test func zeroMagnitudes() {
        let (size, hop, samples) = (64, 16, 640)
        let transform = ShortTimeFourierTransform(size: size, hop: hop)
        let signal = (0..<samples).map { $0 < samples / 2 ? 0 : sin(Float($0) * 2 * .pi / 8) }
        let spectrogram = DifferentiableSpectrogram(transform, samples: samples, threads: 1)
        let slopes = FeatureMap(rows: spectrogram.frames, columns: transform.bins)
        let values = noise(4, slopes.rows * slopes.columns)
        slopes.unsafePointer(row: 0).update(from: values, count: values.count)
        spectrogram.analyse(signal)
        let gradient = spectrogram.gradient(ofLogMagnitudes: slopes).map(Double.init)
        #expect(gradient.allSatisfy { $0.isFinite })
        // No frame that has sound reaches further into the silence.
        let silent = 0..<samples / 2 - size
        #expect(gradient[silent].allSatisfy { $0 == 0 })

        let reference = ReferenceTransform(size: size, hop: hop)
        func loss(_ signal: [Double]) -> Double {
            dot(reference.powers(signal).joined().map { log1p($0.squareRoot()) }, values.map(Double.init))
        }
        // Within the silence only.
        let direction = (0..<samples).map { silent.contains($0) ? Double(noise(5, samples)[$0]) : 0 }
        #expect(abs(centralDifference(of: loss, at: signal.map(Double.init), along: direction)) < 1e-9)
    }

    /// All of it silent.
    @Test func silence() {
        let spectrogram = DifferentiableSpectrogram(
            ShortTimeFourierTransform(size: 32, hop: 8), samples: 100, threads: 1)
        let slopes = FeatureMap(rows: spectrogram.frames, columns: 17)
        for index in 0..<slopes.rows * 17 { slopes.unsafePointer(row: 0)[index] = 1 }
        spectrogram.analyse([Float](repeating: 0, count: 100))
        #expect(spectrogram.gradient(ofLogMagnitudes: slopes) == [Float](repeating: 0, count: 100))
    }
}
