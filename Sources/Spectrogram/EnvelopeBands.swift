// SPDX-License-Identifier: Apache-2.0

/// Bands of frequencies whose power is followed over time: a transform, and for each band the share of each bin in its power.
public struct EnvelopeBands: Sendable {
    /// A band's bins from its first on; shares sum to 1.
    public struct Filter: Sendable {
        /// The first bin.
        public let first: Int
        /// Of the bins from it on.
        public let shares: [Float]
    }

    /// What the powers are those of.
    public let transform: ShortTimeFourierTransform
    /// A filter for each band.
    public let filters: [Filter]

    private init(transform: ShortTimeFourierTransform, filters: [Filter]) {
        (self.transform, self.filters) = (transform, filters)
    }

    /// The number of bands.
    public var count: Int { filters.count }

    /// 16 bands of 16 bins each, from bin 1 on, of an STFT of 512 samples every 128.
    public static let linear = EnvelopeBands(
        transform: ShortTimeFourierTransform(size: 512, hop: 128),
        filters: (0..<16).map { Filter(first: 1 + 16 * $0, shares: [Float](repeating: 1 / 16, count: 16)) })

    /// 40 triangular bands, evenly spaced on the ``MelScale``, of an STFT every quarter of a frame: 1024 samples from 16 kHz on,
    /// twice as many for each doubling of the rate.
    ///
    /// - Parameter sampleRate: in hertz.
    public static func mel(sampleRate: Int) -> EnvelopeBands {
        var size = 256
        while size * 16_000 < 1_024 * sampleRate / 2 + 1 { size *= 2 }
        let bank = MelFilterbank(bands: 40, size: size, sampleRate: Double(sampleRate), normalisation: .sum)
        return EnvelopeBands(
            transform: ShortTimeFourierTransform(size: size, hop: size / 4),
            filters: bank.bands.map { Filter(first: $0.first, shares: $0.weights.map { Float($0) }) })
    }
}
