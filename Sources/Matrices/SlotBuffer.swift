// SPDX-License-Identifier: Apache-2.0

/// Room that only one thread uses at a time.
public final class SlotBuffer {
    private var buffer: AlignedBuffer<Float>

    /// - Parameter count: values that will be asked for, as far as that is known.
    public init(_ count: Int) { buffer = AlignedBuffer(count: count) }

    /// Room for so many values, new where there was less.
    public func holding(_ count: Int) -> AlignedBuffer<Float> {
        if buffer.count < count { buffer = AlignedBuffer(count: count) }
        return buffer
    }
}
