// SPDX-License-Identifier: Apache-2.0
import CVectorKernels
import Matrices

/// A waveform as a complex spectrum under a preconditioner: `y = y0 + sqrt(N) irfft(P Z)`, with the variable Z, complex, N / 2 + 1
/// values, and P real, above 0 and at most 1.
///
/// A gradient method on Z moves y most where P is large: it is the same method on the spectrum of y with `P^2` as the first
/// guess of the inverse Hessian. N is at least T, so that transforms are fast; y is the first T samples.
///
/// Variables are laid out as real and imaginary part of one value after the other, N + 2 in all. The imaginary parts of the
/// first and the last value mean nothing, and their gradient is 0.
///
/// One call at a time.
public final class PreconditionedWaveform: Sendable {
    /// y0, `[T]`.
    private let origin: AlignedBuffer<Float>
    /// Variables: N + 2.
    public let dimension: Int
    /// N.
    private let length: Int
    /// `P / sqrt(N)`, twice, as it meets real and imaginary parts.
    private let factors: AlignedBuffer<Float>
    private let plan: FourierTransform
    /// `[N]`, and `[N / 2 + 1]`.
    private let samples: AlignedBuffer<Float>
    private let spectrum: AlignedBuffer<Complex>

    /// - Parameters:
    ///   - origin: y0, at least one sample.
    ///   - response: P at frequencies from 0 to half the sample rate, evenly spaced, at least two; linear in between.
    public convenience init(origin: [Float], response: [Float]) {
        self.init(samples: origin.count) { (origin, response) }
    }

    /// The same with values that are found once there is memory for them: while it is only planned, not at all.
    ///
    /// - Parameters:
    ///   - samples: T, at least one.
    ///   - values: y0 and P.
    public init(samples count: Int, values: () -> (origin: [Float], response: [Float])) {
        precondition(count >= 1, "a waveform of nothing")
        let length = Self.length(samples: count)
        self.length = length
        dimension = length + 2
        plan = FourierTransform(size: length)
        samples = AlignedBuffer(count: length)
        spectrum = AlignedBuffer(count: length / 2 + 1)
        let (origin, factors) = (AlignedBuffer<Float>(count: count), AlignedBuffer<Float>(count: length + 2))
        (self.origin, self.factors) = (origin, factors)
        guard !MemoryLedger.isPlanning else { return }
        let (y0, response) = values()
        precondition(y0.count == count && response.count >= 2, "a waveform of another length, or a response of nothing")
        origin.unsafePointer.update(from: y0, count: count)
        let scale = 1 / Double(length).squareRoot()
        for bin in 0...length / 2 {
            let place = Double(bin) / Double(length / 2) * Double(response.count - 1)
            let below = min(Int(place), response.count - 2)
            let share = place - Double(below)
            let value = (1 - share) * Double(response[below]) + share * Double(response[below + 1])
            (factors.unsafePointer[2 * bin], factors.unsafePointer[2 * bin + 1]) = (
                Float(scale * value), Float(scale * value)
            )
        }
    }

    /// The number of variables for this many samples.
    public static func dimension(samples: Int) -> Int { length(samples: samples) + 2 }

    /// The least even number of at least this many samples without a prime factor above 5, at least 4.
    private static func length(samples: Int) -> Int {
        var length = max(samples + samples % 2, 4)
        while true {
            var rest = length
            for prime in [2, 3, 5] { while rest % prime == 0 { rest /= prime } }
            if rest == 1 { return length }
            length += 2
        }
    }

    /// y, `[T]`.
    public func signal(of z: [Float]) -> [Float] {
        precondition(z.count == dimension, "variables of another waveform")
        spectrum.unsafePointer.withMemoryRebound(to: Float.self, capacity: dimension) { values in
            vk_multiply(z, factors.unsafePointer, values, Int64(dimension))
            // The transform of a real signal has none.
            (values[1], values[dimension - 1]) = (0, 0)
        }
        plan.inverseTransform(spectrum.unsafePointer, into: samples.unsafePointer)
        return withExtendedLifetime(samples) {
            (0..<origin.count).map { origin.unsafePointer[$0] + samples.unsafePointer[$0] }
        }
    }

    /// The gradient with respect to Z, laid out like the variables, from the gradient with respect to y, `[T]`.
    public func gradient(of gradient: [Float]) -> [Float] {
        precondition(gradient.count == origin.count, "a gradient of another waveform")
        samples.unsafePointer.update(repeating: 0, count: length)
        samples.unsafePointer.update(from: gradient, count: gradient.count)
        plan.transform(samples.unsafePointer, into: spectrum.unsafePointer)
        return spectrum.unsafePointer.withMemoryRebound(to: Float.self, capacity: dimension) { values in
            // Each value between the first and the last stands for its conjugate too.
            var result = (0..<dimension).map { 2 * values[$0] * factors.unsafePointer[$0] }
            for end in [0, dimension - 2] { (result[end], result[end + 1]) = (result[end] / 2, 0) }
            return result
        }
    }
}
