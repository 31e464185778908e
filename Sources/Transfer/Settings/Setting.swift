// SPDX-License-Identifier: Apache-2.0
import Spectrogram

/// Everything that decides a transfer's result besides the sounds, by the name that it has on the command line, in a preset and
/// in a record.
public enum Setting: String, CaseIterable, Sendable {
    case backend
    case weights
    case variable
    case preconditionerFloor = "preconditioner-floor"
    case preconditionerWindow = "preconditioner-window"
    case preconditionerSpectrum = "preconditioner-spectrum"
    case loss
    case layers
    case contentLoss = "content-loss"
    case envelopeBands = "envelope-bands"
    case contentLayer = "content-layer"
    case alpha
    case styleWeight = "style-weight"
    case balance
    case meanSpectrumWeight = "mean-spectrum-weight"
    case spectralStyleWeight = "spectral-style-weight"
    case normalisation
    case gramDivisor = "gram-divisor"
    case energyWeight = "energy-weight"
    case frequencyEnergyWeight = "frequency-energy-weight"
    case optimizer
    case learningRate = "learning-rate"
    case corrections
    case lossTolerance = "loss-tolerance"
    case gradientTolerance = "gradient-tolerance"
    case maxEvaluations = "max-evaluations"
    case iterations
    case start = "init"
    case startNoise = "init-noise"
    case seed
    case fit
    case duration
    case styleDuration = "style-duration"
    case roundCodes = "round-codes"
    case frameLength = "frame-length"
    case frameHop = "frame-hop"
    case asPublished = "as-published"
    case sampleRate = "sample-rate"
    case fftSize = "n-fft"
    case hop
    case windowLength = "window-length"
    case ceiling
    case network
    case filters
    case kernel
    case padding
    case relu
    case bias
    case initialisation
    case phase
    case phaseIterations = "phase-iterations"
    case phaseMomentum = "phase-momentum"
    case phaseStart = "phase-start"

    /// The option, for messages.
    public var option: String { "--\(rawValue)" }

    /// The backend that alone knows it; nil where all do.
    public var backend: BackendName? {
        switch self {
        case .roundCodes, .frameLength, .frameHop, .asPublished: .nsynth
        case .sampleRate, .fftSize, .hop, .windowLength, .ceiling, .network, .filters, .kernel, .padding, .relu, .bias,
            .initialisation, .phase, .phaseIterations, .phaseMomentum, .phaseStart:
            .stft
        default: nil
        }
    }

    /// Whether it changes anything among other settings.
    public func applies(among others: TransferSettings) -> Bool {
        reasonNotToApply(among: others) == nil
    }

    /// Which other setting makes it idle, as an option with its value; nil where it counts.
    func reasonNotToApply(among others: TransferSettings) -> String? {
        if let backend, backend != others.backend { return "--backend \(others.backend.rawValue)" }
        return switch self {
        case .learningRate: others.optimizer == .adam ? nil : "--optimizer lbfgsb"
        case .corrections, .lossTolerance, .gradientTolerance, .maxEvaluations:
            others.optimizer == .lbfgsb ? nil : "--optimizer adam"
        case .loss, .layers: others.styleWeight > 0 ? nil : "--style-weight 0"
        case .alpha: others.contentLoss == .none ? "--content-loss none" : nil
        case .contentLoss: others.alpha > 0 || others.contentLoss == .none ? nil : "--alpha 0"
        case .envelopeBands:
            others.alpha == 0
                ? "--alpha 0"
                : others.contentLoss == .envelope ? nil : "--content-loss \(others.contentLoss.rawValue)"
        case .contentLayer:
            others.contentLoss != .features
                ? "--content-loss \(others.contentLoss.rawValue)" : others.alpha > 0 ? nil : "--alpha 0"
        case .normalisation:
            others.loss == .kl && (others.alpha == 0 || others.contentLoss != .features)
                ? "--loss kl, which is a number for each channel" : nil
        case .gramDivisor:
            switch (others.loss, others.normalisation) {
            case (.l2, _): "--loss l2"
            case (.kl, _): "--loss kl, which divides by positions"
            case (.gram, .gatys): "--normalisation gatys, which divides by positions"
            case (.gram, _): others.styleWeight > 0 ? nil : "--style-weight 0"
            }
        case .preconditionerSpectrum: others.variable == .waveform ? nil : "--variable \(others.variable.rawValue)"
        case .preconditionerFloor, .preconditionerWindow:
            others.variable != .waveform
                ? "--variable \(others.variable.rawValue)"
                : others.preconditioner.spectrum == .flat ? "--preconditioner-spectrum flat" : nil
        case .meanSpectrumWeight, .spectralStyleWeight: others.reasonToHaveNoWaveform
        case .ceiling, .phase, .phaseIterations, .phaseStart:
            others.variable == .waveform ? "--variable waveform, which has its phases" : nil
        case .fit:
            others.loss == .l2 || others.frameLength != nil
                ? nil : "--loss \(others.loss.rawValue), which takes a style of any length"
        case .frameHop, .asPublished:
            others.frameLength != nil ? nil : "sounds taken whole: there is no --frame-length"
        case .roundCodes:
            others.variable == .waveform
                ? "--variable waveform, which has no codes"
                : others.frameLength == nil ? nil : "--frame-length: frames are added up behind the codes"
        case .network, .initialisation, .bias: others.weights == nil ? nil : "--weights, which bring their own"
        case .filters, .kernel:
            others.weights != nil
                ? "--weights, which bring their own" : others.network.ownSizes
        case .padding, .relu: others.weights != nil ? nil : others.network.ownSizes
        case .phaseMomentum:
            others.variable == .waveform
                ? "--variable waveform, which has its phases"
                : others.phase.method == .fast ? nil : "--phase \(others.phase.method.rawValue)"
        default: nil
        }
    }
}

extension TransferSettings {
    /// Why there is no waveform whose spectrum a loss could look at; nil where there is one.
    var reasonToHaveNoWaveform: String? {
        if variable == .spectrum { return "--variable spectrum, which is no waveform" }
        return frameLength == nil ? nil : "--frame-length, which gives frames"
    }
}

/// What the optimiser moves.
public enum VariableName: String, CaseIterable, Sendable {
    /// The companded waveform, as in the Stanford seed.
    case mulaw
    /// The linear waveform's spectrum under a preconditioner: ``PreconditionedWaveform``.
    case waveform
    /// The log magnitudes of a spectrogram, without phases.
    case spectrum
}

/// What computes.
public enum BackendName: String, CaseIterable, Sendable {
    /// Raw waveforms under NSynth's encoder.
    case nsynth
    /// Log spectrograms under a network over time.
    case stft
}

/// Which optimiser.
public enum OptimizerName: String, CaseIterable, Sendable {
    /// ``Optimizers/Adam``.
    case adam
    /// ``Optimizers/LBFGSB``.
    case lbfgsb
}

/// Which network over spectra.
public enum SpectralNetworkName: String, CaseIterable, Sendable {
    /// One layer of many filters.
    case wide
    /// Sixteen layers, VGG-like.
    case deep
    /// Five layers, AlexNet-like.
    case alexnet

    /// Why filters, kernel, padding and ReLU cannot be chosen, where they cannot.
    fileprivate var ownSizes: String? {
        self == .wide ? nil : "--network \(rawValue), which has its own"
    }
}
