// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices

/// Distances of two spectrograms of one size, frame by frame.
enum SpectralDistances {
    /// Spectral convergence, `|| |X| - |Y| ||_F / || |Y| ||_F` (Arik, Jun, Diamos: Fast Spectrogram Inversion Using Multi-Head
    /// Convolutional Neural Networks, 2018); nil where Y is silence.
    static let convergence: Comparison.Function = { output, reference in
        convergence(output.power, reference.power)
    }

    /// Log-spectral distance (Gray and Markel: Distance Measures for Speech Processing, 1976) in decibels, mean over frames:
    ///
    ///     sqrt(mean_k (10 log10 max(|X_k|^2, f) - 10 log10 max(|Y_k|^2, f))^2),  f = PowerSpectrogram.floor
    static let logSpectral: Comparison.Function = { output, reference in
        let (x, y, floor) = (output.power, reference.power, Float(PowerSpectrogram.floor))
        let sum = (0..<x.rows).reduce(0.0) { sum, frame in
            let (a, b) = (x.pointer(row: frame), y.pointer(row: frame))
            let squares = (0..<x.columns).reduce(0.0) { squares, bin in
                let decibels = 10 * log10(Double(max(a[bin], floor)) / Double(max(b[bin], floor)))
                return squares + decibels * decibels
            }
            return sum + (squares / Double(x.columns)).squareRoot()
        }
        return sum / Double(x.rows)
    }

    /// Of power `[frames, bins]`, what lies below `floor` raised to it.
    static func convergence(_ x: FeatureMap, _ y: FeatureMap, floor: Float = 0) -> Double? {
        var (difference, energy) = (0.0, 0.0)
        for frame in 0..<x.rows {
            let (a, b) = (x.pointer(row: frame), y.pointer(row: frame))
            for bin in 0..<x.columns {
                let reference = Double(max(b[bin], floor)).squareRoot()
                let error = Double(max(a[bin], floor)).squareRoot() - reference
                difference += error * error
                energy += reference * reference
            }
        }
        return energy > 0 ? (difference / energy).squareRoot() : nil
    }
}
