// SPDX-License-Identifier: Apache-2.0

/// Correlations of an output with a reference, from -1 to 1.
enum Correlation {
    /// Of the waveforms.
    static let ofWaveforms: Comparison.Function = { output, reference in
        pearson(output.samples.lazy.map(Double.init), reference.samples.lazy.map(Double.init))
    }

    /// Of each log-mel band over time, mean over the bands that vary in both.
    static let ofEnvelopes: Comparison.Function = { output, reference in
        let (x, y) = (output.logMel, reference.logMel)
        let bands = (0..<x.columns).compactMap { band in
            pearson(x.column(band), y.column(band))
        }
        return bands.isEmpty ? nil : bands.reduce(0, +) / Double(bands.count)
    }

    /// Of the onset strengths.
    static let ofOnsets: Comparison.Function = { output, reference in pearson(output.onsets, reference.onsets) }

    /// Pearson's correlation coefficient of equally many values; nil where either does not vary.
    static func pearson(_ x: some Collection<Double>, _ y: some Collection<Double>) -> Double? {
        precondition(x.count == y.count, "series of different lengths")
        guard x.min() != x.max(), y.min() != y.max() else { return nil }
        let count = Double(x.count)
        let (meanX, meanY) = (x.reduce(0, +) / count, y.reduce(0, +) / count)
        var (xx, yy, xy) = (0.0, 0.0, 0.0)
        for (a, b) in zip(x, y) {
            xx += (a - meanX) * (a - meanX)
            yy += (b - meanY) * (b - meanY)
            xy += (a - meanX) * (b - meanY)
        }
        return xy / (xx.squareRoot() * yy.squareRoot())
    }
}
