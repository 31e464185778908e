// SPDX-License-Identifier: Apache-2.0

import Files

/// Sound as samples: `channels[c][t]`, where full scale is -1...1 and frame `t` is at `t / sampleRate` seconds.
///
/// Samples may exceed full scale; nothing is clipped until ``limited(by:)`` or a file of integers does.
public struct Waveform: Equatable, Sendable {
    /// The samples `[channels][frames]`: one channel or more, all equally long, at least one frame.
    public private(set) var channels: [[Float]]
    /// Frames per second, in Hz.
    public let sampleRate: Int
    /// What the channels are for.
    public let layout: ChannelLayout

    /// Creates a waveform of `channels`, `[channels][frames]`, at `sampleRate` Hz.
    ///
    /// - Parameter layout: of as many speakers as there are channels, or unknown; the usual one for their number by default.
    /// - Precondition: there is a channel and a frame, the channels are equally long, and the rate is positive.
    public init(channels: [[Float]], sampleRate: Int, layout: ChannelLayout? = nil) {
        precondition(sampleRate > 0, "a waveform's rate is positive")
        precondition(channels.first?.isEmpty == false, "a waveform has a channel and a frame")
        precondition(channels.allSatisfy { $0.count == channels[0].count }, "a waveform's channels are equally long")
        self.channels = channels
        let layout = layout ?? .usual(channels: channels.count)
        precondition(
            layout == .unknown || layout.speakers.count == channels.count, "a layout has a speaker for each channel")
        self.sampleRate = sampleRate
        self.layout = layout
    }

    /// Creates a waveform of one channel, `[frames]`, at `sampleRate` Hz.
    ///
    /// - Precondition: there is a frame, and the rate is positive.
    public init(mono samples: [Float], sampleRate: Int) {
        self.init(channels: [samples], sampleRate: sampleRate)
    }

    /// The number of frames: samples for each channel.
    public var frameCount: Int { channels[0].count }

    /// The length in seconds.
    public var duration: Double { Double(frameCount) / Double(sampleRate) }

    /// The largest magnitude of any sample; 1 is full scale.
    public var peak: Float {
        channels.reduce(0) { peak, channel in channel.reduce(peak) { max($0, abs($1)) } }
    }

    /// Changes every sample where it lies: no memory is taken while nobody else holds the channels.
    public mutating func changeSamples(_ change: (Float) -> Float) {
        changeChannels { _, samples in
            for t in samples.indices { samples[t] = change(samples[t]) }
        }
    }

    /// The same channel by channel.
    ///
    /// - Parameter change: is given the channel's number and its samples.
    public mutating func changeChannels(_ change: (Int, UnsafeMutableBufferPointer<Float>) -> Void) {
        for index in channels.indices {
            channels[index].withUnsafeMutableBufferPointer { change(index, $0) }
        }
    }

    /// Refuses samples that are NaN or infinite.
    ///
    /// - Parameters:
    ///   - what: what could not be done, for the error.
    ///   - path: the file concerned.
    ///   - first: where in the file this waveform begins, in frames.
    /// - Throws: ``Failure`` of kind `badData`, which names the first such sample's channel (from 1) and time.
    func requireFinite(_ what: String, at path: String, from first: Int = 0) throws(Failure) {
        for (c, channel) in channels.enumerated() {
            guard let t = channel.firstIndex(where: { !$0.isFinite }) else { continue }
            let place = "channel \(c + 1) at \(seconds(first + t, sampleRate))"
            throw Failure(.badData, what, at: path, why: "the sample in \(place) is \(channel[t]), not a number")
        }
    }
}
