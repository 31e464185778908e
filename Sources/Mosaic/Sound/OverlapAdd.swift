// SPDX-License-Identifier: Apache-2.0

/// Changes a sound's spectra frame by frame, in place: windowed frames, added, over the sum of the squared windows.
enum OverlapAdd {
    /// - Parameters:
    ///   - transform: reads and inverts the frames.
    ///   - isMirrored: what lies outside the sound: itself in a mirror, or silence.
    ///   - goesOn: asked now and then.
    ///   - change: changes the spectrum of a frame, which is centred at so many hops.
    ///   - combine: what a sample becomes, given its place, itself, and what the spectra give.
    /// - Returns: false if it was ended.
    static func rewrite(
        _ samples: inout [Float], by transform: FrameTransform, hop: Int, isMirrored: Bool,
        goesOn: (Double) -> Bool, change: (Int) -> Void, combine: (Int, Float, Float) -> Float = { $2 }
    ) -> Bool {
        samples.withUnsafeMutableBufferPointer { samples in
            let (size, window) = (transform.size, transform.window)
            let frames = samples.count / hop + 1
            // Sums of overlapping frames and of their squared windows, from a frame's first sample on; what is before is final.
            var sum = [Float](repeating: 0, count: size)
            var weight = [Float](repeating: 0, count: size)
            for frame in 0..<frames {
                if frame % 64 == 0, !goesOn(Double(frame) / Double(frames)) { return false }
                transform.read(UnsafeBufferPointer(samples), centre: frame * hop, isMirrored: isMirrored)
                change(frame)
                transform.invert()
                for t in 0..<size {
                    sum[t] += transform.frame[t]
                    weight[t] += window[t] * window[t]
                }
                // The first hop of the sums is final: nothing that follows reads these samples.
                let first = frame * hop - size / 2
                for t in 0..<(frame == frames - 1 ? size : hop) where samples.indices.contains(first + t) {
                    samples[first + t] = combine(first + t, samples[first + t], sum[t] / max(weight[t], 1e-3))
                }
                sum.replaceSubrange(0..<size - hop, with: Array(sum[hop...]))
                weight.replaceSubrange(0..<size - hop, with: Array(weight[hop...]))
                for t in size - hop..<size { (sum[t], weight[t]) = (0, 0) }
            }
            return true
        }
    }
}
