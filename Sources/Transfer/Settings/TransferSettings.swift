// SPDX-License-Identifier: Apache-2.0
import Files
import Optimizers
import Spectrogram
import WaveEncoder

/// All that decides an optimisation's result besides the sounds: a tree of values, in which what changes nothing has no place.
///
/// Each leaf is named in ``SettingTable``.
public struct TransferSettings: Equatable, Sendable {
    /// The network and the variable.
    public var network: NetworkSettings { didSet { settle() } }
    /// The style's loss; nil for none.
    public var style: StyleSettings? { didSet { settle() } }
    /// The content loss.
    public var content: ContentSettings { didSet { settle() } }
    /// How terms are balanced, before their weights.
    public var balance = Balance.none
    /// The further terms' weights.
    public private(set) var terms: [TermKind: Double] = [:]
    /// The optimiser.
    public var optimizer: OptimizerSettings
    /// Number of iterations.
    public var iterations = 100
    /// What the first x is made of.
    public var start: StartMode
    /// Amplitude of noise added to the start: uniform in a waveform, normal for spectra.
    public var startNoise: Double
    /// Seed of all random numbers.
    public var seed: UInt64 = 0
    private var blendOfBoth = 0.5

    /// How terms of different size are made to mean the same for every pair.
    public enum Balance: String, CaseIterable, Sendable {
        /// Style by its value at the content, content by the variance of its own features.
        case auto
        /// As they are.
        case none
    }

    /// The published form: the Stanford seed's voice experiment for waveforms, Ulyanov's system for spectra.
    public init(_ backend: BackendName) {
        network = NetworkSettings(backend)
        style = StyleSettings(network)
        content = .features(FeatureSettings(alpha: network.usualAlpha, normalisation: network.usualNormalisation))
        (start, startNoise) = network.usualStart
        optimizer = backend == .nsynth ? .adam(step: network.usualStep) : .lbfgsb(LBFGSBSettings())
        if backend == .stft { iterations = 300 }
    }

    /// The weight of a further term, 0 for none; nil where what the term looks at is not there.
    public subscript(term kind: TermKind) -> Double? {
        get { fits(kind) ? terms[kind] ?? 0 : nil }
        set { terms[kind] = fits(kind) && newValue != 0 ? newValue : nil }
    }

    /// The knob from style to content: in the total, the style's weights are multiplied by `2 (1 - blend)` and the content's by
    /// `2 blend`, so that 0.5 leaves them as they are. nil where there are not both a style loss and a content loss.
    public var blend: Double? {
        get { hasBoth ? blendOfBoth : nil }
        set { if let newValue, hasBoth { blendOfBoth = newValue } }
    }

    private var hasBoth: Bool { style != nil && content != .none }

    private func fits(_ kind: TermKind) -> Bool {
        kind.sight == .waveform ? network.hasWaveform : network.fitOfFrames == nil
    }

    /// Takes out what has lost its place.
    private mutating func settle() {
        if !hasBoth { blendOfBoth = 0.5 }
        if terms.keys.contains(where: { !fits($0) }) { terms = terms.filter { fits($0.key) } }
        if case .envelope(let envelope) = content, !network.hasWaveform {
            content = .features(features(alpha: envelope.alpha))
        }
    }
}

extension TransferSettings {
    /// The rate that the network works at, in hertz.
    public var workingRate: Int { network.spectral?.sampleRate ?? WaveEncoder.sampleRate }
}

/// The style's loss.
public struct StyleSettings: Equatable, Sendable {
    /// Its weight, above 0.
    public var weight = 1.0
    /// Where the style is compared.
    public var layers: LayerSelection
    /// By what.
    public var comparison: StyleComparison

    /// The network's published form.
    init(_ network: NetworkSettings) {
        layers = network.usualLayers
        comparison = StyleComparison(.gram, network)
    }
}

/// A statistic with the options that it takes; those that it does not take are nil.
public struct StyleComparison: Equatable, Sendable {
    /// The statistic.
    public let statistic: StyleStatistic
    /// How sums over entries become losses.
    public let normalisation: LossNormalisation?
    /// By what `F^T F` is divided; nil also with ``LossNormalisation/gatys``, which divides by positions.
    public let divisor: GramDivisor?
    /// How the style is brought to the content's length.
    public let fit: LengthFit?

