// SPDX-License-Identifier: Apache-2.0
import CVectorKernels
import Foundation
import Matrices

/// How much of each atom sounds in each frame: a factorisation V = H W of the content's magnitudes with the dictionary W fixed, under the
/// generalised Kullback-Leibler divergence, made sparse in the manner of Let it Bee (Driedger, Prätzlich, Müller: Let it Bee: towards
/// NMF-inspired audio mosaicing, 2015).
///
/// In each of 20 iterations what is not an atom's largest activation within 2 frames, nor among a frame's 5 largest, fades by
/// 1 - i / 20; activations are summed along diagonals of 6 frames to both sides within a copy; then follows the multiplicative
/// update `H *= (V / (H W)) W^T`.
struct Activations {
    private static let iterations = 20
    private static let repetition = 2
    private static let continuity = 6
    /// Iterations with all atoms: after these a block goes on with the most active of each frame.
    private static let complete = 2
    /// Atoms of each frame that a block goes on with.
    private static let kept = 64
    /// Below this number of atoms none is left out.
    private static let enough = 2_000

    /// A frame's strongest atoms, from the strongest down.
    typealias Chord = [(atom: Int, gain: Float)]

    var dictionary: AtomDictionary
    /// Activations of a frame that do not fade.
    let polyphony: Int

    /// The chords of a content: at most 10 atoms each, none below 0.03 of the frame's first.
    ///
    /// - Parameters:
    ///   - content: at 16 kHz.
    ///   - block: frames that are solved at a time, each with `context` frames on both sides.
    ///   - goesOn: asked now and then.
    /// - Returns: also the misfit of what the atoms give, `||V - H W|| / ||V||`; nil if it was ended.
    func chords(
        of content: [Float], block: Int = 48, context: Int = 8, goesOn: (Double) -> Bool
    ) -> (chords: [Chord], misfit: Double)? {
        let frames = AtomDictionary.frames(content.count)
        var chords: [Chord] = []
        var (missed, wanted) = (0.0, 0.0)
        for first in stride(from: 0, to: frames, by: block) {
            guard goesOn(Double(first) / Double(frames)) else { return nil }
            let range = max(first - context, 0)..<min(first + block + context, frames)
            let magnitudes = Self.magnitudes(of: content, frames: range)
            let solved = solve(magnitudes)
            let own =
                (first - range.lowerBound) * AtomDictionary.bins..<(min(first + block, frames) - range.lowerBound)
                * AtomDictionary.bins
            for (value, given) in zip(magnitudes[own], composed(solved, frames: range.count)[own]) {
                missed += Double((value - given) * (value - given))
                wanted += Double(value * value)
            }
            for frame in first..<min(first + block, frames) {
                let row = (frame - range.lowerBound) * solved.active.count
                chords.append(
                    Self.chord(
                        solved.active, Array(solved.values[row..<row + solved.active.count]), dictionary: dictionary))
            }
        }
        return (chords, wanted > 0 ? (missed / wanted).squareRoot() : 1)
    }

    /// `H W`, `[frames, bins]`.
    private func composed(_ solution: Solution, frames: Int) -> [Float] {
        var product = [Float](repeating: 0, count: frames * AtomDictionary.bins)
        solution.active.withSpectra(dictionary) { spectra in
            Product.multiply(
                solution.values, spectra, into: &product, adding: false, m: frames, n: AtomDictionary.bins,
                k: solution.active.count)
        }
        return product
    }

    /// `[frames, bins]`.
    static func magnitudes(of content: [Float], frames: Range<Int>) -> [Float] {
        let transform = FrameTransform(size: AtomDictionary.size)
        return frames.flatMap { frame -> [Float] in
            content.withUnsafeBufferPointer { transform.read($0, centre: frame * AtomDictionary.hop) }
            return transform.spectrum.map { ($0 * $0).sum().squareRoot() }
        }
    }

    /// Some atoms with their activations, `[frames, atoms]`.
    struct Solution {
        var active: ActiveAtoms
        var values: [Float]
    }

