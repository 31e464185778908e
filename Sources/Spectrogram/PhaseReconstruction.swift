// SPDX-License-Identifier: Apache-2.0
import CVectorKernels
import Foundation
import Matrices

/// Finds a signal whose spectrogram has given magnitudes.
public struct PhaseReconstruction: Sendable, Equatable {
    /// How phases are estimated. All methods alternate between imposing the wanted magnitudes and making the spectrogram
    /// consistent.
    public enum Method: String, CaseIterable, Codable, Sendable {
        /// LSEE-MSTFTM (Griffin and Lim, Signal Estimation from Modified Short-Time Fourier Transform, 1984): the distance
        /// never grows.
        case griffinLim = "griffin-lim"
        /// The same with momentum (Perraudin, Balazs, Sondergaard: A Fast Griffin-Lim Algorithm, 2013).
        case fast
        /// OA-MSTFTM (Griffin and Lim, as above): frames are added without a second window.
        case overlapAdd = "overlap-add"
        /// Phases from the neighbouring bins alone, strong bins first (Le Roux, Kameoka, Ono, Sagayama: Fast Signal
        /// Reconstruction from Magnitude STFT Spectrogram Based on Spectrogram Consistency, 2010).
        case leRoux = "le-roux"
    }

    /// Which phases come first.
    public enum Start: String, CaseIterable, Codable, Sendable {
        /// Uniform over the circle.
        case random
        /// 0.
        case zero
        /// Those of the content.
        case content
    }

    /// The method.
    public var method: Method
    /// The number of phase updates.
    public var iterations: Int
    /// Perraudin's alpha, for ``Method/fast``.
    public var momentum: Double
    /// The first phases.
    public var start: Start
    /// Decides random phases.
    public var seed: UInt64

    /// Creates a reconstruction.
    public init(
        _ method: Method = .griffinLim, iterations: Int = 500, momentum: Double = 0.99, start: Start = .random,
        seed: UInt64 = 0
    ) {
        self.method = method
        self.iterations = iterations
        self.momentum = momentum
        self.start = start
        self.seed = seed
    }

    /// The progress of a reconstruction.
    public struct Progress: Sendable, Equatable {
        /// The number of phase updates so far.
        public var iteration: Int
        /// The ``spectralConvergence(of:to:)`` of the signal then.
        public var distance: Double
    }

    /// Reconstructs.
    ///
    /// - Parameters:
    ///   - magnitudes: `[frames, bins]` of `transform`.
    ///   - samples: of the signal, with that many frames.
    ///   - phases: where ``start`` asks for the content's.
    ///   - listener: called after every iteration, the start and the end included; returning false ends the work early.
    /// - Returns: the signal.
    public func signal(
        of magnitudes: FeatureMap, by transform: ShortTimeFourierTransform, samples: Int,
        phases: ComplexSpectrogram? = nil, threads: Int, listener: (Progress) throws -> Bool
    ) rethrows -> [Float] {
        let framed = FramedSignal(
            transform, samples: samples, synthesis: method == .overlapAdd ? .overlapAdd : .leastSquares,
            threads: threads)
        precondition(
            (magnitudes.rows, magnitudes.columns) == (framed.frames, transform.bins), "magnitudes of another signal")
        var spectrogram = first(magnitudes, phases: phases)
        let norm = (0..<framed.frames).reduce(0) { sum, frame in
            let row = UnsafeBufferPointer(start: magnitudes.unsafePointer(row: frame), count: transform.bins)
            return sum + row.reduce(0) { $0 + Double($1) * Double($1) }
        }.squareRoot()
        // Momentum's last spectrogram, or the place of Le Roux's next one.
        var other =
            method == .fast || method == .leRoux
            ? ComplexSpectrogram(frames: framed.frames, bins: transform.bins) : spectrogram
        let neighbours = method == .leRoux ? ConsistencyUpdate(transform, magnitudes, threads: threads) : nil
        let distances = AlignedBuffer<Double>(count: framed.frames)
        let bins = transform.bins

        for iteration in 0...max(iterations, 0) {
            let current = spectrogram
            let previous = method == .fast ? other : nil
            framed.synthesise { frame, spectrum, _ in
                spectrum.update(from: current.unsafePointer(frame: frame), count: bins)
            }
            // The last transform only measures.
            let moves = iteration < iterations && neighbours == nil
            // Before there is a previous spectrogram, it counts as zero.
            let share = previous != nil && iteration > 0 ? Float(momentum / (1 + momentum)) : 0
            framed.analyse { frame, spectrum, _ in
                let magnitude = UnsafePointer(magnitudes.unsafePointer(row: frame))
                func floats<T>(_ pointer: UnsafeMutablePointer<Complex>, _ body: (UnsafeMutablePointer<Float>) -> T)
                    -> T
                {
                    pointer.withMemoryRebound(to: Float.self, capacity: 2 * bins, body)
                }
                distances.unsafePointer[frame] = floats(spectrum) { spectrum in
                    guard moves else { return vk_magnitude_distance(spectrum, magnitude, Int64(bins)) }
                    return floats(current.unsafePointer(frame: frame)) { current in
                        guard let previous else {
                            return vk_project(spectrum, nil, 0, magnitude, current, Int64(bins))
                        }
                        return floats(previous.unsafePointer(frame: frame)) {
                            vk_project(spectrum, $0, share, magnitude, current, Int64(bins))
                        }
                    }
                }
            }
            let distance = (0..<framed.frames).reduce(0) { $0 + distances.unsafePointer[$1] }.squareRoot()
            let goesOn = try listener(Progress(iteration: iteration, distance: norm > 0 ? distance / norm : 0))
            guard goesOn, iteration < iterations else { break }
            if let neighbours {
                neighbours.update(spectrogram, into: other, iteration: iteration, of: iterations)
                swap(&spectrogram, &other)
            }
        }
        return framed.signal
    }

