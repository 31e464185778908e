// SPDX-License-Identifier: Apache-2.0
import Matrices
import Texture

extension TermKind {
    /// The distance of sound texture statistics.
    public static let texture = TermKind(
        name: "texture", sight: .waveform,
        help: """
            The weight of the distance of sound texture statistics, the moments, modulations and correlations of a cochlea's envelopes, \
            relative to the style's; for waveforms.
            """)
}

/// The style's statistics as a sound texture.
struct TextureTerm: TransferTerm {
    func add<Network>(to terms: inout TermSet<Network.Point>, _ context: TermContext<Network>) {
        guard let weight = context.settings.terms[.texture] else { return }
        let loss = MemoryLedger.named("texture") {
            TextureLoss(
                styles: context.sounds.styles, samples: context.sounds.content.count,
                sampleRate: context.settings.workingRate, weight: weight, threads: context.threads)
        }
        terms.add(LossTerm(.further(.texture), weight: weight, loss), onWaveform: loss)
    }
}

/// The distance of sound texture statistics (``TextureModel``): the mean over their classes of the squared error relative to the style's
/// own sum of squares, ``TextureDistance/meanSquare(of:)``. Of several styles the statistics are mixed by their shares.
final class TextureLoss: WaveformLoss {
    private(set) var value = 0.0
    var weight: Double
    private let model: TextureModel
    private let distance: TextureDistance
    private let memory: MemoryLedger.Entry?

    /// - Parameters:
    ///   - styles: at least one.
    ///   - samples: T, of the signals to come.
    ///   - sampleRate: in hertz, of both.
    ///   - weight: of this loss in the total; scales the gradient, not ``value``.
    init(styles: [StyleSignal], samples: Int, sampleRate: Int, weight: Double, threads: Int) {
        self.weight = weight
        let targets = styles.map { style in
            let model = TextureModel(
                samples: style.samples.count, sampleRate: sampleRate, threads: threads, gradient: false)
            return MemoryLedger.isPlanning ? nil : model.statistics(of: style.samples.map(Double.init))
        }
        distance = TextureDistance(
            to: .mean(zip(targets, styles.shares).compactMap { target, share in target.map { ($0, share) } }))
        model = TextureModel(samples: samples, sampleRate: sampleRate, threads: threads, gradient: true)
        // A signal and its gradient.
        memory = MemoryLedger.note(bytes: 2 * samples * MemoryLayout<Double>.size)
    }

    func evaluate(_ y: [Float], addingTo gradient: inout [Float]) {
        let statistics = model.statistics(of: y.map(Double.init))
        value = distance.meanSquare(of: statistics)
        let own = model.gradient(of: distance.slopes(at: statistics, weight: weight))
        for index in gradient.indices { gradient[index] += Float(own[index]) }
    }
}
