// SPDX-License-Identifier: Apache-2.0
import WaveEncoder

/// The encoder in float64, slow and obvious: what `EncoderSession` is tested against, and what explains it.
///
/// Feature maps are row-major `[T][C]` in one array. The network (Engel et al. 2017; Magenta's `h512_bo16`):
///
///     en = conv(x, 3 taps) + b
///     for each block:  d = relu(conv(relu(en), 3 taps, dilation) + b)
///                      en = en + d W + b
///     z = en W + b,  encoding = mean of z over windows of `hop`
///
/// Convolutions are not causal: `y[t] = sum_k x[t + (k - 1) dilation] W[k]`, with zeros outside the clip.
public struct ReferenceEncoder {
    /// The shapes.
    public let architecture: EncoderArchitecture
    private let weights: EncoderWeights

    /// An encoder with these weights.
    public init(_ weights: EncoderWeights) {
        self.weights = weights
        architecture = weights.architecture
    }

    /// Activations at every layer point, for T samples in companded units.
    public func activations(of x: [Double]) -> [LayerPoint: [Double]] {
        let (samples, width) = (x.count, architecture.width)
        var taps: [LayerPoint: [Double]] = [:]
        var en = convolve(x, weights.startKernel, from: 1, to: width, dilation: 1, bias: weights.startBias)
        for block in 1...architecture.layers {
            let tensors = weights.blocks[block - 1]
            let first = en.map { max($0, 0) }
            let second = convolve(
                first, tensors.dilatedKernel, from: width, to: width,
                dilation: architecture.dilation(ofBlock: block), bias: tensors.dilatedBias
            ).map { max($0, 0) }
            let branch = multiply(second, tensors.residualKernel, from: width, to: width, bias: tensors.residualBias)
            en = zip(en, branch).map(+)
            taps[.relu1(block)] = first
            taps[.relu2(block)] = second
            taps[.residual(block)] = en
        }
        let bottleneck = architecture.bottleneck
        let z = multiply(en, weights.bottleneckKernel, from: width, to: bottleneck, bias: weights.bottleneckBias)
        var encoding = [Double](repeating: 0, count: samples / architecture.hop * bottleneck)
        for (index, _) in encoding.enumerated() {
            let (frame, channel) = index.quotientAndRemainder(dividingBy: bottleneck)
            for t in frame * architecture.hop..<(frame + 1) * architecture.hop {
                encoding[index] += z[t * bottleneck + channel] / Double(architecture.hop)
            }
        }
        taps[.bottleneck] = z
        taps[.encoding] = encoding
        return taps
    }

    /// The gradient with respect to x of a function whose gradients with respect to the activations are given.
    ///
    /// - Parameters:
    ///   - activations: of ``activations(of:)``; only the signs of the ReLUs are used, so another implementation's may be
    ///     imposed where float32 and float64 disagree about a sign.
    ///   - gradients: at any layer points, each of its map's size.
    /// - Returns: T values.
    public func gradient(activations: [LayerPoint: [Double]], gradients: [LayerPoint: [Double]], samples: Int)
        -> [Double]
    {
        let (width, bottleneck, hop) = (architecture.width, architecture.bottleneck, architecture.hop)
        func gradient(at tap: LayerPoint) -> [Double] {
            let (rows, columns) = tap.shape(samples: samples, in: architecture)
            return gradients[tap] ?? [Double](repeating: 0, count: rows * columns)
        }
        func gated(_ values: [Double], by tap: LayerPoint) -> [Double] {
            zip(values, activations[tap] ?? []).map { $1 > 0 ? $0 : 0 }
        }
        var z = gradient(at: .bottleneck)
        for (index, value) in gradient(at: .encoding).enumerated() {
            let (frame, channel) = index.quotientAndRemainder(dividingBy: bottleneck)
            for t in frame * hop..<(frame + 1) * hop { z[t * bottleneck + channel] += value / Double(hop) }
        }
        var en = multiplyTransposed(z, weights.bottleneckKernel, from: width, to: bottleneck)
        for block in (1...architecture.layers).reversed() {
            let tensors = weights.blocks[block - 1]
            en = zip(en, gradient(at: .residual(block))).map(+)
            let branch = multiplyTransposed(en, tensors.residualKernel, from: width, to: width)
            let second = gated(zip(branch, gradient(at: .relu2(block))).map(+), by: .relu2(block))
            let convolved = convolveTransposed(
                second, tensors.dilatedKernel, from: width, to: width, dilation: architecture.dilation(ofBlock: block))
            let first = gated(zip(convolved, gradient(at: .relu1(block))).map(+), by: .relu1(block))
            en = zip(en, first).map(+)
        }
        return convolveTransposed(en, weights.startKernel, from: 1, to: width, dilation: 1)
    }

    /// `y[t, o] = bias[o] + sum_k sum_i x[t + (k - 1) dilation, i] W[k, i, o]`
    private func convolve(
        _ x: [Double], _ kernel: [Float], from inputs: Int, to outputs: Int, dilation: Int, bias: [Float]
    ) -> [Double] {
        let rows = x.count / inputs
        var y = [Double](repeating: 0, count: rows * outputs)
        for t in 0..<rows {
            for o in 0..<outputs { y[t * outputs + o] = Double(bias[o]) }
            for k in 0..<3 {
                let source = t + (k - 1) * dilation
                guard (0..<rows).contains(source) else { continue }
                for i in 0..<inputs {
                    let value = x[source * inputs + i]
                    for o in 0..<outputs {
                        y[t * outputs + o] += value * Double(kernel[(k * inputs + i) * outputs + o])
                    }
                }
            }
        }
        return y
    }

    /// The transpose of ``convolve``: `x[s, i] = sum_k sum_o y[s - (k - 1) dilation, o] W[k, i, o]`
    private func convolveTransposed(
        _ y: [Double], _ kernel: [Float], from inputs: Int, to outputs: Int, dilation: Int
    ) -> [Double] {
        let rows = y.count / outputs
        var x = [Double](repeating: 0, count: rows * inputs)
        for s in 0..<rows {
            for k in 0..<3 {
                let source = s - (k - 1) * dilation
                guard (0..<rows).contains(source) else { continue }
                for i in 0..<inputs {
                    for o in 0..<outputs {
                        x[s * inputs + i] +=
                            y[source * outputs + o] * Double(kernel[(k * inputs + i) * outputs + o])
                    }
                }
            }
        }
        return x
    }

    /// `y = x W + bias` for each row: a convolution of one tap.
    private func multiply(
        _ x: [Double], _ kernel: [Float], from inputs: Int, to outputs: Int, bias: [Float]
    ) -> [Double] {
        let rows = x.count / inputs
        var y = [Double](repeating: 0, count: rows * outputs)
        for t in 0..<rows {
            for o in 0..<outputs { y[t * outputs + o] = Double(bias[o]) }
            for i in 0..<inputs {
                let value = x[t * inputs + i]
                for o in 0..<outputs { y[t * outputs + o] += value * Double(kernel[i * outputs + o]) }
            }
        }
        return y
    }

    /// `x = y W^T` for each row.
    private func multiplyTransposed(
        _ y: [Double], _ kernel: [Float], from inputs: Int, to outputs: Int
    ) -> [Double] {
        let rows = y.count / outputs
        var x = [Double](repeating: 0, count: rows * inputs)
        for t in 0..<rows {
            for i in 0..<inputs {
                for o in 0..<outputs { x[t * inputs + i] += y[t * outputs + o] * Double(kernel[i * outputs + o]) }
            }
        }
        return x
    }
}
