// SPDX-License-Identifier: Apache-2.0

/// How much of a sound is in partials: the power in bins that stand 9 dB above the median of the 25 around them, or beside such a bin,
/// as a share of all from 94 to 4,000 Hz; the median over frames within 40 dB of the loudest. 1 for a cello, 0.05 for rain.
enum TonalShare {
    private static let (size, hop) = (2_048, 512)
    private static let bins = 12..<512
    /// Frames that are looked at, spread over a long sound.
    private static let most = 400

    /// - Parameter samples: at ``YIN/rate``, at a root mean square of 0.1.
    static func of(_ samples: [Float]) -> Double {
        let transform = FrameTransform(size: size)
        let frames = samples.count / hop + 1
        let stride = max(1, (frames + most - 1) / most)
        var found: [(power: Float, share: Float)] = []
        for frame in Swift.stride(from: 0, to: frames, by: stride) {
            samples.withUnsafeBufferPointer { transform.read($0, centre: frame * hop) }
            let powers = bins.map { (transform.spectrum[$0] * transform.spectrum[$0]).sum() + 1e-9 }
            let peaks = powers.indices.map { powers[$0] > 8 * median(of: powers, around: $0) }
            var (all, inPeaks): (Float, Float) = (0, 0)
            for (bin, power) in powers.enumerated() {
                all += power
                if (max(bin - 1, 0)...min(bin + 1, powers.count - 1)).contains(where: { peaks[$0] }) {
                    inPeaks += power
                }
            }
            found.append((all, inPeaks / all))
        }
        let least = 1e-4 * (found.map(\.power).max() ?? 0)
        let shares = found.filter { $0.power > least }.map { Double($0.share) }.sorted()
        guard !shares.isEmpty else { return 0 }
        return 0.5 * (shares[(shares.count - 1) / 2] + shares[shares.count / 2])
    }

    /// Of 25 values; beyond the ends they are mirrored.
    private static func median(of values: [Float], around centre: Int) -> Float {
        let near = (centre - 12...centre + 12).map { place in
            let folded = place < 0 ? -1 - place : place
            return values[folded < values.count ? folded : 2 * values.count - 1 - folded]
        }
        return near.sorted()[12]
    }
}
