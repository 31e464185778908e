// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation

/// Tonal mode: the content's spectra composed of the style's, transposed, and these laid down as sound.
struct TonalExcitation {
    private let material: StyleMaterial
    private let grid: Grid
    private let stretches: [Stretches.Stretch]
    private var activations: Activations

    /// - Parameter polyphony: activations of a frame that do not fade.
    init(_ material: StyleMaterial, _ grid: Grid, polyphony: Int) throws(Failure) {
        (self.material, self.grid) = (material, grid)
        stretches = Stretches.chosen(from: material.low, shares: material.shares)
        let copies = stretches.indices.flatMap { stretch in
            AtomDictionary.semitones.map { AtomDictionary.Copy(stretch: stretch, semitones: $0) }
        }
        let stretches = stretches
        let dictionary = try AtomDictionary(
            copies,
            frames: copies.reduce(0) { $0 + AtomDictionary.frames($1.length(stretches[$1.stretch].samples.count)) }
        ) { copy throws(Failure) in
            let stretch = stretches[copy.stretch]
            let sound = Array(material.low[stretch.style][stretch.samples])
            if copy.semitones == 0 { return sound }
            return try resample(sound, ratio: 1 / copy.speed, count: copy.length(sound.count), .fastest)
        }
        activations = Activations(dictionary: dictionary, polyphony: polyphony)
    }

    /// Finds what plays the content.
    ///
    /// - Parameters:
    ///   - content: the mix at 16 kHz.
    ///   - block: frames that are solved at a time.
    /// - Returns: also how badly it does, from 0 to 1 and more; nil if it was ended.
    func chords(
        of content: [Float], block: Int = 48, goesOn: (Double) -> Bool
    ) -> (chords: [Activations.Chord], misfit: Double)? {
        activations.chords(of: content, block: block, goesOn: goesOn)
    }

    /// Gives back the memory that only ``chords(of:block:goesOn:)`` needs.
    mutating func forgetSpectra() { activations.dictionary.spectra = [] }

    /// Replaces channels, as many as the style has, by chords, an octave or more higher or lower.
    ///
    /// - Returns: false if it was ended.
    func play(
        _ chords: [Activations.Chord], octave: Int, into channels: inout [[Float]], goesOn: (Double) -> Bool
    ) -> Bool {
        // Within three octaves of the style's own pitch, whatever was asked for.
        let range = -36...36
        let readers = range.map { SpeedReader(speed: pow(2, Double($0) / 12)) }
        // Silence around, so that a fast frame begins before the first sample.
        let ratio = Double(grid.rate) / Double(YIN.rate)
        let reach = readers.map(\.reach).max() ?? 0
        let pad = Int(5 * Double(AtomDictionary.size) * ratio) + reach
        let silence = [Float](repeating: 0, count: pad)
        let isMono = material.channels.count == 1
        let sources = (isMono ? [material.mix] : material.channels + [material.mix]).map { silence + $0 + silence }
        let dictionary = activations.dictionary
        var places: [Double] = []
        let last = Double(sources[0].count - reach - 1)
        return AlignedSynthesis(grid).play(chords, into: &channels, leads: !isMono) { atom, channel, count, result in
            let (index, frame) = dictionary.origin(of: atom)
            let copy = dictionary.copies[index]
            let stretch = stretches[copy.stretch]
            let own =
                Double(material.steps[stretch.style].lowerBound) * grid.step + Double(stretch.samples.lowerBound)
                * ratio
            var semitones = copy.semitones + 12 * octave
            while semitones > range.upperBound { semitones -= 12 }
            while semitones < range.lowerBound { semitones += 12 }
            let speed = pow(2, Double(semitones) / 12)
            // From the middle of the frame to both sides.
            let centre = Double(pad) + own + Double(frame * AtomDictionary.hop) * ratio * copy.speed
            let first = centre - Double(count) / 2 * speed
            places.removeAll(keepingCapacity: true)
            for t in 0..<count {
                places.append(min(max(first + Double(t) * speed, Double(reach)), last))
            }
            sources[channel].withUnsafeBufferPointer {
                readers[semitones - range.lowerBound].read($0, at: places, into: &result)
            }
        } goesOn: {
            goesOn($0)
        }
    }
}
