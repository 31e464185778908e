// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices

/// A complex spectrogram `[frames, bins]`, time-major.
public final class ComplexSpectrogram: Sendable {
    /// Number of frames.
    public let frames: Int
    /// Frequencies, from 0 to half the sample rate.
    public let bins: Int
    private let storage: AlignedBuffer<Complex>

    /// A spectrogram of zeros.
    public init(frames: Int, bins: Int) {
        self.frames = frames
        self.bins = bins
        storage = AlignedBuffer(count: frames * bins)
    }

    /// One frame's first value.
    public func unsafePointer(frame: Int) -> UnsafeMutablePointer<Complex> {
        assert(frame >= 0 && frame <= frames)
        return storage.unsafePointer + frame * bins
    }
}

/// The short-time Fourier transform as librosa defines it: frames are centred on multiples of the hop, the signal is
/// continued by zeros, the window is the periodic Hann window, `w[t] = (1 - cos(2 pi t / N)) / 2`.
public struct ShortTimeFourierTransform: Sendable {
    /// Samples in a frame's transform.
    public let size: Int
    /// Samples from one frame to the next.
    public let hop: Int
    /// Samples under the window.
    public let windowLength: Int
    /// `size` values: the Hann window in the middle, zeros around it where it is shorter.
    public let window: [Float]
    /// Number of frequencies.
    public var bins: Int { size / 2 + 1 }
    /// The largest prime factor of a frame's length, where it slows transforms down.
    public var slowFactor: Int? {
        var (rest, factor, largest) = (size, 2, 1)
        while rest > 1 {
            while rest % factor == 0 { (rest, largest) = (rest / factor, factor) }
            factor += 1
        }
        return largest > 50 ? largest : nil
    }
    /// Zeros before the signal, so that the first frame is centred on its first sample.
    var margin: Int { size / 2 }

    /// - Parameters:
    ///   - size: n_fft, at least 1.
    ///   - hop: at least 1.
    ///   - windowLength: at most `size`, which is the default.
    public init(size: Int, hop: Int, windowLength: Int? = nil) {
        let length = windowLength ?? size
        precondition(size >= 1 && hop >= 1 && (1...size).contains(length), "invalid transform settings")
        self.size = size
        self.hop = hop
        self.windowLength = length
        let before = (size - length) / 2
        window = (0..<size).map { index in
            guard (before..<before + length).contains(index) else { return 0 }
            return Float(0.5 - 0.5 * cos(2 * Double.pi * Double(index - before) / Double(length)))
        }
    }

    /// The number of frames of a signal.
    public func frames(samples: Int) -> Int {
        1 + (samples + 2 * margin - size) / hop
    }

    /// The spectrogram of a signal `[T]`.
    ///
    /// - Parameter threads: at least 1.
    public func transform(_ signal: [Float], threads: Int = 1) -> ComplexSpectrogram {
        let workers = Workers(count: threads)
        let spectra = FrameSpectra(self, of: signal, workers: workers.count)
        let spectrogram = ComplexSpectrogram(frames: spectra.frames, bins: bins)
        let bins = bins
        workers.run(pieces: spectra.frames) { frame, worker in
            spectra.withSpectrum(frame, worker: worker) { spectrum in
                spectrogram.unsafePointer(frame: frame).update(from: spectrum, count: bins)
            }
        }
        return spectrogram
    }

    /// The signal whose spectrogram is nearest, in the least-squares sense, to the given one: Griffin and Lim's weighted
    /// overlap-add (Signal Estimation from Modified Short-Time Fourier Transform, 1984, equation 6).
    ///
    /// - Parameter samples: of the signal; a spectrogram of ``frames(samples:)`` frames is expected.
    public func inverse(_ spectrogram: ComplexSpectrogram, samples: Int, threads: Int = 1) -> [Float] {
        let framed = FramedSignal(self, samples: samples, threads: threads)
        precondition(
            spectrogram.frames == framed.frames && spectrogram.bins == bins, "a spectrogram of another signal")
        let bins = bins
        framed.synthesise { frame, spectrum, _ in
            spectrum.update(from: spectrogram.unsafePointer(frame: frame), count: bins)
        }
        return framed.signal
    }
}
