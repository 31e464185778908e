// SPDX-License-Identifier: Apache-2.0

extension Waveform {
    /// Two channels by ITU-R BS.775-3, table 2, for loudspeakers l of gain 0.7071 where it does not say another:
    ///
    ///     L' = L + 0.7071 C + 0.7071 (Ls + Lb) + 0.5 Cs        R' likewise; low frequencies are left out
    ///
    /// A layout without positions has the mean of its channels in both. Nothing is normalised: peaks may exceed full scale, for
    /// ``limit(by:)``.
    public func downmixedToStereo() -> Waveform {
        guard channels.count > 2 else { return self }
        var (left, right) = ([Float](repeating: 0, count: frameCount), [Float](repeating: 0, count: frameCount))
        for (index, channel) in channels.enumerated() {
            let gains =
                layout == .unknown
                ? (1 / Float(channels.count), 1 / Float(channels.count)) : layout.speakers[index].stereoGains
            for (t, sample) in channel.enumerated() {
                left[t] += gains.0 * sample
                right[t] += gains.1 * sample
            }
        }
        return Waveform(channels: [left, right], sampleRate: sampleRate)
    }
}

extension ChannelLayout.Speaker {
    /// Into left and right.
    fileprivate var stereoGains: (Float, Float) {
        let half = Float(0.5).squareRoot()
        return switch self {
        case .frontLeft, .frontLeftOfCentre: (1, 0)
        case .frontRight, .frontRightOfCentre: (0, 1)
        case .frontCentre: (half, half)
        case .lowFrequency: (0, 0)
        case .backLeft, .sideLeft, .topFrontLeft, .topBackLeft: (half, 0)
        case .backRight, .sideRight, .topFrontRight, .topBackRight: (0, half)
        case .backCentre, .topCentre, .topFrontCentre, .topBackCentre: (0.5, 0.5)
        }
    }
}

extension AudioFormat {
    /// How many of a sound's channels a file can hold: mp3 has two, and ``Waveform/downmixedToStereo()`` makes them.
    public func channels(of count: Int) -> Int { container == .mp3 ? min(count, 2) : count }

    /// What a file of this format does not say of a sound's channels, as a clause for a warning; nil where it says all.
    public func loss(of layout: ChannelLayout, channels count: Int) -> String? {
        if channels(of: count) < count {
            return
                "\(container.rawValue) holds two channels: the \(count) of the sound (\(layout)) are mixed to stereo by "
                + "ITU-R BS.775, without low-frequency effects"
        }
        let usual = ChannelLayout.usual(channels: count)
        switch container {
        case .ogg, .opus:
            guard count > 2, layout.withSidesAtTheBack != usual else { return nil }
            return
                "\(container.rawValue) cannot say the layout \(layout): its \(count) channels will be taken for \(usual)"
        case .wav, .flac, .aiff, .aif, .mp3: return nil
        }
    }
}
