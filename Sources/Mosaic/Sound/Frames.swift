// SPDX-License-Identifier: Apache-2.0
import Foundation
import Spectrogram

/// The periodic Hann window `0.5 - 0.5 cos(2 pi t / n)`.
func hann(_ size: Int) -> [Float] {
    (0..<size).map { Float(0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(size))) }
}

/// One frame's transform at a time: samples under a Hann window, centred, with silence around the sound, or the sound mirrored at its ends.
///
/// One thread at a time uses it.
final class FrameTransform {
    let size: Int
    let bins: Int
    let window: [Float]
    /// The frame's samples, windowed; after ``invert()`` what the spectrum gives.
    private(set) var frame: [Float]
    /// The frame's spectrum, `[bins]`.
    var spectrum: [Complex]
    private let transform: FourierTransform

    init(size: Int) {
        (self.size, bins, window) = (size, size / 2 + 1, hann(size))
        frame = [Float](repeating: 0, count: size)
        spectrum = [Complex](repeating: .zero, count: size / 2 + 1)
        transform = FourierTransform(size: size)
    }

    /// Reads the frame whose centre is at a sample.
    ///
    /// - Parameter isMirrored: a sound that is cut off ends in a click otherwise, which is in all bands.
    func read(_ samples: UnsafeBufferPointer<Float>, centre: Int, isMirrored: Bool = false) {
        let first = centre - size / 2
        if isMirrored, first < 0 || first + size > samples.count {
            let period = max(2 * (samples.count - 1), 1)
            for t in 0..<size {
                let place = ((first + t) % period + period) % period
                frame[t] = samples[min(place, period - place, samples.count - 1)] * window[t]
            }
            return run()
        }
        let (low, high) = (max(0, -first), max(0, min(size, samples.count - first)))
        frame.withUnsafeMutableBufferPointer { frame in
            for t in 0..<min(low, size) { frame[t] = 0 }
            if low < high { for t in low..<high { frame[t] = samples[first + t] * window[t] } }
            for t in max(low, high)..<max(size, low) where t < size { frame[t] = 0 }
        }
        run()
    }

    /// Transforms the frame as it is.
    private func run() {
        frame.withUnsafeBufferPointer { frame in
            spectrum.withUnsafeMutableBufferPointer { spectrum in
                guard let x = frame.baseAddress, let z = spectrum.baseAddress else { return }
                transform.transform(x, into: z)
            }
        }
    }

    /// Turns the spectrum into the frame's samples, under the window once more.
    func invert() {
        let scale = 1 / Float(size)
        spectrum.withUnsafeBufferPointer { spectrum in
            frame.withUnsafeMutableBufferPointer { frame in
                guard let z = spectrum.baseAddress, let x = frame.baseAddress else { return }
                transform.inverseTransform(z, into: x)
                for t in 0..<size { x[t] *= scale * window[t] }
            }
        }
    }
}
