// SPDX-License-Identifier: Apache-2.0
import Matrices
import Spectrogram

/// A log magnitude spectrogram, `[frames, bins]`, without phases, which are found at the end (Ulyanov and Lebedev: Audio Texture
/// Synthesis and Style Transfer, 2016).
final class LogSpectrumVariable: TransferVariable {
    /// A log magnitude is not negative: `e^x - 1` could not be one else.
    let bounds: ClosedRange<Float>?
    let dimension: Int
    /// Real spectra meet their bounds more often than the trial: twice its time was measured.
    let stepFactor = 2.0
    private let spectra: SpectrogramLayout
    private let bins: Int
    private let sounds: TransferSounds
    private let settings: TransferSettings
    private let phase: PhaseReconstruction
    private let ceiling: Float
    private let memory: [MemoryLedger.Entry?]

    init(
        _ spectra: SpectrogramLayout, _ own: LogSpectrumSettings, _ sounds: TransferSounds, settings: TransferSettings
    ) {
        (self.spectra, self.sounds, self.settings) = (spectra, sounds, settings)
        bins = spectra.transform.bins
        phase = own.search(seed: settings.seed)
        ceiling = own.ceiling.map { Float($0) } ?? .infinity
        bounds = 0...ceiling
        dimension = spectra.frames(samples: sounds.content.count) * bins
        // The complex spectrogram, the magnitudes, another complex one for some methods, and the sums of frames.
        let isPlain = [.griffinLim, .overlapAdd].contains(phase.method)
        let phases = (isPlain ? 3 : 5) * dimension + 2 * dimension / bins * spectra.transform.hop
        memory = [
            settings.noteStart(samples: sounds.content.count),
            MemoryLedger.note("search for phases", bytes: phases * MemoryLayout<Float>.size),
        ]
    }

    /// `noise` is nothing but the noise that is added, and `mix` takes its share of a spectrum that is uniform between 0 and the
    /// content's largest value.
    var start: [Float] {
        let content =
            settings.start.changesContent
            ? spectra.logMagnitudes(
                of: settings.startingContent(sounds.content, styles: sounds.styles, threads: spectra.threads)
            ).values : sounds.contentInput
        let largest = content.max() ?? 0
        return settings.start.values(
            Start(
                count: dimension, content: { content }, style: styleValues,
                drawn: { $0 * largest * (0.5 + 0.5 * $1.uniform()) }, added: { $0.normal() }, range: 0...ceiling,
                isSilent: true),
            // Another sequence than the network's.
            noise: settings.startNoise, seed: settings.seed ^ 0x5354_4152)
    }

    /// The styles' spectrograms, each repeated or cut to x's frames, one over the other.
    private func styleValues() -> [Float] {
        var x = [Float](repeating: 0, count: dimension)
        for (style, share) in zip(sounds.styleInputs, sounds.shares) {
            let frames = style.count / bins
            for row in 0..<dimension / bins {
                let from = row % frames * bins
                for column in 0..<bins { x[row * bins + column] += Float(share) * style[from + column] }
            }
        }
        return x
    }

    func point(at x: [Float]) -> VariablePoint { VariablePoint(input: x, waveform: nil) }

    func gradient(_ gradient: [Float], at point: VariablePoint, adding losses: [any WaveformLoss]) -> [Float] {
        precondition(losses.isEmpty, "magnitudes are no waveform")
        return gradient
    }

    func sound(of x: [Float], listener: (PhaseReconstruction.Progress) throws -> Bool) throws -> [Float] {
        try sound(of: x, by: phase, listener: listener)
    }

    private func sound(
        of x: [Float], by phase: PhaseReconstruction, listener: (PhaseReconstruction.Progress) throws -> Bool
    ) rethrows -> [Float] {
        let samples = sounds.content.count
        let magnitudes = LogSpectrogram.magnitudes(
            of: x, frames: dimension / bins, bins: bins, threads: spectra.threads)
        let signal = try phase.signal(
            of: magnitudes, by: spectra.transform, samples: spectra.padded(samples),
            phases: phase.start == .content ? spectra.spectrogram(of: sounds.content) : nil, threads: spectra.threads,
            listener: listener)
        return Array(signal.prefix(samples))
    }

    func synthesisSeconds(of x: [Float]) throws -> Double {
        // What does not grow with the rounds falls out of the difference of two searches.
        let searches = [1, 5].map { rounds in
            var search = phase
            search.iterations = rounds
            return seconds { _ = sound(of: x, by: search) { _ in true } }
        }
        let round = max(searches[1] - searches[0], 0) / 4
        return max(searches[0] - 2 * round, 0) + Double(phase.iterations + 1) * round
    }
}

extension LogSpectrumSettings {
    /// The search for phases.
    public func search(seed: UInt64) -> PhaseReconstruction {
        PhaseReconstruction(
            method, iterations: iterations, momentum: momentum ?? PhaseReconstruction().momentum, start: start,
            seed: seed)
    }
}
