// SPDX-License-Identifier: Apache-2.0
import Spectrogram

/// The network, and the variable that is optimised with it.
public enum NetworkSettings: Equatable, Sendable {
    /// NSynth's encoder over raw waveforms.
    case waveEncoder(WaveEncoderSettings)
    /// A network on spectrograms.
    case spectral(SpectralSettings)

    /// The published form's.
    public init(_ backend: BackendName) {
        self = backend == .nsynth ? .waveEncoder(WaveEncoderSettings()) : .spectral(SpectralSettings())
    }

    /// Under the encoder; nil for spectra.
    public var waveEncoder: WaveEncoderSettings? {
        get { if case .waveEncoder(let settings) = self { settings } else { nil } }
        set { if let newValue { self = .waveEncoder(newValue) } }
    }

    /// Under a network on spectrograms; nil for the encoder.
    public var spectral: SpectralSettings? {
        get { if case .spectral(let settings) = self { settings } else { nil } }
        set { if let newValue { self = .spectral(newValue) } }
    }
}

/// A run with NSynth's encoder.
public struct WaveEncoderSettings: Equatable, Sendable {
    /// The variable.
    public enum Variable: Equatable, Sendable {
        /// The companded waveform, as in the Stanford seed, and whether results are rounded to mu-law's 256 codes before they
        /// are expanded.
        case companded(roundsCodes: Bool)
        /// The companded frames of a waveform, as in Mital's code.
        case frames(FrameSettings)
        /// The linear waveform's spectrum under a preconditioner.
        case waveform(PreconditionerSettings)
    }

    /// A name or a file; nil for the default ones.
    public var weights: String?
    /// The variable.
    public var variable = Variable.companded(roundsCodes: false)

    /// The defaults.
    public init() {}
}

/// Frames that waveforms are cut into, each of which the encoder sees by itself.
public struct FrameSettings: Equatable, Sendable {
    /// Samples of a frame.
    public var length: Int
    /// Samples from one frame to the next.
    public var hop: Int
    /// Whether frames are optimised under random weights while targets come from the given ones, as in Mital's code.
    public var asPublished = false
    /// How both sounds are brought to one length.
    public var fit: LengthFit

    /// Frames every quarter of one.
    public init(length: Int, fit: LengthFit = .trim) {
        (self.length, hop, self.fit) = (length, max(length / 4, 1), fit)
    }
}

/// How a linear waveform is preconditioned: see ``PreconditionedWaveform`` and ``SpectralPreconditioner``.
public enum PreconditionerSettings: Equatable, Sendable {
    /// All frequencies are treated the same.
    case flat
    /// Frequencies follow the sounds' mean spectrum.
    case following(Following)

    /// Whose mean spectrum it follows.
    public enum Spectrum: String, CaseIterable, Sendable {
        /// The root of the sum of both mean powers.
        case both
        /// The style's alone.
        case style
        /// The content's alone.
        case content
        /// None.
        case flat
    }

    /// A spectrum to follow.
    public struct Following: Equatable, Sendable {
        /// Whose; not ``Spectrum/flat``.
        public fileprivate(set) var spectrum = Spectrum.both
        /// The smallest factor, relative to the largest, which is 1.
        public var floor = 1e-3
        /// Samples of the frames that mean spectra are taken over, every quarter of one.
        public var window = 1_024
    }

    /// - Parameters: as in ``Following``, of which nothing stays for ``Spectrum/flat``.
    public init(floor: Double = 1e-3, window: Int = 1_024, spectrum: Spectrum = .both) {
        self = .following(Following(spectrum: spectrum, floor: floor, window: window))
        self.spectrum = spectrum
    }

    /// The spectrum that is followed; nil for ``flat``.
    public var following: Following? {
        get { if case .following(let following) = self { following } else { nil } }
        set { if let newValue { self = .following(newValue) } }
    }

    /// Whose spectrum.
    public var spectrum: Spectrum {
        get { following?.spectrum ?? .flat }
        set {
            guard newValue != .flat else { return self = .flat }
            var following = following ?? Following()
            following.spectrum = newValue
            self = .following(following)
        }
    }
}

