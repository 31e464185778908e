// SPDX-License-Identifier: Apache-2.0
import Files

/// A sound to be drawn.
public struct PicturedSound: Sendable {
    /// The title above its plot.
    public var title: String
    /// One channel.
    public var samples: [Float]
    /// In hertz.
    public var sampleRate: Int

    /// A sound.
    public init(title: String, samples: [Float], sampleRate: Int) {
        (self.title, self.samples, self.sampleRate) = (title, samples, sampleRate)
    }

    /// In seconds.
    var duration: Double { Double(samples.count) / Double(sampleRate) }

    /// Refuses sounds that cannot be drawn.
    ///
    /// - Throws: ``Failure`` of kind `badData`.
    static func check(_ sounds: [PicturedSound]) throws(Failure) {
        guard !sounds.isEmpty else {
            throw Failure(.badData, "cannot draw a picture of sounds", why: "there is none")
        }
        for sound in sounds {
            func cannot(_ why: String) -> Failure { Failure(.badData, "cannot draw", at: sound.title, why: why) }
            guard !sound.samples.isEmpty, sound.sampleRate > 0 else { throw cannot("it has no samples") }
            // Above that, powers in float32 would overflow.
            guard sound.samples.allSatisfy({ abs($0) < 1e9 }) else {
                throw cannot("a sample is not a number, or a billion times over full scale")
            }
        }
    }
}
