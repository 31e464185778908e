// SPDX-License-Identifier: Apache-2.0

/// Brings peaks under a threshold, as in the code of P. K. Mital: Time Domain Neural Audio Style Transfer (2017).
///
///     envelope[t] = max(|x[t]|, release envelope[t - 1])
///     target[t]   = min(threshold / envelope[t], 1)
///     gain[t]     = attack gain[t - 1] + (1 - attack) target[t]
///     y[t]        = gain[t] x[t - (delay - 1)]
///
/// The gain thus falls before a peak comes out. The delay stays in the sound.
public struct Limiter: Sendable {
    /// Samples in the delay line, among them the one that comes in.
    public var delay = 40
    /// The envelope that is left as it is.
    public var threshold = 0.9
    /// What is left of the envelope after a sample.
    public var release = 0.9995
    /// What is left of the gain after a sample.
    public var attack = 0.9

    /// The defaults of that code.
    public init() {}

    /// As many samples as `x` has.
    public func limited(_ x: [Float]) -> [Float] {
        var (envelope, gain) = (0.0, 1.0)
        return x.indices.map { index in
            envelope = max(abs(Double(x[index])), release * envelope)
            let target = envelope > threshold ? threshold / envelope : 1
            gain = attack * gain + (1 - attack) * target
            let source = index - (delay - 1)
            return source < 0 ? 0 : Float(gain * Double(x[source]))
        }
    }
}
