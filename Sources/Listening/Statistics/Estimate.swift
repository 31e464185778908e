// SPDX-License-Identifier: Apache-2.0

/// A mean over listeners with its 95 % confidence interval by Student's t.
///
/// A listener is one observation, however many trials he or she rated: mean -+ t(0.975, n - 1) s / sqrt n. The interval is not
/// clipped to the scale, and has no width if all agree.
public struct Estimate: Codable, Equatable, Sendable {
    /// n, the number of listeners.
    public let listeners: Int
    /// In units of the scale; nil without listeners.
    public let mean: Double?
    /// The sample's, with n - 1 in the denominator; nil for fewer than two listeners.
    public let standardDeviation: Double?
    /// The interval's lower end; nil for fewer than two listeners.
    public let low: Double?
    /// The interval's upper end; nil for fewer than two listeners.
    public let high: Double?

    /// The estimate from one value for each listener.
    ///
    /// - Parameter values: `[n]`, finite; may be empty.
    public init(of values: [Double], confidence: Double = 0.95) {
        listeners = values.count
        let n = Double(values.count)
        guard !values.isEmpty else {
            (mean, standardDeviation, low, high) = (nil, nil, nil, nil)
            return
        }
        let mean = values.reduce(0, +) / n
        self.mean = mean
        guard values.count > 1 else {
            (standardDeviation, low, high) = (nil, nil, nil)
            return
        }
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)).squareRoot()
        let t = Distributions.studentQuantile(confidence: confidence, degreesOfFreedom: n - 1)
        standardDeviation = deviation
        low = mean - t * deviation / n.squareRoot()
        high = mean + t * deviation / n.squareRoot()
    }
}
