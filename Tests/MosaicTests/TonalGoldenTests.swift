// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Mosaic

/// Each step of tonal mode on the reference's own input to that step.
@Suite struct TonalGoldenTests {
    private let grid = MosaicGolden.grid

    private func dictionary(_ golden: MosaicGolden) throws -> AtomDictionary {
        var rest = try golden.values("tonal/copies")[...]
        let sounds = try golden.numbers("tonal/copy_lengths").map { count in
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        let copies = try golden.numbers("tonal/shifts").indices.map { AtomDictionary.Copy(stretch: $0, semitones: 0) }
        return try AtomDictionary(copies, frames: 0) { sounds[$0.stretch] }
    }

    /// Sums of 769 magnitudes of float32 transforms by two libraries.
    @Test(arguments: MosaicGolden.pairs)
    func dictionary(of pair: String) throws {
        let golden = try MosaicGolden(pair)
        let dictionary = try dictionary(golden)
        #expect(dictionary.starts == (try golden.numbers("tonal/starts")))
        #expect(dictionary.isAudible == (try golden.flags("tonal/audible")))
        for (own, expected) in zip(dictionary.norms, try golden.values("tonal/norms")) {
            #expect(abs(own - expected) < 1e-5 * expected + 1e-6)
        }
    }

    /// Float32 products of 769 terms, again in each iteration; the last fades everything but the largest to 0.
    @Test(arguments: MosaicGolden.pairs, [1, 2, 20])
    func activations(of pair: String, after iterations: Int) throws {
        let golden = try MosaicGolden(pair)
        let content = try golden.values("content/samples")
        let activations = Activations(dictionary: try dictionary(golden), polyphony: 5)
        let frames = AtomDictionary.frames(content.count)
        let solution = activations.solve(
            Activations.magnitudes(of: content, frames: 0..<frames), start: try golden.values("tonal/start"),
            iterations: iterations)
        let expected = try golden.values("tonal/activations_\(iterations)")
        #expect(largestDifference(solution.values, expected) < 1e-3 * (expected.max() ?? 0))
    }

    /// Correlations by transforms of two libraries find the same shifts; the sums are of the same products.
    @Test(arguments: MosaicGolden.pairs)
    func excitation(of pair: String) throws {
        let golden = try MosaicGolden(pair)
        let dictionary = try dictionary(golden)
        let (values, expected) = (try golden.values("tonal/activations_20"), try golden.values("tonal/excitation"))
        let chords = stride(from: 0, to: values.count, by: dictionary.count).map { row in
            Activations.chord(
                ActiveAtoms(all: dictionary), Array(values[row..<row + dictionary.count]), dictionary: dictionary)
        }
        let copies = try golden.values("tonal/copies")
        let lengths = try golden.numbers("tonal/copy_lengths")
        var channels = [[Float](repeating: 1, count: expected.count)]
        let isPlayed = AlignedSynthesis(grid).play(chords, into: &channels, leads: false) { atom, _, count, result in
            let (copy, frame) = dictionary.origin(of: atom)
            let first = lengths[..<copy].reduce(0, +)
            for t in 0..<count {
                let place = frame * AtomDictionary.hop - count / 2 + t
                result[t] = (0..<lengths[copy]).contains(place) ? copies[first + place] : 0
            }
        } goesOn: { _ in
            true
        }
        #expect(isPlayed)
        #expect(largestDifference(channels[0], expected) < 1e-3 * level(expected))
    }
}
