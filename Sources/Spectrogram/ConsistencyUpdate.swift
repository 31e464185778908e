// SPDX-License-Identifier: Apache-2.0
import CVectorKernels
import Foundation
import Matrices

/// Le Roux's phases from neighbours.
///
/// The round trip through the signal, `G(H) = STFT(ISTFT(H))`, is a linear map in which a bin depends on those near it:
///
///     G(H)[m, k] = sum_q sum_p a_q(p) e^(-2 pi i (k + p) q R / N) H[m + q, k + p]
///     a_q(p) = 1 / N sum_t w(t) s(t - q R) e^(2 pi i p t / N)
///
/// with hop R, window w and s = w over the sum of squared windows. Hann windows make a_q(p) small beyond a few bins, so the sum
/// is cut at |p| <= 2. A spectrogram is consistent where G(H) = H; each phase is set to that of the sum without the bin's own
/// term, which makes it as consistent as it can be. Strong bins come first: weak ones follow once a threshold has fallen below them.
struct ConsistencyUpdate: Sendable {
    private let magnitudes: FeatureMap
    private let reach: Int
    private let bandwidth: Int
    /// `a_q(p)`, q from -reach to reach, p from -bandwidth to bandwidth.
    private let coefficients: [[Complex]]
    /// `e^(-2 pi i j / N)`, j = 0 ..< N.
    private let roots: [Complex]
    private let hop: Int
    private let workers: Workers
    /// For each worker, a frame multiplied by the roots and extended on both sides, and the sum.
    private let turned: [AlignedBuffer<Complex>]
    private let sums: [AlignedBuffer<Complex>]
    private let peak: Float

    /// - Parameter bandwidth: the largest |p|.
    init(_ transform: ShortTimeFourierTransform, _ magnitudes: FeatureMap, bandwidth: Int = 2, threads: Int) {
        let (size, hop, window) = (transform.size, transform.hop, transform.window)
        self.magnitudes = magnitudes
        self.hop = hop
        self.bandwidth = bandwidth
        reach = (transform.windowLength - 1) / hop
        let energy = window.reduce(0) { $0 + Double($1) * Double($1) } / Double(hop)
        coefficients = (-reach...reach).map { q in
            (-bandwidth...bandwidth).map { p in
                var sum = SIMD2<Double>.zero
                for t in max(0, q * hop)..<min(size, size + q * hop) {
                    let angle = 2 * Double.pi * Double(p * t) / Double(size)
                    sum += Double(window[t] * window[t - q * hop]) * SIMD2(cos(angle), sin(angle))
                }
                return Complex(sum / (energy * Double(size)))
            }
        }
        roots = (0..<size).map { index in
            let angle = -2 * Double.pi * Double(index) / Double(size)
            return Complex(Float(cos(angle)), Float(sin(angle)))
        }
        workers = Workers(count: threads)
        let width = transform.bins + 2 * bandwidth
        turned = (0..<workers.count).map { _ in AlignedBuffer(count: width) }
        sums = turned.map { _ in AlignedBuffer(count: transform.bins) }
        peak = magnitudes.values.max() ?? 0
    }

    /// Fills in the spectrogram, each phase set by the neighbouring bins.
    func update(_ spectrogram: ComplexSpectrogram, into result: ComplexSpectrogram, iteration: Int, of iterations: Int)
    {
        // Down to 80 dB below the peak at the end.
        let threshold = peak * Float(pow(10, -4 * Double(iteration + 1) / Double(iterations)))
        workers.run(pieces: spectrogram.frames) { frame, worker in
            let (sum, bins) = (sums[worker].unsafePointer, spectrogram.bins)
            sum.update(repeating: .zero, count: bins)
            for q in max(-reach, -frame)...min(reach, spectrogram.frames - 1 - frame) {
                turn(spectrogram.unsafePointer(frame: frame + q), by: q, bins: bins, into: turned[worker].unsafePointer)
                for p in -bandwidth...bandwidth where (q, p) != (0, 0) {
                    let factor = coefficients[q + reach][p + bandwidth]
                    let source = turned[worker].unsafePointer + bandwidth + p
                    source.withMemoryRebound(to: Float.self, capacity: 2 * bins) { source in
                        sum.withMemoryRebound(to: Float.self, capacity: 2 * bins) { sum in
                            vk_complex_multiply_add(factor.x, factor.y, source, sum, Int64(bins))
                        }
                    }
                }
            }
            let (old, new, magnitude) = (
                spectrogram.unsafePointer(frame: frame), result.unsafePointer(frame: frame),
                magnitudes.unsafePointer(row: frame)
            )
            for bin in 0..<bins {
                let length = (sum[bin] * sum[bin]).sum().squareRoot()
                new[bin] = magnitude[bin] >= threshold && length > 0 ? sum[bin] * (magnitude[bin] / length) : old[bin]
            }
        }
    }

    /// `e^(-2 pi i k q R / N) H[k]` for k from `-bandwidth` to `bins - 1 + bandwidth`.
    private func turn(
        _ frame: UnsafePointer<Complex>, by q: Int, bins: Int, into result: UnsafeMutablePointer<Complex>
    ) {
        let size = roots.count
        for k in -bandwidth..<bins + bandwidth {
            // Frequencies beyond either end are conjugates of those on this side.
            let mirrored = k < 0 ? -k : size - k
            let value =
                (0..<bins).contains(k)
                ? frame[k] : frame[min(mirrored, bins - 1)] * Complex(1, -1)
            var index = (k * q * hop) % size
            if index < 0 { index += size }
            let root = roots[index]
            result[k + bandwidth] = Complex(
                value.x * root.x - value.y * root.y, value.x * root.y + value.y * root.x)
        }
    }
}
