// SPDX-License-Identifier: Apache-2.0
import Files
import Spectrogram
import WaveEncoder

/// How a linear waveform is moved: see ``PreconditionedWaveform`` and ``SpectralPreconditioner``.
public struct PreconditionerSettings: Equatable, Sendable {
    /// Whose mean spectrum it follows.
    public enum Spectrum: String, CaseIterable, Sendable {
        /// The root of the sum of both mean powers.
        case both
        /// The style's alone.
        case style
        /// The content's alone.
        case content
        /// None: every frequency moves alike.
        case flat
    }

    /// The least factor, beside the largest, which is 1.
    public var floor = 1e-3
    /// Samples of the frames that mean spectra are taken over, every quarter of one.
    public var window = 1_024
    /// Whose spectrum.
    public var spectrum = Spectrum.both
}

/// All that decides a transfer's result, besides the sounds and the weights.
public struct TransferSettings: Equatable, Sendable {
    /// The style loss.
    public enum StyleLoss: String, CaseIterable, Sendable {
        /// Squared distance of Gram matrices: the style's statistics, whatever its length.
        case gram
        /// The Gaussian Kullback-Leibler divergence of Gram matrices: weak directions count as much as strong ones.
        case kl
        /// Squared distance of activations: the style itself, time step by time step.
        case l2
    }

    /// What the content is compared by.
    public enum ContentLoss: String, CaseIterable, Sendable {
        /// Activations at ``contentLayer``.
        case features
        /// Band envelopes over time: ``EnvelopeLoss``.
        case envelope
        /// Nothing.
        case none
    }

    /// How finely ``ContentLoss/envelope`` looks at frequencies.
    public enum EnvelopeBandsName: String, CaseIterable, Sendable {
        /// 16 bands of equal width: vowels and rhythm.
        case linear
        /// 40 bands evenly spaced on the mel scale: melodies too.
        case mel
    }

    /// How terms of different size are made to mean the same for every pair.
    public enum Balance: String, CaseIterable, Sendable {
        /// Style by its value at the content, content by the variance of its own features.
        case auto
        /// As they are.
        case none
    }

    /// What computes.
    public var backend = BackendName.nsynth
    /// What the optimiser moves.
    public var variable = VariableName.mulaw
    /// How a linear waveform is moved.
    public var preconditioner = PreconditionerSettings()
    /// A name or a file; nil for the default ones, or random ones over spectra.
    public var weights: String?
    /// The style loss.
    public var loss = StyleLoss.gram
    /// Where the style is compared.
    public var layers: LayerSelection
    /// What the content is compared by.
    public var contentLoss = ContentLoss.features
    /// How finely envelopes look at frequencies.
    public var envelopeBands = EnvelopeBandsName.linear
    /// Where the content is compared; nil means the last block's second ReLU, or the network's last layer.
    public var contentLayer: LayerSelection?
    /// The weight of the content loss beside the style loss; 0 means that there is none.
    public var alpha = 1.0
    /// The weight of the style loss itself.
    public var styleWeight = 1.0
    /// How terms are weighed beside each other, before their weights.
    public var balance = Balance.none
    /// The weight of the distance of mean spectra; 0 means that there is none.
    public var meanSpectrumWeight = 0.0
    /// The weight of the style under a second network, over spectra; 0 means that there is none.
    public var spectralStyleWeight = 0.0
    /// How sums over entries become losses.
    public var normalisation = LossNormalisation.mean
    /// By what `F^T F` is divided.
    public var gramDivisor = GramDivisor.positions
    /// The weight of the distance of energies over time; 0 means that there is none.
    public var energyWeight = 0.0
    /// The weight of the distance of energies over frequencies; 0 means that there is none.
    public var frequencyEnergyWeight = 0.0
    /// The optimiser.
    public var optimizer = OptimizerName.adam
    /// Adam's step size, in units of the variable: of a companded waveform, 0.05 is 6.4 codes.
    public var learningRate = 0.05
    /// L-BFGS-B's m.
    public var corrections = 10
    /// L-BFGS-B's ftol.
    public var lossTolerance = 2.220446049250313e-9
    /// L-BFGS-B's gtol.
    public var gradientTolerance = 1e-5
    /// Evaluations after which L-BFGS-B ends.
    public var maxEvaluations = 15_000
    /// Steps to take.
    public var iterations = 100
    /// What the first x is made of.
    public var start = StartMode.content
    /// Amplitude of noise added to the start: uniform in companded units, normal for spectra.
    public var startNoise = 1e-6
    /// Decides all random numbers.
    public var seed: UInt64 = 0
    /// How the style is brought to the content's length, for ``StyleLoss/l2``.
    public var fit = LengthFit.trim
    /// Seconds of the content; nil for all.
    public var duration: Double?
    /// Seconds of the style; nil for all.
    public var styleDuration: Double?
    /// Iterations whose sound is handed out on the way.
    public var snapshots: Set<Int> = []
    /// Whether results are rounded to mu-law's 256 codes before they are expanded.
    public var roundsCodes = false
    /// Samples of the frames that waveforms are cut into, each of which the encoder sees by itself; nil for whole sounds.
    public var frameLength: Int?
    /// Samples from one frame to the next; nil for a quarter of a frame.
    public var frameHop: Int?
    /// Whether frames are optimised under random weights while targets come from the given ones, as in Mital's code.
    public var asPublished = false

