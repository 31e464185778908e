// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Spectrogram

/// Power spectrograms `[frames, bins]`, `|X|^2` of ``ShortTimeFourierTransform``: float32 transforms, unscaled.
enum PowerSpectrogram {
    /// n_fft 1024, hop 256: 64 and 16 ms.
    static let transform = ShortTimeFourierTransform(size: 1_024, hop: 256)

    /// The power below which nothing counts in a logarithm.
    ///
    /// At ``Loudness/target`` a tone's peak has some 600, the rounding noise of 16-bit sound some 3e-8: the floor lies 88 dB below
    /// the one, and 15 dB above the other. Over mel bands, which are means over hertz, it is some 70 and 27 dB. So
    /// digital silence and a quiet sound's rounding noise are the same.
    static let floor = 1e-6

    /// A signal's, which may be empty.
    static func of(_ samples: [Float], _ transform: ShortTimeFourierTransform, threads: Int) -> FeatureMap {
        guard !samples.isEmpty else { return FeatureMap(rows: 0, columns: transform.bins) }
        let signal = FramedSignal(transform, samples: samples.count, threads: threads)
        signal.set(samples)
        let map = FeatureMap(rows: signal.frames, columns: transform.bins)
        signal.analyse { frame, spectrum, _ in
            let row = map.pointer(row: frame)
            for bin in 0..<map.columns { row[bin] = (spectrum[bin] * spectrum[bin]).sum() }
        }
        return map
    }
}
