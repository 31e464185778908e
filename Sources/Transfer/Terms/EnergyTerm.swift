// SPDX-License-Identifier: Apache-2.0
import Matrices
import Spectrogram

extension TermKind {
    /// The distance of energies over time.
    public static let energy = TermKind(
        name: "energy", sight: .energies, help: "The weight of the distance of the spectrograms' energies over time.")
    /// The distance of energies over frequencies.
    public static let frequencyEnergy = TermKind(
        name: "frequency-energy", sight: .energies,
        help: "The weight of the distance of the spectrograms' energies over frequencies.")
}

/// The style's energies over time and over frequencies (``EnergyLoss``): of the network's input where that is a log spectrogram,
/// else of the input's own.
struct EnergyTerm: TransferTerm {
    func add<Network>(to terms: inout TermSet<Network.Point>, _ context: TermContext<Network>) {
        let (settings, sounds, network) = (context.settings, context.sounds, context.network)
        let axes: [(axis: EnergyLoss.Axis, kind: TermKind)] = [(.time, .energy), (.frequency, .frequencyEnergy)]
        let weights = axes.compactMap { axis, kind in settings.terms[kind].map { (axis, kind, $0) } }
        guard !weights.isEmpty else { return }
        func losses(_ maps: [FeatureMap], frames: Int) -> [(term: LossTerm, loss: EnergyLoss)] {
            weights.map { axis, kind, weight in
                let target =
                    MemoryLedger.isPlanning
                    ? [] : EnergyEnvelope.mean(zip(maps, sounds.shares), axis, count: frames)
                let loss = EnergyLoss(axis, target: target, weight: weight)
                return (LossTerm(.further(kind), weight: weight, loss), loss)
            }
        }
        if let point = network.inputPoint {
            let shape = network.map(at: point, samples: network.samples)
            let maps = sounds.styleInputs.map { FeatureMap($0, columns: shape.columns) }
            for (term, loss) in losses(maps, frames: shape.rows) { terms.add(term, loss, at: point) }
            return
        }
        MemoryLedger.named("energies") {
            let spectrogram = InputEnergy(samples: sounds.content.count, threads: context.threads)
            let losses = losses(sounds.styleInputs.map(spectrogram.logMagnitudes), frames: spectrogram.frames)
            spectrogram.losses = losses.map(\.loss)
            terms.add(losses.map(\.term), onInput: spectrogram)
        }
    }
}

/// ``EnergyLoss`` for waveforms: of the log spectrogram of the companded signal, with Verma and Smith's frames of 30 ms every
/// 10 ms at 16 kHz.
final class InputEnergy: InputLoss {
    var losses: [EnergyLoss] = [] {
        didSet { for loss in losses { loss.begin(traversal) } }
    }
    private static let transform = ShortTimeFourierTransform(size: 512, hop: 160, windowLength: 480)
    private let spectrogram: DifferentiableSpectrogram
    private let map: FeatureMap
    private let gradient: FeatureMap
    private let threads: Int

    /// - Parameter samples: of the signals to come.
    init(samples: Int, threads: Int) {
        self.threads = threads
        spectrogram = DifferentiableSpectrogram(Self.transform, samples: samples, threads: threads)
        map = FeatureMap(rows: spectrogram.frames, columns: Self.transform.bins)
        gradient = FeatureMap(rows: spectrogram.frames, columns: Self.transform.bins)
    }

    var frames: Int { spectrogram.frames }

    private var traversal: FeatureTraversal {
        FeatureTraversal(rows: map.rows, columns: map.columns, slots: 1, summing: .gradient)
    }

    /// Of another signal, `[frames, bins]`; nothing while memory is only planned.
    func logMagnitudes(of signal: [Float]) -> FeatureMap {
        signal.isEmpty
            ? FeatureMap(rows: 0, columns: Self.transform.bins)
            : LogSpectrogram.compressed(Self.transform.transform(signal, threads: threads), threads: threads)
    }

    func evaluate(_ x: [Float], addingTo total: inout [Float]) {
        let (map, gradient, bins) = (map, gradient, map.columns)
        spectrogram.analyse(x)
        LogSpectrogram.compress(spectrogram.values, into: map, threads: threads)
        gradient.unsafePointer(row: 0).update(repeating: 0, count: map.rows * bins)
        for loss in losses {
            loss.begin(traversal)
            loss.read(map[0..<map.rows], from: 0, slot: 0)
            loss.end()
            loss.addGradient(at: map[0..<map.rows], from: 0, to: gradient.mutable(0..<map.rows), slot: 0)
            loss.endGradient()
        }
        let own = spectrogram.gradient(ofLogMagnitudes: gradient)
        for index in total.indices { total[index] += own[index] }
    }
}
