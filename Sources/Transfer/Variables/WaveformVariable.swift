// SPDX-License-Identifier: Apache-2.0
import Matrices
import MuLaw
import Spectrogram

/// The linear waveform's own spectrum under a preconditioner (``PreconditionedWaveform``), whatever the network sees of the waveform.
final class WaveformVariable: TransferVariable {
    let bounds: ClosedRange<Float>? = nil
    private let waveform: PreconditionedWaveform
    private let view: any WaveformView
    private let memory: [MemoryLedger.Entry?]

    init(
        _ view: any WaveformView, _ preconditioner: PreconditionerSettings, _ sounds: TransferSounds,
        settings: TransferSettings, threads: Int
    ) {
        self.view = view
        waveform = MemoryLedger.named("preconditioned waveform") {
            PreconditionedWaveform(samples: sounds.content.count) {
                let response = SpectralPreconditioner.response(
                    content: sounds.content, styles: sounds.styles, settings: preconditioner)
                return (settings.startingWaveform(sounds, response: response, threads: threads), response)
            }
        }
        // y, the network's input, their gradients, and a loss's own.
        memory = [
            settings.noteStart(samples: sounds.content.count),
            MemoryLedger.note("signals", bytes: 6 * sounds.content.count * MemoryLayout<Float>.size),
        ]
    }

    var dimension: Int { waveform.dimension }
    var start: [Float] { [Float](repeating: 0, count: waveform.dimension) }

    func point(at x: [Float]) -> VariablePoint {
        let y = waveform.signal(of: x)
        return VariablePoint(input: view.input(of: y), waveform: y)
    }

    func gradient(_ gradient: [Float], at point: VariablePoint, adding losses: [any WaveformLoss]) -> [Float] {
        let y = point.waveform ?? []
        var own = view.gradient(of: gradient, at: y)
        for loss in losses { loss.evaluate(y, addingTo: &own) }
        return waveform.gradient(of: own)
    }

    func sound(of x: [Float], listener: (PhaseReconstruction.Progress) throws -> Bool) -> [Float] {
        waveform.signal(of: x)
    }

    func synthesisSeconds(of x: [Float]) -> Double { 0 }
}

/// What a network sees of a linear waveform.
protocol WaveformView: AnyObject {
    /// The network's input for y, `[T]`.
    func input(of y: [Float]) -> [Float]
    /// The gradient on y of one on the input last asked for.
    func gradient(of gradient: [Float], at y: [Float]) -> [Float]
}

/// The waveform companded, without codes.
final class CompandedView: WaveformView {
    func input(of y: [Float]) -> [Float] { MuLaw.compressed(y) }

    func gradient(of gradient: [Float], at y: [Float]) -> [Float] {
        y.indices.map { gradient[$0] * MuLaw.compressionSlope(at: y[$0]) }
    }
}

/// The waveform's log magnitude spectrogram: so phases are never estimated.
final class LogSpectrumView: WaveformView {
    private let spectrogram: DifferentiableSpectrogram
    private let map: FeatureMap
    private let slopes: FeatureMap
    private let samples: Int
    private let paddedSamples: Int
    private let threads: Int

    /// - Parameter samples: T.
    init(_ spectra: SpectrogramLayout, samples: Int) {
        (self.samples, paddedSamples, threads) = (samples, spectra.padded(samples), spectra.threads)
        spectrogram = DifferentiableSpectrogram(spectra.transform, samples: paddedSamples, threads: threads)
        map = FeatureMap(rows: spectrogram.frames, columns: spectra.transform.bins)
        slopes = FeatureMap(rows: spectrogram.frames, columns: spectra.transform.bins)
    }

    /// `log(1 + |STFT|)`, `[frames, bins]`.
    func input(of y: [Float]) -> [Float] {
        spectrogram.analyse(LengthFit.pad.fit(y, to: paddedSamples))
        LogSpectrogram.compress(spectrogram.values, into: map, threads: threads)
        return map.values
    }

    func gradient(of gradient: [Float], at y: [Float]) -> [Float] {
        slopes.unsafePointer(row: 0).update(from: gradient, count: gradient.count)
        return Array(spectrogram.gradient(ofLogMagnitudes: slopes).prefix(samples))
    }
}
