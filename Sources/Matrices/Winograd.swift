// SPDX-License-Identifier: Apache-2.0
import CVectorKernels

/// The transforms of Winograd's minimal filtering of three taps (Lavin and Gray, Fast Algorithms for Convolutional Neural
/// Networks, 2016).
public enum Winograd: Sendable {
    /// F(2, 3): two outputs by 4 products instead of 6.
    case two
    /// F(4, 3): four outputs by 6 products instead of 12. The products' matrices are half as large again for each tap.
    case four

    /// Taps of a filter.
    public static let taps = 3

    /// Outputs of one set of products.
    public var outputs: Int { self == .two ? 2 : 4 }

    /// Products, and inputs.
    public var products: Int { outputs + 2 }

    /// The filter transform: three vectors of `count` weights to those that multiply the inputs, `step` apart.
    public func transformFilter(
        _ w0: UnsafePointer<Float>, _ w1: UnsafePointer<Float>, _ w2: UnsafePointer<Float>,
        into u: UnsafeMutablePointer<Float>, step: Int, count: Int
    ) {
        switch self {
        case .two: vk_winograd2_filter(w0, w1, w2, u, Int64(step), Int64(count))
        case .four: vk_winograd4_filter(w0, w1, w2, u, Int64(step), Int64(count))
        }
    }

    /// The input transform: vectors of `count` values, `step` apart, to as many that are multiplied.
    public func transformInput(
        _ x: UnsafePointer<Float>, step xStep: Int, into v: UnsafeMutablePointer<Float>, step vStep: Int, count: Int
    ) {
        switch self {
        case .two: vk_winograd2_input(x, Int64(xStep), v, Int64(vStep), Int64(count))
        case .four: vk_winograd4_input(x, Int64(xStep), v, Int64(vStep), Int64(count))
        }
    }

    /// The output transform: the products, `step` apart, to the outputs, one after the other.
    public func transformOutput(
        _ m: UnsafePointer<Float>, step: Int, into y: UnsafeMutablePointer<Float>, count: Int
    ) {
        switch self {
        case .two: vk_winograd2_output(m, Int64(step), y, Int64(count))
        case .four: vk_winograd4_output(m, Int64(step), y, Int64(count))
        }
    }
}
