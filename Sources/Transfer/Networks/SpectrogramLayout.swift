// SPDX-License-Identifier: Apache-2.0
import Matrices
import Spectrogram

/// How sounds become log spectrograms: padded to whole hops, so that every sample lies well under a window.
struct SpectrogramLayout {
    let transform: ShortTimeFourierTransform
    let threads: Int

    init(_ transform: ShortTimeFourierTransform, threads: Int) {
        (self.transform, self.threads) = (transform, threads)
    }

    /// Samples, rounded up to whole hops.
    func padded(_ samples: Int) -> Int { (samples + transform.hop - 1) / transform.hop * transform.hop }

    /// Frames of so many samples.
    func frames(samples: Int) -> Int { transform.frames(samples: padded(samples)) }

    /// A sound's spectrogram.
    func spectrogram(of sound: [Float]) -> ComplexSpectrogram {
        transform.transform(LengthFit.pad.fit(sound, to: padded(sound.count)), threads: threads)
    }

    /// The same as log magnitudes, `[frames, bins]`.
    func logMagnitudes(of sound: [Float]) -> FeatureMap {
        LogSpectrogram.compressed(spectrogram(of: sound), threads: threads)
    }
}
