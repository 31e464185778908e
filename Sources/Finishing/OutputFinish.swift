// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files

/// What a result gets before it is written, and each snapshot by itself: the content's high band, a sample rate, the content's
/// pauses, a downmix, a loudness.
public struct OutputFinish: Sendable {
    private let highBand: HighBand?
    private let pauses: ContentPauses?
    private let rate: Int
    private let isStereo: Bool
    private let loudness: Double?

    /// - Parameters:
    ///   - content: at its own rate, where the result takes its high band; nil where it does not.
    ///   - low: the same at the network's rate, as ``AudioIO/Waveform/resampled(to:)`` makes it.
    ///   - pauses: the content's, where the result is to have them; nil where it is left as it is.
    ///   - rate: the output's, in hertz.
    ///   - isStereo: whether more than two channels are mixed to stereo.
    ///   - loudness: the output's, in LUFS; nil for that which it has.
    /// - Throws: ``Failure`` of kind `usage` for rates that are not within a factor of 256.
    public init(
        content: Waveform?, above low: Waveform, pauses: ContentPauses? = nil, rate: Int, isStereo: Bool = false,
        loudness: Double?
    ) throws(Failure) {
        highBand = try content.map { content throws(Failure) in try HighBand(of: content, above: low) }
        (self.pauses, self.rate, self.isStereo, self.loudness) = (pauses, rate, isStereo, loudness)
    }

    /// - Parameter sound: at the network's rate.
    /// - Throws: ``Failure`` of kind `usage` for rates that are not within a factor of 256.
    public func applied(to sound: Waveform) throws(Failure) -> Waveform {
        var finished = sound
        try apply(to: &finished)
        return finished
    }

    /// The same where the samples lie, as far as the rate stays.
    ///
    /// - Throws: as ``applied(to:)``.
    public func apply(to sound: inout Waveform) throws(Failure) {
        if let highBand { sound = try highBand.added(to: sound) }
        if sound.sampleRate != rate { sound = try sound.resampled(to: rate) }
        pauses?.apply(to: &sound)
        if isStereo { sound = sound.downmixedToStereo() }
        if let loudness { sound.bring(to: loudness) }
    }
}
