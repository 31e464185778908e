// SPDX-License-Identifier: Apache-2.0
import CVectorKernels
import Foundation
import Spectrogram

/// Chords as sound: their atoms' own waveforms, overlapping, each moved by up to 8 ms to where it agrees best with what lies there already.
///
/// Before a frame's atoms are laid, what earlier frames left under it, windowed, is correlated with each atom's waveform. The shift is where
/// the correlation, over the waveform's level, is largest, less 2 % of the peak at either end. What is 30 dB below the waveform's loudest part counts as that loud:
/// rounding decides nothing.
struct AlignedSynthesis {
    /// Samples of a frame, and the longest shift.
    private let size: Int
    private let reach: Int
    /// Samples from one frame to the next.
    private let hop: Double
    private let window: [Float]

    init(_ grid: Grid) {
        let ratio = Double(grid.rate) / Double(YIN.rate)
        size = Int((Double(AtomDictionary.size) * ratio / 2).rounded()) * 2
        reach = Int((128 * ratio).rounded())
        hop = Double(AtomDictionary.hop) * ratio
        window = hann(size)
    }

    /// Gives an atom's waveform in each channel: the samples of its frame, and ``reach`` more on both sides.
    typealias Reader = (_ atom: Int, _ channel: Int, _ count: Int, _ result: inout [Float]) -> Void

    /// Replaces channels by the sound of chords.
    ///
    /// - Parameters:
    ///   - leads: whether a channel beyond those of the output is the one that shifts are found on; else the first is.
    ///   - goesOn: asked now and then.
    /// - Returns: false if it was ended.
    func play(
        _ chords: [Activations.Chord], into channels: inout [[Float]], leads: Bool, reader: Reader,
        goesOn: (Double) -> Bool
    ) -> Bool {
        let width = channels.count + (leads ? 1 : 0)
        let lead = leads ? width - 1 : 0
        let overlap = size - Int(hop.rounded())
        let correlation = ShiftSearch(reference: overlap, reach: reach)
        // Sums of each channel from the frame's first sample on.
        var sums = [[Float]](repeating: [Float](repeating: 0, count: size), count: width)
        var waveform = [Float](repeating: 0, count: size + 2 * reach)
        // Frames overlap by this factor under a Hann window of mean 1/2.
        let gain = Float(hop / (Double(size) / 2))
        var written = 0
        for (frame, chord) in chords.enumerated() {
            if frame % 16 == 0, !goesOn(Double(frame) / Double(chords.count)) { return false }
            let isFound = frame > 0 && correlation.take(sums[lead], window)
            for (atom, strength) in chord {
                reader(atom, lead, size + 2 * reach, &waveform)
                let shift = isFound ? correlation.best(in: waveform) : reach
                for channel in 0..<width {
                    if channel != lead { reader(atom, channel, size + 2 * reach, &waveform) }
                    waveform.withUnsafeBufferPointer { waveform in
                        sums[channel].withUnsafeMutableBufferPointer { sums in
                            guard let from = waveform.baseAddress, let to = sums.baseAddress else { return }
                            vk_add_windowed(strength * gain, from + shift, window, to, Int64(size))
                        }
                    }
                }
            }
            // What is before the next frame is final.
            let first = Int((Double(frame) * hop).rounded()) - size / 2
            let isLast = frame == chords.count - 1
            let final = isLast ? size : Int((Double(frame + 1) * hop).rounded()) - size / 2 - first
            for channel in 0..<width {
                if channel < channels.count {
                    for t in 0..<final where channels[channel].indices.contains(first + t) {
                        channels[channel][first + t] = sums[channel][t]
                    }
                }
                sums[channel].replaceSubrange(0..<size - final, with: Array(sums[channel][final...]))
                for t in size - final..<size { sums[channel][t] = 0 }
            }
            written = max(written, first + final)
        }
        for channel in channels.indices {
            for t in min(max(written, 0), channels[channel].count)..<channels[channel].count {
                channels[channel][t] = 0
            }
        }
        return true
    }
}

/// Where a waveform agrees best with a reference, by normalised correlation through transforms.
private final class ShiftSearch {
    private let reference: Int
    private let reach: Int
    private let transform: FourierTransform
    private var spectrum: [Complex]
    private var other: [Complex]
    private var samples: [Float]

    init(reference: Int, reach: Int) {
        (self.reference, self.reach) = (reference, reach)
        transform = FourierTransform(size: fastSize(atLeast: reference + 2 * reach, multipleOf: 2))
        spectrum = [Complex](repeating: .zero, count: transform.bins)
        other = spectrum
        samples = [Float](repeating: 0, count: transform.size)
    }

    /// Takes a reference under a window; false where it is as good as silent.
    func take(_ sums: [Float], _ window: [Float]) -> Bool {
        var energy: Float = 0
        for t in samples.indices {
            samples[t] = t < reference ? sums[t] * window[t] : 0
            energy += samples[t] * samples[t]
        }
        transform.transform(samples, into: &spectrum)
        return energy > 1e-7
    }

    /// The shift, from 0 to twice the reach.
    func best(in waveform: [Float]) -> Int {
        let count = reference + 2 * reach
        for t in samples.indices { samples[t] = t < count ? waveform[t] : 0 }
        transform.transform(samples, into: &other)
        for k in other.indices {
            let (a, b) = (other[k], spectrum[k])
            other[k] = Complex(a.x * b.x + a.y * b.y, a.y * b.x - a.x * b.y)
        }
        transform.inverseTransform(other, into: &samples)
        var energy = 0.0
        for t in 0..<reference { energy += Double(waveform[t]) * Double(waveform[t]) }
        var energies = [energy]
        for shift in 0..<2 * reach {
            let (leaving, coming) = (Double(waveform[shift]), Double(waveform[shift + reference]))
            energy = max(energy + coming * coming - leaving * leaving, 0)
            energies.append(energy)
        }
        let floor = 1e-3 * (energies.max() ?? 0) + 1e-6
        let values = zip(samples, energies).map { $0 / Float(transform.size) / Float($1 + floor).squareRoot() }
        let peak = values.max() ?? 0
        var (best, place) = (-Float.infinity, reach)
        for (shift, value) in values.enumerated() {
            let biased = value - peak * 0.02 * Float(abs(shift - reach)) / Float(reach)
            if biased > best { (best, place) = (biased, shift) }
        }
        return place
    }
}