    // For spectra alone.

    /// The rate of the spectrograms' sounds, in hertz.
    public var sampleRate = 22_050
    /// Samples in a frame's transform.
    public var fftSize = 2_048
    /// Samples from one frame to the next.
    public var hop = 512
    /// Samples under the window; nil for ``fftSize``.
    public var windowLength: Int?
    /// The largest log magnitude that x may take; nil for any.
    public var ceiling: Double?
    /// Which network.
    public var network = SpectralNetworkName.wide
    /// Output channels of the wide network.
    public var filters = 4_096
    /// Frames that a filter of the wide network spans.
    public var kernel = 11
    /// What lies beyond the ends for the wide network and for weights from a file.
    public var padding = SpectralArchitecture.Padding.valid
    /// Whether the wide network, and one from a file, has ReLUs.
    public var hasReLU = true
    /// Whether random layers have biases.
    public var hasBias = false
    /// How random weights are drawn.
    public var initialisation = SpectralWeights.Initialisation.ulyanov
    /// The way back to a waveform.
    public var phase = PhaseReconstruction()

    /// Settings; by default those of the Stanford seed's voice experiment.
    public init(
        loss: StyleLoss = .gram, layers: LayerSelection, contentLayer: LayerSelection? = nil, alpha: Double = 1,
        learningRate: Double = 0.05, iterations: Int = 100, start: StartMode = .content, startNoise: Double = 1e-6,
        seed: UInt64 = 0, fit: LengthFit = .trim, snapshots: Set<Int> = [], roundsCodes: Bool = false
    ) {
        self.loss = loss
        self.layers = layers
        self.contentLayer = contentLayer
        self.alpha = alpha
        self.learningRate = learningRate
        self.iterations = iterations
        self.start = start
        self.startNoise = startNoise
        self.seed = seed
        self.fit = fit
        self.snapshots = snapshots
        self.roundsCodes = roundsCodes
    }

    /// The backend's defaults: the Stanford seed's for waveforms, Ulyanov's for spectra.
    ///
    /// - Throws: never in fact: the defaults' layers exist.
    public init(defaultsFor backend: BackendName) throws(Failure) {
        self.init(layers: try LayerSelection("relu1", for: backend))
        self.backend = backend
        guard backend == .stft else { return }
        variable = .spectrum
        alpha = 1e-2
        normalisation = .sum
        gramDivisor = .frames
        optimizer = .lbfgsb
        learningRate = 0.03
        iterations = 300
        start = .noise
        startNoise = 1e-3
    }
}

extension TransferSettings {
    /// The rate that the backend works at, in hertz.
    public var workingRate: Int {
        switch backend {
        case .nsynth: WaveEncoder.sampleRate
        case .stft: sampleRate
        }
    }
}
