// SPDX-License-Identifier: Apache-2.0

extension Waveform {
    /// The power that a mean has at least where channels don't cancel each other, relative to the mean of as many independent ones:
    /// -20 dB. Of two opposed copies less is left where their levels differ by 1.2 dB or less.
    private static let leastPower = 0.01

    /// One channel, `[1][frames]`: the mean of all. Where that loses nearly all of their power, channels that are opposed to the
    /// strongest, in that the mean of their product is negative, are inverted first.
    ///
    /// - Parameter warn: told in a clause which channels were inverted.
    public func mixedDown(warn: (String) -> Void = { _ in }) -> Waveform {
        guard channels.count > 1 else { return self }
        let mix = mean(inverting: [])
        // Without constant parts, which would hide what is lost. Independent powers sum up to the mean's times the number squared.
        let powers = channels.map(Self.variance)
        let independent = powers.reduce(0, +) / Double(channels.count * channels.count)
        guard Self.variance(of: mix) < Self.leastPower * independent,
            let strongest = powers.indices.max(by: { powers[$0] < powers[$1] })
        else { return Waveform(mono: mix, sampleRate: sampleRate) }
        let opposed = channels.indices.filter { isOpposed($0, to: strongest) }
        guard !opposed.isEmpty else { return Waveform(mono: mix, sampleRate: sampleRate) }
        let numbers = opposed.map { "\($0 + 1)" }.joined(separator: ", ")
        warn(
            "its channels cancel each other when mixed: "
                + (opposed.count > 1 ? "channels \(numbers) are inverted" : "channel \(numbers) is inverted"))
        return Waveform(mono: mean(inverting: Set(opposed)), sampleRate: sampleRate)
    }

    /// Whether there is nothing to hear in any channel: its standard deviation is 1e-6 (-120 dBFS) or less, 20 dB below the rounding
    /// of 16 bits, and below the threshold of hearing where full scale is 120 dB of sound pressure.
    public var isSilent: Bool { channels.allSatisfy { Self.variance(of: $0) <= 1e-12 } }

    private func mean(inverting opposed: Set<Int>) -> [Float] {
        var mean = channels[0]
        if opposed.contains(0) { for t in mean.indices { mean[t] = -mean[t] } }
        for (index, channel) in channels.enumerated().dropFirst() {
            if opposed.contains(index) {
                for (t, sample) in channel.enumerated() { mean[t] -= sample }
            } else {
                for (t, sample) in channel.enumerated() { mean[t] += sample }
            }
        }
        let count = Float(channels.count)
        for t in mean.indices { mean[t] /= count }
        return mean
    }

    private func isOpposed(_ index: Int, to other: Int) -> Bool {
        let (a, b) = (channels[index], channels[other])
        let (meanA, meanB) = (Self.mean(of: a), Self.mean(of: b))
        return zip(a, b).reduce(0.0) { $0 + (Double($1.0) - meanA) * (Double($1.1) - meanB) } < 0
    }

    private static func mean(of samples: [Float]) -> Double {
        samples.reduce(0.0) { $0 + Double($1) } / Double(samples.count)
    }

    private static func variance(of samples: [Float]) -> Double {
        let mean = mean(of: samples)
        return samples.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(samples.count)
    }
}
