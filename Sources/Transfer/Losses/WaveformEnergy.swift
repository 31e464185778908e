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
    private let spectrogram: DifferentiableSpectrogram
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
        spectrogram = DifferentiableSpectrogram(transform, samples: samples, threads: threads)
        let maps = styles.map { style in
            LogSpectrogram.compressed(transform.transform(style.samples, threads: threads), threads: threads)
        }
        terms = EnergyLoss.terms(maps, shares: styles.shares, frames: spectrogram.frames, settings: settings)
        map = FeatureMap(rows: spectrogram.frames, columns: transform.bins)
        gradient = FeatureMap(rows: spectrogram.frames, columns: transform.bins)
        self.threads = threads
    }

    /// Bytes of all of it.
    static func memoryNeeded(samples: Int, styles: [Int], settings: TransferSettings) -> Int {
        guard settings.energyWeight + settings.frequencyEnergyWeight > 0 else { return 0 }
        func values(_ samples: Int) -> Int { transform.frames(samples: samples) * transform.bins }
        let ofStyles = styles.reduce(0) { $0 + values($1) } + 2 * values(styles.max() ?? 1)
        return DifferentiableSpectrogram.memoryNeeded(transform, samples: samples)
            + (2 * values(samples) + ofStyles) * MemoryLayout<Float>.size
    }

    /// Finds the terms' values at x, and adds their gradient.
    func evaluate(_ x: [Float], addingTo total: inout [Float]) {
        let (map, gradient, bins) = (map, gradient, map.columns)
        spectrogram.analyse(x)
        LogSpectrogram.compress(spectrogram.values, into: map, threads: threads)
        gradient.pointer(row: 0).update(repeating: 0, count: map.rows * bins)
        for term in terms {
            term.loss.begin(FeatureTraversal(rows: map.rows, columns: bins, slots: 1, summing: .gradient))
            term.loss.read(map[0..<map.rows], from: 0, slot: 0)
            term.loss.end()
            term.loss.addGradient(at: map[0..<map.rows], from: 0, to: gradient.mutable(0..<map.rows), slot: 0)
            term.loss.endGradient()
        }
        let own = spectrogram.gradient(ofLogMagnitudes: gradient)
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
