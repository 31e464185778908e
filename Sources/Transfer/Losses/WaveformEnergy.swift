// SPDX-License-Identifier: Apache-2.0
import Matrices
import MuLaw
import Spectrogram

/// ``EnergyLoss`` for waveforms: of the log spectrogram of the companded signal, with Verma and Smith's frames of 30 ms every
/// 10 ms at 16 kHz.
final class WaveformEnergy: @unchecked Sendable {
    /// A loss with its name in a trace.
    struct Term {
        let name: String
        let weight: Double
        let loss: EnergyLoss
    }

    let terms: [Term]
    private static let transform = ShortTimeFourierTransform(size: 512, hop: 160, windowLength: 480)
    private let framed: FramedSignal
    private let transposed: FramedSignal
    private let spectrogram: ComplexSpectrogram
    private let map: FeatureMap
    private let gradient: FeatureMap
    private let threads: Int

    /// Nil where neither energy has a weight.
    ///
    /// - Parameters:
    ///   - samples: of the signals to come.
    ///   - styles: companded.
    init?(samples: Int, styles: [StyleSignal], settings: TransferSettings, threads: Int) {
        guard settings.energyWeight + settings.frequencyEnergyWeight > 0 else { return nil }
        let transform = Self.transform
        framed = FramedSignal(transform, samples: samples, threads: threads)
        let maps = styles.map { style in
            LogSpectrogram.compressed(transform.transform(style.samples, threads: threads), threads: threads)
        }
        terms = EnergyLoss.terms(maps, shares: styles.shares, frames: framed.frames, settings: settings)
        transposed = FramedSignal(transform, samples: samples, synthesis: .transpose, threads: threads)
        spectrogram = ComplexSpectrogram(frames: framed.frames, bins: transform.bins)
        map = FeatureMap(rows: framed.frames, columns: transform.bins)
        gradient = FeatureMap(rows: framed.frames, columns: transform.bins)
        self.threads = threads
    }

    /// Bytes of all of it.
    static func memoryNeeded(samples: Int, styles: [Int], settings: TransferSettings) -> Int {
        guard settings.energyWeight + settings.frequencyEnergyWeight > 0 else { return 0 }
        func values(_ samples: Int) -> Int { transform.frames(samples: samples) * transform.bins }
        let ofStyles = styles.reduce(0) { $0 + values($1) } + 2 * values(styles.max() ?? 1)
        return (5 * values(samples) + 16 * samples + ofStyles) * MemoryLayout<Float>.size
    }

    /// Finds the terms' values at x, and adds their gradient.
    func evaluate(_ x: [Float], addingTo total: inout [Float]) {
        framed.set(x)
        let (spectrogram, map, gradient, bins) = (spectrogram, map, gradient, map.columns)
        framed.analyse { frame, spectrum, _ in
            spectrogram.pointer(frame: frame).update(from: spectrum, count: bins)
        }
        LogSpectrogram.compress(spectrogram, into: map, threads: threads)
        gradient.pointer(row: 0).update(repeating: 0, count: map.rows * bins)
        for term in terms {
            term.loss.begin(FeatureTraversal(rows: map.rows, columns: bins, slots: 1, summing: .gradient))
            term.loss.read(map[0..<map.rows], from: 0, slot: 0)
            term.loss.end()
            term.loss.addGradient(at: map[0..<map.rows], from: 0, to: gradient.mutable(0..<map.rows), slot: 0)
            term.loss.endGradient()
        }
        // d log(1 + |X|) = d|X| / (1 + |X|), along X / |X|.
        transposed.synthesise { frame, spectrum, _ in
            let (values, slopes) = (spectrogram.pointer(frame: frame), gradient.pointer(row: frame))
            for bin in 0..<bins {
                let size = (values[bin] * values[bin]).sum().squareRoot()
                let half: Float = bin == 0 || bin == bins - 1 ? 1 : 0.5
                spectrum[bin] = size > 0 ? values[bin] * (half * slopes[bin] / ((1 + size) * size)) : .zero
            }
        }
        let own = transposed.signal
        for index in total.indices { total[index] += own[index] }
    }
}

extension EnergyLoss {
    /// The terms that settings ask for, with the weighted mean of some styles' envelopes as targets.
    static func terms(
        _ maps: [FeatureMap], shares: [Double], frames: Int, settings: TransferSettings
    ) -> [WaveformEnergy.Term] {
        [
            (Axis.time, "energy", settings.energyWeight),
            (.frequency, "frequency-energy", settings.frequencyEnergyWeight),
        ].filter { $0.2 > 0 }.map { axis, name, weight in
            let target = EnergyEnvelope.mean(zip(maps, shares), axis, count: frames)
            return WaveformEnergy.Term(
                name: name, weight: weight, loss: EnergyLoss(axis, target: target, weight: weight))
        }
    }
}
