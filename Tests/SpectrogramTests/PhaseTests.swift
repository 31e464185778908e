// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import TestSupport
import Testing

@testable import Spectrogram

@Suite struct PhaseTests {
    private let signal: [Float]
    private let golden: GoldenSpectra
    private let transform = ShortTimeFourierTransform(size: 512, hop: 128)
    private let wanted: FeatureMap

    init() throws {
        golden = try GoldenSpectra()
        signal = try golden.values("content")
        wanted = magnitudes(of: transform.transform(signal))
    }

    private func distances(_ reconstruction: PhaseReconstruction) -> [Double] {
        var distances: [Double] = []
        _ = reconstruction.signal(
            of: wanted, by: transform, samples: signal.count, phases: transform.transform(signal), threads: 2
        ) {
            distances.append($0.distance)
            return true
        }
        return distances
    }

    /// Mean over five random starts of the last distance.
    private func mean(_ method: PhaseReconstruction.Method, _ iterations: Int) -> Double {
        (0..<5).reduce(0) { sum, seed in
            sum + (distances(PhaseReconstruction(method, iterations: iterations, seed: seed)).last ?? .nan)
        } / 5
    }

    /// No more than 2 dB worse than librosa.
    @Test(arguments: [32, 100])
    func griffinLimIsAsGoodAsLibrosas(iterations: Int) throws {
        let limit = pow(10, 2.0 / 20)
        let plain = try golden.values("griffinlim_spectral_convergence/n\(iterations)_m0.0")[0]
        let fast = try golden.values("griffinlim_spectral_convergence/n\(iterations)_m0.99")[0]
        let (ours, oursFast) = (mean(.griffinLim, iterations), mean(.fast, iterations))
        #expect(ours < limit * Double(plain))
        #expect(oursFast < limit * Double(fast))
        #expect(oursFast < ours)
    }

    /// The distance of LSEE-MSTFTM never grows; float32 sums waver by some 1e-7.
    @Test func leastSquaresIsMonotone() {
        let distances = distances(PhaseReconstruction(.griffinLim, iterations: 60))
        #expect(distances.count == 61)
        for (earlier, later) in zip(distances, distances.dropFirst()) { #expect(later <= earlier * (1 + 1e-6)) }
    }

    @Test(arguments: PhaseReconstruction.Method.allCases)
    func everyMethodComesNearer(method: PhaseReconstruction.Method) {
        for start in [PhaseReconstruction.Start.random, .zero] {
            let distances = distances(PhaseReconstruction(method, iterations: 60, start: start))
            #expect((distances.last ?? .nan) < 0.5 * distances[0], "\(start)")
        }
        // The right phases are kept: nearly, where terms are left out.
        let right = distances(PhaseReconstruction(method, iterations: 5, start: .content))
        let limit = method == .leRoux ? 3e-2 : 1e-5
        #expect(right.count == 6)
        for distance in right { #expect(distance < limit) }
    }

    /// A spectrogram of a signal is its own sum of neighbours, the closer the more of them are counted.
    @Test(arguments: [(2, 0.2), (30, 1e-3)]) func aConsistentSpectrogramKeepsItsPhases(bandwidth: Int, limit: Float) {
        let spectrogram = transform.transform(signal)
        let updated = ComplexSpectrogram(frames: spectrogram.frames, bins: spectrogram.bins)
        ConsistencyUpdate(transform, wanted, bandwidth: bandwidth, threads: 2).update(
            spectrogram, into: updated, iteration: 99, of: 100)
        for frame in [10, 20, 30] {
            let row = wanted.unsafePointer(row: frame)
            let peak = (0..<transform.bins).map { row[$0] }.max() ?? 0
            for bin in 0..<transform.bins where row[bin] > 0.1 * peak {
                let difference = updated.unsafePointer(frame: frame)[bin] - spectrogram.unsafePointer(frame: frame)[bin]
                #expect((difference * difference).sum().squareRoot() < limit * row[bin])
            }
        }
    }

    @Test func itStopsWhenTold() {
        var seen = 0
        let result = PhaseReconstruction(iterations: 1_000).signal(
            of: wanted, by: transform, samples: signal.count, threads: 1
        ) { progress in
            seen = progress.iteration
            return progress.iteration < 3
        }
        #expect(seen == 3 && result.count == signal.count)
    }

    @Test func silenceStaysSilent() {
        let silence = FeatureMap(rows: wanted.rows, columns: wanted.columns)
        for method in PhaseReconstruction.Method.allCases {
            let result = PhaseReconstruction(method, iterations: 3).signal(
                of: silence, by: transform, samples: signal.count, threads: 1
            ) { _ in true }
            #expect(result.allSatisfy { $0 == 0 })
        }
    }
}
