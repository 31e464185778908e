// SPDX-License-Identifier: Apache-2.0

/// A sound as it was read from a file, and how the file stores it.
public struct StoredSound: Sendable {
    /// Its samples, at the file's own rate and channels.
    public var waveform: Waveform
    /// How it was stored, for an output that is to be like it.
    public let storage: Storage
    /// Where the file was not what it promised to be, each as a clause for a warning: 'it breaks off at 0.5 s of 1 s'.
    public let remarks: [String]

    /// A kind of file and of samples, as far as we write them.
    public struct Storage: Equatable, Sendable {
        /// nil for a kind of file that we only read.
        public let container: Container?
        /// nil where the codec decides, and for samples that we only read.
        public let sampleFormat: SampleFormat?

        /// Creates it from its parts.
        public init(container: Container?, sampleFormat: SampleFormat?) {
            (self.container, self.sampleFormat) = (container, sampleFormat)
        }
    }
}
