// SPDX-License-Identifier: Apache-2.0
import Matrices
import Spectrogram

/// Power spectra `[bins]`, `|X|^2` of ``ShortTimeFourierTransform``: float32 transforms, unscaled. A sound is processed
/// frame by frame, and only the result of each is stored, so that minutes of sound need little memory.
enum PowerSpectra {
    /// n_fft 1024, hop 256: 64 and 16 ms.
    static let transform = ShortTimeFourierTransform(size: 1_024, hop: 256)

    /// The power below which nothing counts in a logarithm.
    ///
    /// At ``Loudness/target`` a tone's peak has some 600, the rounding noise of 16-bit sound some 3e-8: the floor is 88 dB below
    /// the former, and 15 dB above the latter. Over mel bands, which are means over hertz, it is some 70 and 27 dB. So
    /// digital silence and a quiet sound's rounding noise count the same.
    static let floor = 1e-6

    /// The result for each frame, in order; none for a sound without samples.
    static func map<Result: Sendable>(
        _ samples: [Float], threads: Int, _ body: @Sendable (_ power: [Float]) -> Result
    ) -> [Result] {
        guard !samples.isEmpty else { return [] }
        let workers = Workers(count: threads)
        let spectra = FrameSpectra(transform, of: samples, workers: workers.count)
        return workers.map(pieces: spectra.frames) { frame, worker in body(spectra.power(frame, worker: worker)) }
    }

    /// The result for each frame of two sounds of the same length, in order.
    static func map<Result: Sendable>(
        _ x: [Float], _ y: [Float], _ transform: ShortTimeFourierTransform = transform,
        continuedBy continuation: FrameSpectra.Continuation = .zeros, threads: Int,
        _ body: @Sendable (_ x: [Float], _ y: [Float]) -> Result
    ) -> [Result] {
        precondition(x.count == y.count, "sounds of different lengths")
        guard !x.isEmpty else { return [] }
        let workers = Workers(count: threads)
        func spectra(_ samples: [Float]) -> FrameSpectra {
            FrameSpectra(transform, of: samples, continuedBy: continuation, workers: workers.count)
        }
        let (xs, ys) = (spectra(x), spectra(y))
        return workers.map(pieces: xs.frames) { frame, worker in
            body(xs.power(frame, worker: worker), ys.power(frame, worker: worker))
        }
    }
}

extension FrameSpectra {
    /// A frame's power, `[bins]`.
    func power(_ frame: Int, worker: Int) -> [Float] {
        withSpectrum(frame, worker: worker) { spectrum in
            (0..<transform.bins).map { (spectrum[$0] * spectrum[$0]).sum() }
        }
    }
}
