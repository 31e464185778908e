// SPDX-License-Identifier: Apache-2.0
import Matrices
import Spectrogram

/// How sounds become the input of a network over frames, `[frames, columns]`.
protocol FrameLayout: Sendable {
    /// Samples from one frame to the next.
    var hop: Int { get }
    /// Frames of so many samples.
    func frames(samples: Int) -> Int
    /// A sound's, row-major.
    func input(of sound: [Float]) -> [Float]
}

/// How sounds become log spectrograms: padded to whole hops, so that every sample lies well under a window.
struct SpectrogramLayout: FrameLayout {
    let transform: ShortTimeFourierTransform
    let threads: Int

    init(_ transform: ShortTimeFourierTransform, threads: Int) {
        (self.transform, self.threads) = (transform, threads)
    }

    /// Samples, rounded up to whole hops.
    func padded(_ samples: Int) -> Int { (samples + transform.hop - 1) / transform.hop * transform.hop }

    var hop: Int { transform.hop }

    func input(of sound: [Float]) -> [Float] { logMagnitudes(of: sound).values }

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

/// How sounds become real and imaginary parts and magnitudes of frames under a Hann window: ``FrameParts``.
struct FramePartsLayout: FrameLayout {
    let parts: FrameParts
    let hop: Int

    init(_ settings: SpectralSettings, threads: Int) {
        parts = FrameParts(length: settings.window, size: settings.fftSize, threads: threads)
        hop = settings.hop
    }

    /// The frames of so many samples.
    func frames(of samples: Int) -> HannFrames { HannFrames(samples: samples, length: parts.length, hop: hop) }

    func frames(samples: Int) -> Int { frames(of: samples).count }

    func input(of sound: [Float]) -> [Float] { parts.parts(of: frames(of: sound.count).cut(sound)) }
}