    /// The chord of a frame with these activations.
    static func chord(_ active: ActiveAtoms, _ values: [Float], dictionary: AtomDictionary) -> Chord {
        var chord: Chord = []
        for (atom, value) in zip(active.atoms, values) where value > 0 {
            let gain = value / dictionary.norms[atom]
            guard chord.count < 10 || gain > chord[9].gain else { continue }
            if chord.count == 10 { chord.removeLast() }
            chord.insert((atom, gain), at: chord.firstIndex { $0.gain < gain } ?? chord.count)
        }
        return chord.filter { $0.gain > 0.03 * chord[0].gain }
    }

    /// - Parameters:
    ///   - magnitudes: `[frames, bins]`.
    ///   - start: `[frames, atoms]`; nil for equal values.
    ///   - iterations: how many of the 20 are made.
    func solve(_ magnitudes: [Float], start: [Float]? = nil, iterations: Int = Self.iterations) -> Solution {
        let bins = AtomDictionary.bins
        let frames = magnitudes.count / bins
        let wanted = magnitudes.map { $0 + 1e-9 }
        var active = ActiveAtoms(all: dictionary)
        var h = [Float](repeating: 1, count: frames * active.count)
        if let start { h = start }
        silence(&h, active)
        for row in 0..<frames {
            let range = row * active.count..<(row + 1) * active.count
            let (own, all) = (wanted[row * bins..<(row + 1) * bins].reduce(0, +), h[range].reduce(0, +))
            for place in range { h[place] *= own / max(all, 1e-30) }
        }
        var product = [Float](repeating: 0, count: frames * bins)
        for iteration in 0..<iterations {
            if iteration == Self.complete, active.count > Self.enough {
                let strongest = active.strongest(Self.kept, of: h, frames: frames)
                h = active.values(h, of: strongest, frames: frames)
                active = ActiveAtoms(strongest, dictionary)
            }
            let fade = 1 - Float(iteration + 1) / Float(Self.iterations)
            fadeRepetitions(&h, frames, active.count, fade)
            fadeCrowds(&h, frames, active.count, fade)
            h = active.diagonalSums(h, frames: frames, reach: Self.continuity)
            silence(&h, active)
            var update = [Float](repeating: 0, count: h.count)
            active.withSpectra(dictionary) { spectra in
                Product.multiply(h, spectra, into: &product, adding: false, m: frames, n: bins, k: active.count)
                vk_ratio(wanted, 1e-9, &product, Int64(product.count))
                Product.multiply(
                    product, spectra, transposed: true, into: &update, adding: false, m: frames, n: active.count,
                    k: bins)
            }
            vk_scale(update, &h, Int64(h.count))
        }
        return Solution(active: active, values: h)
    }

    /// Atoms that cannot be heard play nothing: divided by their small sums they would be large.
    private func silence(_ h: inout [Float], _ active: ActiveAtoms) {
        for (place, atom) in active.atoms.enumerated() where !dictionary.isAudible[atom] {
            for row in stride(from: place, to: h.count, by: active.count) { h[row] = 0 }
        }
    }

    private func fadeRepetitions(_ h: inout [Float], _ frames: Int, _ count: Int, _ fade: Float) {
        let before = h
        var most = [Float](repeating: 0, count: count)
        before.withUnsafeBufferPointer { before in
            h.withUnsafeMutableBufferPointer { h in
                guard let before = before.baseAddress, let h = h.baseAddress else { return }
                for frame in 0..<frames {
                    let near = max(frame - Self.repetition, 0)...min(frame + Self.repetition, frames - 1)
                    most.withUnsafeMutableBufferPointer { most in
                        guard let most = most.baseAddress else { return }
                        most.update(from: before + frame * count, count: count)
                        for other in near where other != frame {
                            vk_take_larger(before + other * count, most, Int64(count))
                        }
                        vk_fade_below(most, 0, fade, h + frame * count, Int64(count))
                    }
                }
            }
        }
    }

    private func fadeCrowds(_ h: inout [Float], _ frames: Int, _ count: Int, _ fade: Float) {
        guard polyphony < count else { return }
        h.withUnsafeMutableBufferPointer { h in
            guard let h = h.baseAddress else { return }
            for frame in 0..<frames {
                let row = UnsafeBufferPointer(start: h + frame * count, count: count)
                var least = row.largest(polyphony)
                vk_fade_below(&least, 1, fade, h + frame * count, Int64(count))
            }
        }
    }
}
