// SPDX-License-Identifier: Apache-2.0
import Spectrogram

/// The bands of an ``EnvelopeLoss``: a transform, and for each band the share of each bin in its power.
struct EnvelopeBands: Sendable {
    /// A band's bins from its first on; shares sum to 1.
    struct Filter {
        let first: Int
        let shares: [Float]
    }

    let transform: ShortTimeFourierTransform
    let filters: [Filter]

    private init(transform: ShortTimeFourierTransform, filters: [Filter]) {
        (self.transform, self.filters) = (transform, filters)
    }

    /// Those that settings ask for.
    init(_ settings: TransferSettings) {
        self = settings.envelopeBands == .linear ? .linear : .mel(sampleRate: settings.workingRate)
    }

    /// The number of bands.
    var count: Int { filters.count }

    /// 16 bands of 16 bins each, from bin 1 on, of an STFT of 512 samples every 128.
    static let linear = EnvelopeBands(
        transform: ShortTimeFourierTransform(size: 512, hop: 128),
        filters: (0..<16).map { Filter(first: 1 + 16 * $0, shares: [Float](repeating: 1 / 16, count: 16)) })

    /// 40 triangular bands, evenly spaced on the ``MelScale``, of an STFT every quarter of a frame: 1024 samples from 16 kHz on,
    /// twice as many for each doubling of the rate.
    ///
    /// - Parameter sampleRate: in hertz.
    static func mel(sampleRate: Int) -> EnvelopeBands {
        let count = 40
        var size = 256
        while size * 16_000 < 1_024 * sampleRate / 2 + 1 { size *= 2 }
        let transform = ShortTimeFourierTransform(size: size, hop: size / 4)
        let top = MelScale.mel(hertz: Double(sampleRate) / 2)
        // In bins.
        let corners = (0..<count + 2).map {
            MelScale.hertz(mel: top * Double($0) / Double(count + 1)) / Double(sampleRate) * Double(transform.size)
        }
        let filters = (0..<count).map { band in
            let (low, middle, high) = (corners[band], corners[band + 1], corners[band + 2])
            // Where no bin lies between a band's corners, the nearest one is the band.
            let first = max(Int(low.rounded(.up)), 1)
            let bins = first...max(Int(high.rounded(.down)), first)
            let heights = bins.map { bin in
                max(min((Double(bin) - low) / (middle - low), (high - Double(bin)) / (high - middle)), 0)
            }
            let sum = heights.reduce(0, +)
            guard sum > 0 else { return Filter(first: max(Int(middle.rounded()), 1), shares: [1]) }
            return Filter(first: bins.lowerBound, shares: heights.map { Float($0 / sum) })
        }
        return EnvelopeBands(transform: transform, filters: filters)
    }
}
