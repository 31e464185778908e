// SPDX-License-Identifier: Apache-2.0
import Matrices

/// A signal's spectrogram `[frames, bins]`, and its backward pass: gradients with respect to its values become gradients
/// with respect to the signal.
///
/// With the derivatives of a loss with respect to both parts of a value, `g = dL/dRe X + i dL/dIm X`, each bin from 0 to n / 2 counted once,
/// a frame's samples get `w[t] Re sum_k g[k] e^(2 pi i k t / n)`: the transpose of the windowed transform.
///
/// One call at a time.
public final class DifferentiableSpectrogram: Sendable {
    /// The transform.
    public let transform: ShortTimeFourierTransform
    /// The values of the last signal, complex.
    public let values: ComplexSpectrogram
    private let framed: FramedSignal
    private let transposed: FramedSignal

    /// - Parameters:
    ///   - samples: of the signals, at least one.
    ///   - threads: at least one.
    public init(_ transform: ShortTimeFourierTransform, samples: Int, threads: Int) {
        self.transform = transform
        framed = FramedSignal(transform, samples: samples, threads: threads)
        transposed = FramedSignal(transform, samples: samples, synthesis: .transpose, threads: threads)
        values = ComplexSpectrogram(frames: framed.frames, bins: transform.bins)
    }

    /// The number of frames.
    public var frames: Int { values.frames }

    /// Transforms a signal into ``values``.
    public func analyse(_ signal: [Float]) {
        let (values, bins) = (values, transform.bins)
        framed.set(signal)
        framed.analyse { frame, spectrum, _ in values.unsafePointer(frame: frame).update(from: spectrum, count: bins) }
    }

    /// The gradient with respect to the signal, `[T]`.
    ///
    /// - Parameter body: turns a frame's values into g, of `bins` values; called from several threads.
    public func gradient(
        _ body: @Sendable (_ frame: Int, _ values: UnsafePointer<Complex>, _ g: UnsafeMutablePointer<Complex>) -> Void
    ) -> [Float] {
        let (values, bins) = (values, transform.bins)
        // The inverse transform adds each value's conjugate, but for the first and, of an even number, the last.
        let doubled = 1..<(transform.size % 2 == 0 ? bins - 1 : bins)
        transposed.synthesise { frame, spectrum, _ in
            body(frame, UnsafePointer(values.unsafePointer(frame: frame)), spectrum)
            for bin in doubled { spectrum[bin] *= 0.5 }
        }
        return transposed.signal
    }

    /// The gradient with respect to the signal of a loss on `log(1 + |X|)`, the map of ``LogSpectrogram/compress(_:into:threads:)``.
    ///
    /// `d log(1 + |X|)` is `d|X| / (1 + |X|)` along `X / |X|`. At 0, where the magnitude is not differentiable, the gradient
    /// is taken to be 0.
    ///
    /// - Parameter slopes: the loss's derivatives with respect to the map's entries.
    public func gradient(ofLogMagnitudes slopes: FeatureMap) -> [Float] {
        let bins = transform.bins
        return gradient { frame, values, g in
            let slopes = slopes.unsafePointer(row: frame)
            for bin in 0..<bins {
                let size = (values[bin] * values[bin]).sum().squareRoot()
                g[bin] = size > 0 ? values[bin] * (slopes[bin] / ((1 + size) * size)) : .zero
            }
        }
    }
}