    /// The magnitudes with the first phases.
    private func first(_ magnitudes: FeatureMap, phases: ComplexSpectrogram?) -> ComplexSpectrogram {
        let result = ComplexSpectrogram(frames: magnitudes.rows, bins: magnitudes.columns)
        var generator = SeededGenerator(seed: seed)
        for frame in 0..<result.frames {
            let (magnitude, values) = (magnitudes.unsafePointer(row: frame), result.unsafePointer(frame: frame))
            for bin in 0..<result.bins {
                switch start {
                case .zero: values[bin] = Complex(magnitude[bin], 0)
                case .random:
                    let angle = Float.pi * generator.uniform()
                    values[bin] = magnitude[bin] * Complex(cos(angle), sin(angle))
                case .content:
                    let phase = phases?.unsafePointer(frame: frame)[bin] ?? .zero
                    let length = (phase * phase).sum().squareRoot()
                    values[bin] = length > 0 ? phase * (magnitude[bin] / length) : Complex(magnitude[bin], 0)
                }
            }
        }
        return result
    }
}

/// Spectral convergence, `|| |X| - A || / ||A||` in the Frobenius norm: 0 where the magnitudes are those wanted (Sturmel and
/// Daudet, Signal Reconstruction from STFT Magnitude: A State of the Art, 2011).
///
/// - Parameters:
///   - signal: whose spectrogram is X.
///   - magnitudes: A.
public func spectralConvergence(
    of signal: [Float], to magnitudes: FeatureMap, by transform: ShortTimeFourierTransform, threads: Int = 1
) -> Double {
    let spectrogram = transform.transform(signal, threads: threads)
    precondition(
        (magnitudes.rows, magnitudes.columns) == (spectrogram.frames, spectrogram.bins), "magnitudes of another signal")
    var (distance, norm) = (0.0, 0.0)
    for frame in 0..<spectrogram.frames {
        let (value, wanted) = (spectrogram.unsafePointer(frame: frame), magnitudes.unsafePointer(row: frame))
        for bin in 0..<spectrogram.bins {
            let difference = Double((value[bin] * value[bin]).sum().squareRoot() - wanted[bin])
            distance += difference * difference
            norm += Double(wanted[bin]) * Double(wanted[bin])
        }
    }
    return norm > 0 ? (distance / norm).squareRoot() : 0
}

/// How far a spectrogram is from being that of a signal: `||STFT(ISTFT(H)) - H||^2 / ||H||^2`, 0 for a consistent one (Le Roux,
/// Ono, Sagayama: Explicit Consistency Constraints for STFT Spectrograms, 2008, there without the denominator).
///
/// - Parameter samples: of the signal.
public func inconsistency(
    of spectrogram: ComplexSpectrogram, by transform: ShortTimeFourierTransform, samples: Int, threads: Int = 1
) -> Double {
    let again = transform.transform(
        transform.inverse(spectrogram, samples: samples, threads: threads), threads: threads)
    var (distance, norm) = (0.0, 0.0)
    for frame in 0..<spectrogram.frames {
        let (value, other) = (spectrogram.unsafePointer(frame: frame), again.unsafePointer(frame: frame))
        for bin in 0..<spectrogram.bins {
            let difference = other[bin] - value[bin]
            distance += Double((difference * difference).sum())
            norm += Double((value[bin] * value[bin]).sum())
        }
    }
    return norm > 0 ? distance / norm : 0
}