/// A run with a network on spectrograms.
public struct SpectralSettings: Equatable, Sendable {
    /// The variable.
    public enum Variable: Equatable, Sendable {
        /// Log magnitudes without phases.
        case logSpectrum(LogSpectrumSettings)
        /// The linear waveform's spectrum under a preconditioner.
        case waveform(PreconditionerSettings)
        /// The frames of a linear waveform, each by itself, as in Mital's code; both sounds have one length.
        case frames(fit: LengthFit)
    }

    /// Where the network's weights come from.
    public enum Weights: Equatable, Sendable {
        /// Drawn by the settings' seed.
        case random(RandomNetworkSettings)
        /// A file, which brings its shapes.
        case file(String, EdgeSettings)
    }

    /// The rate of the spectrograms' sounds, in hertz.
    public var sampleRate = 22_050
    /// Samples in a frame's transform.
    public var fftSize = 2_048
    /// Samples from one frame to the next.
    public var hop = 512
    /// Samples under the window; nil for ``fftSize``.
    public var windowLength: Int?
    /// The network.
    public var weights = Weights.random(RandomNetworkSettings())
    /// The variable.
    public var variable = Variable.logSpectrum(LogSpectrumSettings())
    /// Samples under the window.
    var window: Int { windowLength ?? fftSize }

    /// The defaults.
    public init() {}
}

/// A spectrogram as the variable, and phase estimation.
public struct LogSpectrumSettings: Equatable, Sendable {
    /// The largest log magnitude that x may take; nil for any.
    public var ceiling: Double?
    /// How phases are estimated.
    public var method = PhaseReconstruction.Method.griffinLim {
        didSet { momentum = method == .fast ? momentum ?? PhaseReconstruction().momentum : nil }
    }
    /// Of ``PhaseReconstruction/Method/fast``; nil for the others.
    public internal(set) var momentum: Double? {
        didSet { if (momentum != nil) != (method == .fast) { momentum = oldValue } }
    }
    /// Number of phase iterations.
    public var iterations = 500
    /// The phases that it starts from.
    public var start = PhaseReconstruction.Start.random

    /// The defaults.
    public init() {}
}

/// Padding and ReLUs of a network.
public struct EdgeSettings: Equatable, Sendable {
    /// The padding at the ends.
    public var padding = SpectralArchitecture.Padding.valid
    /// Whether negative activations become 0.
    public var hasReLU = true

    /// The defaults.
    public init() {}
}

/// One layer of many filters.
public struct WideLayerSettings: Equatable, Sendable {
    /// Output channels.
    public var filters = 4_096
    /// Frames that a filter spans.
    public var kernel = 11
    /// Padding and ReLUs.
    public var edges = EdgeSettings()

    /// The defaults.
    public init() {}
}

/// A network of random weights.
public struct RandomNetworkSettings: Equatable, Sendable {
    /// Which layers.
    public var name = SpectralNetworkName.wide {
        didSet { wide = name == .wide ? wide ?? WideLayerSettings() : nil }
    }
    /// The wide layer; nil for others.
    public var wide: WideLayerSettings? = WideLayerSettings() {
        didSet { if (wide != nil) != (name == .wide) { wide = oldValue } }
    }
    /// How weights are drawn.
    public var initialisation = SpectralWeights.Initialisation.ulyanov
    /// Whether layers have biases.
    public var hasBias = false

    /// The defaults.
    public init() {}
}

/// Which network on spectrograms.
public enum SpectralNetworkName: String, CaseIterable, Sendable {
    /// One layer of many filters.
    case wide
    /// Sixteen layers, VGG-like.
    case deep
    /// Five layers, AlexNet-like.
    case alexnet
}

/// The variable.
public enum VariableName: String, CaseIterable, Sendable {
    /// The companded waveform, whole or in frames.
    case mulaw
    /// The linear waveform's spectrum under a preconditioner: ``PreconditionedWaveform``.
    case waveform
    /// The log magnitudes of a spectrogram, without phases.
    case spectrum
    /// The frames of the linear waveform, each by itself.
    case frames
}

/// The backend.
public enum BackendName: String, CaseIterable, Sendable {
    /// Raw waveforms under NSynth's encoder.
    case nsynth
    /// Log spectrograms under a network over time.
    case stft
}

