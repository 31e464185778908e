// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// Magnitude spectra of the style at many transpositions: what tonal mode composes the content's of.
///
/// 1,536 samples at 16 kHz under a Hann window, every 384. Each copy is the style resampled by a number of semitones, -30 to 24.
struct AtomDictionary {
    static let size = 1_536
    static let hop = 384
    static var bins: Int { size / 2 + 1 }
    static let semitones = -30...24

    /// Frames of so many samples.
    static func frames(_ samples: Int) -> Int { samples / hop + 1 }

    /// Where an atom comes from.
    struct Copy {
        /// Which stretch of the style.
        var stretch: Int
        var semitones: Int
        /// How much faster than the style it runs.
        var speed: Double { pow(2, Double(semitones) / 12) }
        /// Of so many samples.
        func length(_ samples: Int) -> Int { max(Int((Double(samples) / speed).rounded()), 1) }
    }

    /// Of each range of atoms.
    let copies: [Copy]
    /// The first atom of each copy, and the number of all.
    let starts: [Int]
    /// Magnitudes that sum to 1, + 1e-9, `[atoms, bins]`.
    var spectra: [Float]
    /// The sums before.
    let norms: [Float]
    /// Within 45 dB of the largest sum.
    let isAudible: [Bool]
    var count: Int { norms.count }

    /// - Parameters:
    ///   - frames: of all copies, so that memory for them is taken once.
    ///   - sound: a copy's samples at 16 kHz.
    init(_ copies: [Copy], frames: Int, sound: (Copy) throws(Failure) -> [Float]) throws(Failure) {
        let transform = FrameTransform(size: Self.size)
        var (spectra, norms, starts) = ([Float](), [Float](), [0])
        spectra.reserveCapacity(frames * Self.bins)
        for copy in copies {
            let sound = try sound(copy)
            for frame in 0..<Self.frames(sound.count) {
                sound.withUnsafeBufferPointer { transform.read($0, centre: frame * Self.hop) }
                let magnitudes = transform.spectrum.map { ($0 * $0).sum().squareRoot() }
                let norm = magnitudes.reduce(0, +)
                norms.append(norm)
                spectra += magnitudes.lazy.map { $0 / max(norm, 1e-9) + 1e-9 }
            }
            starts.append(norms.count)
        }
        let least = (norms.max() ?? 0) * Float(pow(10, -45.0 / 20))
        (self.copies, self.starts, self.spectra) = (copies, starts, spectra)
        isAudible = norms.map { $0 > least }
        self.norms = norms.map { max($0, 1e-9) }
    }

    /// The copy of an atom, and which of its frames it is.
    func origin(of atom: Int) -> (copy: Int, frame: Int) {
        var (low, high) = (0, starts.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= atom { low = middle } else { high = middle }
        }
        return (low, atom - starts[low])
    }
}
