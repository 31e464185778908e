// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Distances of two spectrograms of one size, frame by frame.
enum SpectralDistances {
    /// Spectral convergence, `|| |X| - |Y| ||_F / || |Y| ||_F` (Arik, Jun, Diamos: Fast Spectrogram Inversion Using Multi-Head
    /// Convolutional Neural Networks, 2018); nil where Y is silence.
    static let convergence: Comparison.Function = { output, reference in
        PowerSpectra.map(output.samples, reference.samples, threads: output.threads) { SpectralConvergence($0, $1) }
            .reduce(SpectralConvergence(), +).value
    }

    /// Log-spectral distance (Gray and Markel: Distance Measures for Speech Processing, 1976) in decibels, mean over frames:
    ///
    ///     sqrt(mean_k (10 log10 max(|X_k|^2, f) - 10 log10 max(|Y_k|^2, f))^2),  f = PowerSpectra.floor
    static let logSpectral: Comparison.Function = { output, reference in
        let floor = Float(PowerSpectra.floor)
        let frames = PowerSpectra.map(output.samples, reference.samples, threads: output.threads) { x, y in
            let squares = x.indices.reduce(0.0) { squares, bin in
                let decibels = 10 * log10(Double(max(x[bin], floor)) / Double(max(y[bin], floor)))
                return squares + decibels * decibels
            }
            return (squares / Double(x.count)).squareRoot()
        }
        return frames.reduce(0, +) / Double(frames.count)
    }
}

/// The sums of spectral convergence.
struct SpectralConvergence: Sendable {
    /// `|| |X| - |Y| ||^2`.
    private var difference = 0.0
    /// `|| |Y| ||^2`.
    private var energy = 0.0

    /// Zero.
    init() {}

    /// Adds a frame's power `[bins]`; values below `floor` are raised to it.
    init(_ x: [Float], _ y: [Float], floor: Float = 0) {
        for bin in x.indices {
            let reference = Double(max(y[bin], floor)).squareRoot()
            let error = Double(max(x[bin], floor)).squareRoot() - reference
            difference += error * error
            energy += reference * reference
        }
    }

    /// nil where Y is silence.
    var value: Double? { energy > 0 ? (difference / energy).squareRoot() : nil }

    static func + (a: Self, b: Self) -> Self {
        var sum = a
        sum.difference += b.difference
        sum.energy += b.energy
        return sum
    }
}
