// SPDX-License-Identifier: Apache-2.0
import CVectorKernels

/// The transforms of Winograd's F(4, 3): four outputs of a filter with three taps from six inputs.
public enum Winograd {
    /// Six vectors of `count` values, `step` apart, to six that are to be multiplied.
    public static func transformInput(
        _ x: UnsafePointer<Float>, step xStep: Int, into v: UnsafeMutablePointer<Float>, step vStep: Int, count: Int
    ) {
        vk_winograd_input(x, Int64(xStep), v, Int64(vStep), Int64(count))
    }

    /// Six products, `step` apart, to the four outputs, one after the other.
    public static func transformOutput(
        _ m: UnsafePointer<Float>, step: Int, into y: UnsafeMutablePointer<Float>, count: Int
    ) {
        vk_winograd_output(m, Int64(step), y, Int64(count))
    }
}