    /// A statistic. Options that are left out have the values of the Stanford seed.
    public init(
        _ statistic: StyleStatistic, normalisation: LossNormalisation? = nil, divisor: GramDivisor? = nil,
        fit: LengthFit? = nil
    ) {
        func taken<Value>(_ option: StyleStatistic.Option, _ value: Value) -> Value? {
            statistic.options.contains(option) ? value : nil
        }
        self.statistic = statistic
        self.normalisation = taken(.normalisation, normalisation ?? .mean)
        self.divisor = normalisation == .gatys ? nil : taken(.gramDivisor, divisor ?? .positions)
        self.fit = taken(.fit, fit ?? .trim)
    }

    /// The network's published form.
    init(_ statistic: StyleStatistic, _ network: NetworkSettings) {
        self.init(statistic, normalisation: network.usualNormalisation, divisor: network.usualDivisor)
    }
}

/// The content loss.
public enum ContentSettings: Equatable, Sendable {
    /// Nothing.
    case none
    /// Activations.
    case features(FeatureSettings)
    /// Band envelopes over time: ``EnvelopeLoss``.
    case envelope(EnvelopeSettings)

    /// Activations; nil for something else.
    public var features: FeatureSettings? {
        get { if case .features(let features) = self { features } else { nil } }
        set { if let newValue { self = .features(newValue) } }
    }

    /// Envelopes; nil for something else.
    public var envelope: EnvelopeSettings? {
        get { if case .envelope(let envelope) = self { envelope } else { nil } }
        set { if let newValue { self = .envelope(newValue) } }
    }
}

/// Activations as the content.
public struct FeatureSettings: Equatable, Sendable {
    /// Where they are compared; nil for the last block's second ReLU, or the network's last layer.
    public var layers: LayerSelection?
    /// The weight, above 0.
    public var alpha: Double
    /// How sums over entries become losses; the style's where that has one.
    public var normalisation: LossNormalisation
}

/// Band envelopes as the content.
public struct EnvelopeSettings: Equatable, Sendable {
    /// How finely they look at frequencies.
    public enum Bands: String, CaseIterable, Sendable {
        /// 16 bands of equal width: vowels and rhythm.
        case linear
        /// 40 bands evenly spaced on the mel scale: melodies too.
        case mel
    }

    /// How finely they look at frequencies.
    public var bands = Bands.linear
    /// The weight, above 0.
    public var alpha: Double
}

/// The optimiser.
public enum OptimizerSettings: Equatable, Sendable {
    /// ``Optimizers/Adam``. A step is in units of the variable: of a companded waveform, 0.05 is 6.4 codes.
    case adam(step: Double)
    /// ``Optimizers/LBFGSB``.
    case lbfgsb(LBFGSBSettings)

    /// Adam's; nil for L-BFGS-B.
    public var step: Double? {
        get { if case .adam(let step) = self { step } else { nil } }
        set { if let newValue { self = .adam(step: newValue) } }
    }

    /// L-BFGS-B's settings; nil for Adam.
    public var lbfgsb: LBFGSBSettings? {
        get { if case .lbfgsb(let settings) = self { settings } else { nil } }
        set { if let newValue { self = .lbfgsb(newValue) } }
    }
}

/// L-BFGS-B's settings, by default SciPy's.
public struct LBFGSBSettings: Equatable, Sendable {
    /// Its m.
    public var corrections = 10
    /// Its ftol.
    public var lossTolerance = 2.220446049250313e-9
    /// Its gtol.
    public var gradientTolerance = 1e-5
    /// Evaluations after which it ends.
    public var maxEvaluations = 15_000

    /// The defaults.
    public init() {}
}

/// What the published forms have beside their networks.
extension NetworkSettings {
    var usualAlpha: Double { backend == .nsynth ? 1 : 1e-2 }
    var usualNormalisation: LossNormalisation { backend == .nsynth ? .mean : .sum }
    var usualDivisor: GramDivisor { backend == .nsynth ? .positions : .frames }
    var usualStep: Double { variable == .waveform ? 0.02 : backend == .nsynth ? 0.05 : 0.03 }
    var usualStart: (StartMode, noise: Double) {
        switch variable {
        case .mulaw: (.content, 1e-6)
        case .spectrum, .frames: (.noise, 1e-3)
        case .waveform: (.content, 0)
        }
    }
    /// All first ReLUs, or the first layer.
    var usualLayers: LayerSelection { .first(in: backend, hasReLU: edges?.hasReLU ?? true) }
}
