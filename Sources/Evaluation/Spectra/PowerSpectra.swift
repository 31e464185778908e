// SPDX-License-Identifier: Apache-2.0
import Matrices
import Spectrogram

/// Power spectra `[bins]`, `|X|^2` of ``ShortTimeFourierTransform``: float32 transforms, unscaled. A sound is gone through
/// frame by frame, and no more is kept than what is made of each: so minutes need no more memory than they must.
enum PowerSpectra {
    /// n_fft 1024, hop 256: 64 and 16 ms.
    static let transform = ShortTimeFourierTransform(size: 1_024, hop: 256)

    /// The power below which nothing counts in a logarithm.
    ///
    /// At ``Loudness/target`` a tone's peak has some 600, the rounding noise of 16-bit sound some 3e-8: the floor lies 88 dB below
    /// the one, and 15 dB above the other. Over mel bands, which are means over hertz, it is some 70 and 27 dB. So
    /// digital silence and a quiet sound's rounding noise are the same.
    static let floor = 1e-6

    /// What is made of each frame, in order; nothing of a sound of no samples.
    static func map<Result: Sendable>(
        _ samples: [Float], threads: Int, _ body: @Sendable (_ power: [Float]) -> Result
    ) -> [Result] {
        guard !samples.isEmpty else { return [] }
        let workers = Workers(count: threads)
        let spectra = FrameSpectra(transform, of: samples, workers: workers.count)
        return workers.map(pieces: spectra.frames) { frame, worker in body(spectra.power(frame, worker: worker)) }
    }

    /// What is made of each frame of two sounds of one length, in order.
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
