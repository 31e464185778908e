// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import TestSupport
import Testing

@testable import Spectrogram

@Suite struct TransformTests {
    private let golden: GoldenSpectra
    private let transform = ShortTimeFourierTransform(size: 512, hop: 128)

    init() throws { golden = try GoldenSpectra() }

    /// 1e-5 of the largest value: float32 transforms, ours and librosa's, differ by some 1e-7 of it.
    @Test func theTransformIsLibrosas() throws {
        let signal = try golden.values("content")
        let ours = transform.transform(signal, threads: 2)
        let (re, im) = (try golden.map("stft_real"), try golden.map("stft_imag"))
        #expect((ours.frames, ours.bins) == (GoldenSpectra.frames, GoldenSpectra.bins))
        let largest = re.values.reduce(0) { max($0, abs($1)) }
        for frame in 0..<ours.frames {
            for bin in 0..<ours.bins {
                let value = ours.unsafePointer(frame: frame)[bin]
                let expected = Complex(re.unsafePointer(row: frame)[bin], im.unsafePointer(row: frame)[bin])
                let difference = value - expected
                #expect((difference * difference).sum().squareRoot() < 1e-5 * largest)
            }
        }
        let compressed = LogSpectrogram.compressed(ours, threads: 2)
        let expected = try golden.map("log1p_content").values
        let (error, top) = (largestDifference(compressed.values, expected), expected.max() ?? 0)
        #expect(error < 1e-5 * top)
        let back = LogSpectrogram.magnitudes(of: compressed.values, frames: ours.frames, bins: ours.bins)
        let again = back.values.map { log1p($0) }
        #expect(largestDifference(again, expected) < 1e-5 * top)
    }

    @Test func theInverseGivesTheSignalBack() throws {
        let signal = try golden.values("content")
        let back = transform.inverse(transform.transform(signal), samples: signal.count)
        let largest = signal.reduce(0) { max($0, abs($1)) }
        #expect(largestDifference(back, signal) < 1e-5 * largest)
    }

    /// Against the definition, summed in float64; and the inverse.
    @Test(arguments: [
        (64, 32, 64, 1_000), (64, 8, 64, 333), (100, 25, 80, 777), (63, 16, 63, 500), (105, 30, 105, 512),
        (512, 128, 400, 5_001), (1_024, 256, 1_024, 1), (1_024, 512, 1_024, 511), (2_048, 256, 2_048, 700),
        (2_048, 1_024, 2_048, 10_239), (4_096, 1_024, 4_096, 9_999), (4_096, 512, 4_096, 20_000), (8, 3, 8, 50),
    ])
    func randomSignals(size: Int, hop: Int, length: Int, samples: Int) {
        let transform = ShortTimeFourierTransform(size: size, hop: hop, windowLength: length)
        var generator = SeededGenerator(seed: UInt64(size * hop + samples))
        let signal = (0..<samples).map { _ in generator.uniform() }
        let spectrogram = transform.transform(signal, threads: 3)
        #expect(spectrogram.frames == 1 + (samples + 2 * (size / 2) - size) / hop)

        // A few bins of the first, a middle and the last frame.
        for frame in Set([0, spectrogram.frames / 2, spectrogram.frames - 1]) {
            for bin in Set([0, 1, size / 5, size / 2]) {
                var sum = SIMD2<Double>.zero
                for t in 0..<size {
                    let position = frame * hop + t - size / 2
                    guard (0..<samples).contains(position) else { continue }
                    let angle = -2 * Double.pi * Double(bin * t % size) / Double(size)
                    sum += Double(signal[position] * transform.window[t]) * SIMD2(cos(angle), sin(angle))
                }
                let difference = SIMD2<Double>(spectrogram.unsafePointer(frame: frame)[bin]) - sum
                // Sums of n float32 terms of size 1.
                #expect((difference * difference).sum().squareRoot() < 1e-6 * Double(size))
            }
        }

        // After the last frame's middle only the edge of its window covers the signal, and the frame's error of some 1e-7 is
        // divided by the window's value there.
        let back = transform.inverse(spectrogram, samples: samples, threads: 2)
        let last = (spectrogram.frames - 1) * hop
        for t in 0..<samples {
            let offset = t - last + size / 2
            let cover = t <= last ? 1 : min(1, transform.window[min(offset, size - 1)])
            if cover > 1e-3 { #expect(abs(back[t] - signal[t]) < 1e-5 / cover) }
        }
    }

    /// Against the definition, summed in float64: `x[-t]` is `x[t]`, and `x[T - 1 + t]` is `x[T - 1 - t]`.
    @Test(arguments: [(64, 32, 64, 33), (64, 8, 40, 333), (63, 16, 63, 500)])
    func signalsAreContinuedByReflection(size: Int, hop: Int, length: Int, samples: Int) {
        let transform = ShortTimeFourierTransform(size: size, hop: hop, windowLength: length)
        var generator = SeededGenerator(seed: UInt64(size + samples))
        let signal = (0..<samples).map { _ in generator.uniform() }
        let spectra = FrameSpectra(transform, of: signal, continuedBy: .reflection, workers: 2)
        #expect(spectra.frames == transform.frames(samples: samples))
        for frame in 0..<spectra.frames {
            for bin in [0, 1, size / 2] {
                var sum = SIMD2<Double>.zero
                for t in 0..<size {
                    let place = abs(frame * hop + t - size / 2)
                    let value = signal[place < samples ? place : 2 * (samples - 1) - place]
                    let angle = -2 * Double.pi * Double(bin * t % size) / Double(size)
                    sum += Double(value * transform.window[t]) * SIMD2(cos(angle), sin(angle))
                }
                let difference = spectra.withSpectrum(frame, worker: frame % 2) { SIMD2<Double>($0[bin]) - sum }
                // Sums of n float32 terms of size 1.
                #expect((difference * difference).sum().squareRoot() < 1e-6 * Double(size))
            }
        }
    }

    @Test func threadsDontChangeTheResult() throws {
        let signal = try golden.values("style")
        let one = transform.inverse(transform.transform(signal, threads: 1), samples: signal.count, threads: 1)
        let three = transform.inverse(transform.transform(signal, threads: 3), samples: signal.count, threads: 3)
        #expect(one == three)
    }

    @Test func aSpectrogramOfASignalIsConsistent() throws {
        let signal = try golden.values("content")
        let spectrogram = transform.transform(signal)
        #expect(inconsistency(of: spectrogram, by: transform, samples: signal.count) < 1e-11)
        #expect(
            spectralConvergence(of: signal, to: magnitudes(of: spectrogram), by: transform) < 1e-6)
        // Another phase, and it is that of no signal.
        for frame in 0..<spectrogram.frames { spectrogram.unsafePointer(frame: frame)[40] *= Complex(1, -1) }
        #expect(inconsistency(of: spectrogram, by: transform, samples: signal.count) > 1e-4)
    }
}

func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
}

func magnitudes(of spectrogram: ComplexSpectrogram) -> FeatureMap {
    let map = FeatureMap(rows: spectrogram.frames, columns: spectrogram.bins)
    for frame in 0..<map.rows {
        for bin in 0..<map.columns {
            let value = spectrogram.unsafePointer(frame: frame)[bin]
            map.unsafePointer(row: frame)[bin] = (value * value).sum().squareRoot()
        }
    }
    return map
}
