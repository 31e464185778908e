// SPDX-License-Identifier: Apache-2.0
import CVectorKernels

/// Elementwise kernels on dense row-major float32 matrices, vectorised for the processor that runs them.
public enum Elementwise {
    /// `y[t, c] = bias[c] + sum_k x[t + k - 1] kernel[k, c]`: a 'same' convolution of one channel with 3 taps.
    ///
    /// - Parameter x: one sample before and one after the `rows` samples are read.
    public static func convolve(
        signal x: UnsafePointer<Float>, kernel: UnsafePointer<Float>, bias: UnsafePointer<Float>,
        into y: MutableFeatureRows
    ) {
        vk_convolve_signal(x, kernel, bias, y.unsafePointer, Int64(y.rows), Int64(y.columns))
    }

    /// `y = max(x, 0)`.
    public static func relu(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int) {
        vk_relu(x, y, Int64(count))
    }

    /// `y = max(x, 0)`, and a copy that is not read soon: it bypasses the caches where its rows are aligned.
    public static func relu(
        _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, keeping copy: UnsafeMutablePointer<Float>,
        count: Int
    ) {
        vk_relu_keep(x, y, copy, Int64(count))
    }

    /// `y = max(x, 0)`, and a copy in IEEE half precision: 11 significant bits, at most 65,504.
    public static func relu(
        _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, keeping copy: UnsafeMutablePointer<UInt16>,
        count: Int
    ) {
        vk_relu_keep_half(x, y, copy, Int64(count))
    }

    /// Half precision to float32.
    public static func widen(_ x: UnsafePointer<UInt16>, into y: UnsafeMutablePointer<Float>, count: Int) {
        vk_widen(x, y, Int64(count))
    }

    /// `x += bias` on each row.
    public static func add(bias: UnsafePointer<Float>, to x: MutableFeatureRows) {
        vk_add_bias(x.unsafePointer, bias, Int64(x.rows), Int64(x.columns))
    }

    /// `x = max(x + bias, 0)` on each row; bit i of `bits` (least significant first) tells whether entry i is positive.
    public static func biasedReLU(
        _ x: MutableFeatureRows, bias: UnsafePointer<Float>, bits: UnsafeMutablePointer<UInt8>
    ) {
        vk_bias_relu_bits(x.unsafePointer, bias, bits, Int64(x.rows), Int64(x.columns))
    }

    /// Zeroes the entries whose bit is 0: the derivative of ReLU, which is 0 at 0.
    public static func keep(_ x: MutableFeatureRows, whereBits bits: UnsafePointer<UInt8>) {
        vk_keep_where_bit(x.unsafePointer, bits, Int64(x.count))
    }

    /// `y += x` where `gate > 0`.
    public static func add(
        _ x: UnsafePointer<Float>, wherePositive gate: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>,
        count: Int
    ) {
        vk_add_where_positive(y, x, gate, Int64(count))
    }

    /// `total += sums`, and zeroes the sums.
    public static func drain(
        _ sums: UnsafeMutablePointer<Float>, into total: UnsafeMutablePointer<Double>, count: Int
    ) {
        vk_drain(total, sums, Int64(count))
    }

    /// `sum (x - target)^2`.
    public static func squaredDistance(_ x: FeatureRows, _ target: FeatureRows) -> Double {
        vk_squared_distance(x.unsafePointer, target.unsafePointer, Int64(x.count))
    }

    /// `gradient += scale (x - target)`; returns `sum (x - target)^2`.
    public static func addScaledDifference(
        _ x: FeatureRows, _ target: FeatureRows, scale: Float, to gradient: MutableFeatureRows
    ) -> Double {
        vk_add_scaled_difference(gradient.unsafePointer, x.unsafePointer, target.unsafePointer, scale, Int64(x.count))
    }
}
