// SPDX-License-Identifier: Apache-2.0
import Matrices
import MuLaw
import Spectrogram

/// The companded waveform, `[T]` in [-1, 127/128], as in Boemer, Gong, Homma: Audio Transfer Learning with Voices (2018).
final class CompandedVariable: TransferVariable {
    let dimension: Int
    let bounds: ClosedRange<Float>? = MuLaw.minimum...MuLaw.maximum
    private let sounds: TransferSounds
    private let settings: TransferSettings
    private let threads: Int
    private let memory: MemoryLedger.Entry?

    init(_ sounds: TransferSounds, settings: TransferSettings, threads: Int) {
        (self.sounds, self.settings, self.threads) = (sounds, settings, threads)
        dimension = sounds.content.count
        memory = settings.noteStart(samples: dimension)
    }

    var start: [Float] {
        settings.start.values(
            Start(
                count: dimension,
                content: {
                    [sounds, settings, threads] in
                    MuLaw.companded(settings.startingContent(sounds.content, styles: sounds.styles, threads: threads))
                },
                style: { [sounds, dimension] in sounds.mixedStyleInput(count: dimension, fit: .loop) },
                drawn: { $0 * $1.uniform() }, added: { $0.uniform() }, range: MuLaw.minimum...MuLaw.maximum),
            noise: settings.startNoise, seed: settings.seed)
    }

    func point(at x: [Float]) -> VariablePoint { VariablePoint(input: x, waveform: nil) }

    func gradient(_ gradient: [Float], at point: VariablePoint, adding losses: [any WaveformLoss]) -> [Float] {
        guard !losses.isEmpty else { return gradient }
        let (x, waveform) = (point.input, MuLaw.expand(point.input))
        var own = [Float](repeating: 0, count: x.count)
        for loss in losses { loss.evaluate(waveform, addingTo: &own) }
        return x.indices.map { gradient[$0] + own[$0] * MuLaw.expansionSlope(at: x[$0]) }
    }

    func sound(of x: [Float], listener: (PhaseReconstruction.Progress) throws -> Bool) -> [Float] {
        MuLaw.expand(settings.network.roundsCodes == true ? x.map(MuLaw.rounded) : x)
    }

    func synthesisSeconds(of x: [Float]) -> Double { 0 }
}