extension NetworkSettings {
    /// Which of them.
    public var backend: BackendName { waveEncoder == nil ? .stft : .nsynth }

    /// The variable. A variable of the other network is not taken.
    public var variable: VariableName {
        get {
            switch self {
            case .waveEncoder(let encoder): if case .waveform = encoder.variable { .waveform } else { .mulaw }
            case .spectral(let spectral):
                switch spectral.variable {
                case .logSpectrum: .spectrum
                case .waveform: .waveform
                case .frames: .frames
                }
            }
        }
        set {
            guard newValue != variable else { return }
            switch newValue {
            case .mulaw: waveEncoder?.variable = .companded(roundsCodes: false)
            case .spectrum: spectral?.variable = .logSpectrum(LogSpectrumSettings())
            case .frames: spectral?.variable = .frames(fit: .trim)
            case .waveform:
                waveEncoder?.variable = .waveform(PreconditionerSettings())
                spectral?.variable = .waveform(PreconditionerSettings())
            }
        }
    }

    /// How a linear waveform is moved; nil for another variable.
    public var preconditioner: PreconditionerSettings? {
        get {
            if case .waveform(let settings) = waveEncoder?.variable { return settings }
            if case .waveform(let settings) = spectral?.variable { return settings }
            return nil
        }
        set {
            guard let newValue, variable == .waveform else { return }
            waveEncoder?.variable = .waveform(newValue)
            spectral?.variable = .waveform(newValue)
        }
    }

    /// Frames under the encoder; nil for whole sounds.
    public var frames: FrameSettings? {
        get { if case .frames(let frames) = waveEncoder?.variable { frames } else { nil } }
        set {
            guard variable == .mulaw, newValue != frames else { return }
            waveEncoder?.variable = newValue.map { .frames($0) } ?? .companded(roundsCodes: false)
        }
    }

    /// Whether results are rounded to mu-law's codes; nil where there are none.
    public var roundsCodes: Bool? {
        get { if case .companded(let rounds) = waveEncoder?.variable { rounds } else { nil } }
        set { if let newValue, roundsCodes != nil { waveEncoder?.variable = .companded(roundsCodes: newValue) } }
    }

    /// The spectrogram that is moved; nil for another variable.
    public var logSpectrum: LogSpectrumSettings? {
        get { if case .logSpectrum(let spectrum) = spectral?.variable { spectrum } else { nil } }
        set { if let newValue, logSpectrum != nil { spectral?.variable = .logSpectrum(newValue) } }
    }

    /// Random weights on spectrograms; nil for others.
    public var randomNetwork: RandomNetworkSettings? {
        get { if case .random(let network) = spectral?.weights { network } else { nil } }
        set { if let newValue, randomNetwork != nil { spectral?.weights = .random(newValue) } }
    }

    /// What a network on spectrograms does at the ends, and below 0; nil for one that has its own.
    public var edges: EdgeSettings? {
        get { if case .file(_, let edges) = spectral?.weights { edges } else { randomNetwork?.wide?.edges } }
        set {
            guard let newValue else { return }
            if case .file(let path, _) = spectral?.weights { spectral?.weights = .file(path, newValue) }
            randomNetwork?.wide?.edges = newValue
        }
    }

    /// A name or a file; nil for the default ones, or random ones on spectrograms.
    public var weights: String? {
        get { if case .file(let path, _) = spectral?.weights { path } else { waveEncoder?.weights } }
        set {
            guard newValue != weights else { return }
            let edges = edges ?? EdgeSettings()
            waveEncoder?.weights = newValue
            spectral?.weights = newValue.map { .file($0, edges) } ?? .random(RandomNetworkSettings())
        }
    }

    /// How both sounds are brought to one length for their frames; nil for whole sounds.
    var fitOfFrames: LengthFit? {
        get { if case .frames(let fit) = spectral?.variable { fit } else { frames?.fit } }
        set {
            guard let newValue else { return }
            frames?.fit = newValue
            if variable == .frames { spectral?.variable = .frames(fit: newValue) }
        }
    }

    /// Whether there is a whole waveform while the optimiser works.
    public var hasWaveform: Bool { logSpectrum == nil && fitOfFrames == nil }
}
