// SPDX-License-Identifier: Apache-2.0

/// A sound as it was read from a file, and how the file stores it.
public struct StoredSound: Sendable {
    /// Its samples, at the file's own rate and channels.
    public var waveform: Waveform
    /// How the file stores its samples, for an output that is to be like it; nil where the codec decides, and where ffmpeg reads it.
    public let sampleFormat: SampleFormat?
    /// Where the file was not what it promised to be, each as a clause for a warning: 'it breaks off at 0.5 s of 1 s'.
    public let remarks: [String]
}
