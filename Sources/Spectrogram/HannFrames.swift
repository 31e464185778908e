// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A sound cut into frames under a Hann window, and frames added up to a sound, as in the code of P. K. Mital: Time Domain
/// Neural Audio Style Transfer (2017).
///
/// Frames are `[count * length]`, one after the other; frame i begins at sample `i * hop`. A frame begins at each whole hop
/// of the sound, so the last ones reach beyond its end and find zeros there.
public struct HannFrames: Equatable, Sendable {
    /// Samples in a frame.
    public let length: Int
    /// Samples from one frame to the next, at most ``length``.
    public let hop: Int
    /// The number of frames.
    public let count: Int

    /// The frames of a number of samples, without those after the last whole hop.
    public init(samples: Int, length: Int, hop: Int) {
        self.length = length
        self.hop = hop
        count = samples / hop
    }

    /// Samples that are cut into frames: whole hops.
    public var samples: Int { count * hop }
    /// Samples in all frames.
    public var dimension: Int { count * length }
    /// Samples that ``added(_:)`` gives.
    public var addedSamples: Int { samples + length }

    /// The frames of a sound, each under the symmetric window `(1 - cos(2 pi n / (length - 1))) / 2`.
    ///
    /// - Parameter signal: at least ``samples``.
    public func cut(_ signal: [Float]) -> [Float] {
        let window = (0..<length).map { (1 - cos(2 * .pi * Double($0) / Double(max(length - 1, 1)))) / 2 }
        return (0..<dimension).map { index in
            let (frame, offset) = index.quotientAndRemainder(dividingBy: length)
            let place = frame * hop + offset
            return place < samples ? Float(window[offset] * Double(signal[place])) : 0
        }
    }

    /// The sum of the frames at their positions, without another window: ``addedSamples`` samples.
    public func added(_ frames: [Float]) -> [Float] {
        var signal = [Float](repeating: 0, count: addedSamples)
        for frame in 0..<count {
            for offset in 0..<length { signal[frame * hop + offset] += frames[frame * length + offset] }
        }
        return signal
    }
}
