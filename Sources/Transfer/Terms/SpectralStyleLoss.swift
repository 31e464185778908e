// SPDX-License-Identifier: Apache-2.0
import Matrices
import Spectrogram

extension TermKind {
    /// The style under a second network, on spectrograms.
    public static let spectralStyle = TermKind(
        name: "spectral-style", sight: .waveform,
        help: """
            The weight of the style loss of a second network, 512 random filters on spectrograms, relative to its value at the \
            content; for waveforms.
            """)
}

/// The style under a second network, on spectrograms.
struct SpectralStyleTerm: TransferTerm {
    func add<Network>(to terms: inout TermSet<Network.Point>, _ context: TermContext<Network>) {
        let (settings, sounds) = (context.settings, context.sounds)
        guard let weight = settings.terms[.spectralStyle] else { return }
        let loss = MemoryLedger.named("second network") {
            SpectralStyleLoss(
                content: sounds.content, styles: sounds.styles, weight: weight,
                seed: settings.seed, threads: context.threads)
        }
        terms.add(LossTerm(.further(.spectralStyle), weight: weight, loss), onWaveform: loss)
    }
}

/// The distance of Gram matrices under a second network, on spectrograms: one wide random layer, which sees pitch and some tenths of a
/// second at once.
///
/// With F the ReLUs of 512 filters of 11 frames over `log(1 + |STFT|)`, of 1024 samples every 256, and `G = F^T F / frames`,
///
///     L = sum (G(y) - G(style))^2 / sum (G(content) - G(style))^2
///
/// so that it is 1 at the content. A content that has the style's matrix already leaves the divisor out.
final class SpectralStyleLoss: WaveformLoss {
    private(set) var value = 0.0
    var weight: Double
    private static let transform = ShortTimeFourierTransform(size: 1_024, hop: 256)
    private static let layer = SpectralLayerPoint.layer(1)
    private let threads: Int
    private let paddedSamples: Int
    private let spectrogram: DifferentiableSpectrogram
    private let session: SpectralSession
    private let loss: GramLoss
    private let map: FeatureMap
    private let slopes: FeatureMap
    /// The loss at the content.
    private var unit = 1.0

    /// The network's shapes.
    static let architecture = SpectralArchitecture.wide(bins: transform.bins, filters: 512, kernel: 11)

    /// - Parameters:
    ///   - content: `[T]`, at least one sample.
    ///   - styles: at least one.
    ///   - weight: of this loss in the total; scales the gradient, not ``value``.
    ///   - seed: decides the network's weights.
    init(content: [Float], styles: [StyleSignal], weight: Double, seed: UInt64, threads: Int) {
        (self.weight, self.threads) = (weight, threads)
        paddedSamples = Self.padded(content.count)
        spectrogram = DifferentiableSpectrogram(Self.transform, samples: paddedSamples, threads: threads)
        let network = SpectralNetwork(
            SpectralWeights.random(Self.architecture, .ulyanov, hasBias: false, seed: seed, threads: threads),
            frames: spectrogram.frames, threads: threads)
        let grams = styles.map { Self.gram(of: $0, network, threads: threads) }
        loss = GramLoss(target: GramMatrix.mean(zip(grams, styles.shares)), weight: 1)
        map = FeatureMap(rows: spectrogram.frames, columns: Self.transform.bins)
        slopes = FeatureMap(rows: spectrogram.frames, columns: Self.transform.bins)
        session = SpectralSession(
            network, frames: map.rows, points: [Self.layer], rowsAtOnce: Self.tile, gradient: true)
        guard !MemoryLedger.isPlanning else {
            session.announce([Self.layer: [loss]])
            return
        }
        transform(content)
        session.read(map.values, visitors: [Self.layer: [loss]])
        if loss.value > loss.resolution { unit = loss.value }
    }

    private static func gram(of style: StyleSignal, _ network: SpectralNetwork, threads: Int) -> GramMatrix {
        let samples = padded(style.samples.count)
        let gram = GramMatrix()
        let session = SpectralSession(
            network, frames: transform.frames(samples: samples), points: [layer], rowsAtOnce: tile, gradient: false)
        guard !MemoryLedger.isPlanning else {
            session.announce([layer: [gram]])
            return gram
        }
        let map = LogSpectrogram.compressed(
            transform.transform(LengthFit.pad.fit(style.samples, to: samples), threads: threads), threads: threads)
        session.read(map.values, visitors: [layer: [gram]])
        return gram
    }

    /// Rows of the layer that are processed at once.
    private static let tile = 1_024

    /// Samples, rounded up to whole hops, and at least as many as a filter spans.
    private static func padded(_ samples: Int) -> Int {
        max((samples + transform.hop - 1) / transform.hop, architecture.framesNeeded(for: 1) - 1) * transform.hop
    }

    func evaluate(_ y: [Float], addingTo gradient: inout [Float]) {
        transform(y)
        loss.weight = weight / unit
        let own = session.evaluate(map.values, visitors: [Self.layer: [loss]])
        value = loss.value / unit
        slopes.unsafePointer(row: 0).update(from: own, count: own.count)
        let onSignal = spectrogram.gradient(ofLogMagnitudes: slopes)
        for index in gradient.indices { gradient[index] += onSignal[index] }
    }

    private func transform(_ signal: [Float]) {
        spectrogram.analyse(LengthFit.pad.fit(signal, to: paddedSamples))
        LogSpectrogram.compress(spectrogram.values, into: map, threads: threads)
    }
}
