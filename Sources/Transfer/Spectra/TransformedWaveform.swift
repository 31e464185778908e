// SPDX-License-Identifier: Apache-2.0
import Matrices
import Spectrogram

/// A waveform under a preconditioner with its log magnitude spectrogram, and the way back for gradients: so no phases are ever
/// searched for.
final class TransformedWaveform {
    private let waveform: PreconditionedWaveform
    private let spectrogram: DifferentiableSpectrogram
    private let map: FeatureMap
    private let slopes: FeatureMap
    private let samples: Int
    private let paddedSamples: Int
    private let threads: Int

    var dimension: Int { waveform.dimension }

    /// nil where the settings ask for another variable.
    ///
    /// - Parameters:
    ///   - content: the plan's samples.
    ///   - styles: at least one.
    init?(_ plan: SpectrogramPlan, content: [Float], styles: [StyleSignal]) {
        threads = plan.network.threads
        guard
            let waveform = PreconditionedWaveform(
                content: content, styles: styles, settings: plan.settings, threads: threads)
        else { return nil }
        self.waveform = waveform
        (samples, paddedSamples) = (plan.samples, plan.paddedSamples)
        spectrogram = DifferentiableSpectrogram(plan.transform, samples: plan.paddedSamples, threads: threads)
        map = FeatureMap(rows: spectrogram.frames, columns: plan.transform.bins)
        slopes = FeatureMap(rows: spectrogram.frames, columns: plan.transform.bins)
    }

    /// Bytes of one, without the waveform.
    static func memoryNeeded(_ transform: ShortTimeFourierTransform, samples: Int) -> Int {
        DifferentiableSpectrogram.memoryNeeded(transform, samples: samples)
            + 3 * transform.frames(samples: samples) * transform.bins * MemoryLayout<Float>.size
    }

    /// y, `[T]`.
    func signal(of variables: [Float]) -> [Float] { waveform.signal(of: variables) }

    /// `log(1 + |STFT|)` of y, `[frames, bins]`.
    func logMagnitudes(of signal: [Float]) -> [Float] {
        spectrogram.analyse(LengthFit.pad.fit(signal, to: paddedSamples))
        LogSpectrogram.compress(spectrogram.values, into: map, threads: threads)
        return map.values
    }

    /// The gradient on y of one on its log magnitudes, those last computed.
    func signalGradient(of gradient: [Float]) -> [Float] {
        slopes.pointer(row: 0).update(from: gradient, count: gradient.count)
        return Array(spectrogram.gradient(ofLogMagnitudes: slopes).prefix(samples))
    }

    /// The gradient on the variables of one on y.
    func gradient(of gradient: [Float]) -> [Float] { waveform.gradient(of: gradient) }
}
