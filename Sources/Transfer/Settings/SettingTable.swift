// SPDX-License-Identifier: Apache-2.0
import Spectrogram

/// The one table of settings, in the order of help and JSON: a setting that decides which others there are comes before them.
///
/// A new setting is a field of ``TransferSettings`` or of `MosaicSettings`, an entry here, and an `@Option` line.
public struct SettingTable: Sendable {
    public let backend = Setting(
        "backend", "method", at: .root(\.name), decides: [],
        """
        The method: mosaic plays the content with the style's own sound; nsynth optimises a waveform with NSynth's encoder; \
        stft a spectrogram with a network over time.
        """)
    public let mode = Setting(
        "mode", "mode", at: .mosaic(\.mode), everyday: true, decides: [],
        """
        mosaic: what plays the content: grains of the style, for speech and noisy styles; tonal, its spectra at any pitch; play, \
        its recording at varying speed, which plays the melody; or auto, which decides. all makes each, and a page to choose from \
        by ear: out.wav as auto decides, out.grains.wav, out.tonal.wav, out.play.wav and out.html.
        """)
    public let keep = Setting(
        "keep", "share", at: .mosaic(\.keep), unset: "the mode's own", in: { _ in 0...1 },
        "mosaic: how much of the content's articulation is laid over the style's sound.")
    public let octave = Setting(
        "octave", "count", at: .mosaic(\.octave), unset: "0; play: as the style lies", in: { _ in -4...4 },
        "mosaic: octaves by which the melody is moved; inf for none, in play for as many as the style lies from the content."
    )
    public let ground = Setting(
        "ground", "amplitude", at: .mosaic(\.ground), in: { _ in 0...2 },
        """
        mosaic: how loud the style's own recording runs beneath what plays, relative to it; 0 for none. It makes room for what \
        plays, fills short gaps, and fades where the content pauses.
        """)
    public let words = Setting(
        "words", at: .mode(\.wantsWords),
        "mosaic: whether words are to be understood, where the content does not sound spoken.")
    public let blend = Setting(
        "blend", "share", at: .shared(\.blend), everyday: true, in: { _ in 0...1 },
        "From style, 0, to content, 1, with every method; 0.5 is its own balance.")
    public let weights = Setting(
        "weights", "name|file", at: .field(\.weights), decides: [nil],
        unset: "random-128; stft: drawn by --seed",
        "Weights by name, or an HDF5 file; see 'wavestyle weights list'.")
    public let variable = Setting(
        "variable", "variable", at: .field(\.variable), decides: [],
        """
        What is optimised: mulaw, the companded waveform, or spectrum, log magnitudes without phases, as \
        published; waveform, the linear waveform's own spectrum under a preconditioner, which avoids noise; or frames of it, \
        whose real and imaginary parts and magnitudes the network sees (stft).
        """)
    public let preconditionerFloor = Setting(
        "preconditioner-floor", "factor", at: .branch(\.following, \.floor), in: { _ in 1e-6...1 },
        "The smallest step size of a frequency, relative to the largest.")
    public let preconditionerWindow = Setting(
        "preconditioner-window", "samples", at: .branch(\.following, \.window),
        in: { _ in 16...65_536 }, rule: { window, _ in window % 2 == 0 ? nil : "it must be even" },
        "Samples in a frame of that mean spectrum.")
    public let preconditionerSpectrum = Setting(
        "preconditioner-spectrum", "sound", at: .branch(\.network.preconditioner, \.spectrum), decides: [],
        """
        The mean spectrum that sets the step size of each frequency of a waveform: of both sounds, style, content, or flat \
        for none.
        """)
    public let loss = Setting(
        "loss", "loss", at: .branch(\.statistic), decides: [],
        "The style loss: " + StyleStatistic.all.map { "\($0.name) \($0.help)" }.joined(separator: "; ") + ".")
    public let layers = Setting(
        "layers", "layers", at: .branch(\.style, \.layers),
        """
        Where the style is compared. nsynth: relu1, relu2, residual, bottleneck or encoding, with blocks and relative \
        weights as in relu1:1-5@0.2,relu2:30, or relu1:-10 for its first ten. stft: relu1, relu2, ... (conv1, ... \
        without ReLUs), input, or magnitudes, as in relu1-4,relu8@0.5.
        """)
    public let contentLoss = Setting(
        "content-loss", "loss", at: .field(\.contentLoss), decides: [],
        """
        The content loss: features, activations at --content-layer; envelope, the loudness of bands over \
        time, for waveforms; or none.
        """)
    public let envelopeBands = Setting(
        "envelope-bands", "scale", at: .branch(\.content.envelope, \.bands),
        "The envelope's bands: 16 of equal width (linear), or 40 on the mel scale, which also preserve melodies.")
    public let contentLayer = Setting(
        "content-layer", "layers", at: .branch(\.content.features, \.layers),
        unset: "relu2 of the last block; stft: the last layer", "Where the content is compared.")
    public let alpha = Setting(
        "alpha", "weight", at: .field(\.alpha), decides: [1], in: { _ in 0...1e9 },
        "The weight of the content relative to the style; 0 for none.")
    public let styleWeight = Setting(
        "style-weight", "weight", at: .field(\.styleWeight), decides: [1], in: { _ in 0...1e9 },
        "The weight of the style; 0 for none.")
    public let balance = Setting(
        "balance", "rule", at: .field(\.balance),
        """
        auto divides the style loss by its value at the content and the content loss by the variance of the content's \
        features, so that weights mean the same for every pair; none changes neither.
        """)
    public let meanSpectrumWeight = Setting(.meanSpectrum)
    public let spectralStyleWeight = Setting(.spectralStyle)
    public let textureWeight = Setting(.texture)
    public let normalisation = Setting(
        "normalisation", "rule", at: .branch(\.sharedNormalisation), decides: [],
        "How losses are normalised: their mean, their sum, or Gatys' 1/(4 N^2 M^2) and 1/2.")
    public let gramDivisor = Setting(
        "gram-divisor", "count", at: .branch(\.styleDivisor),
        "What Gram matrices are divided by: the map's positions, its entries, or the network's input frames.")
    public let energyWeight = Setting(.energy)
    public let frequencyEnergyWeight = Setting(.frequencyEnergy)
    public let optimizer = Setting("optimizer", "name", at: .field(\.optimizerName), decides: [], "The optimiser.")
    public let learningRate = Setting(
        "learning-rate", "size", at: .branch(\.optimizer.step),
        rule: { step, _ in
            step > 0 && step <= 2 ? nil : "it must be above 0 and at most 2, the whole range of a waveform"
        }, "Adam's step size; 0.05 is 6.4 of a companded waveform's 256 levels.")
    public let corrections = Setting(
        "corrections", "count", at: .branch(\.optimizer.lbfgsb, \.corrections), in: { _ in 1...100 },
        "Steps in L-BFGS-B's memory.")
    public let lossTolerance = Setting(
        "loss-tolerance", "share", at: .branch(\.optimizer.lbfgsb, \.lossTolerance), in: { _ in 0...1 },
        "L-BFGS-B ends when a step decreases the loss by a smaller fraction.")
    public let gradientTolerance = Setting(
        "gradient-tolerance", "size", at: .branch(\.optimizer.lbfgsb, \.gradientTolerance), in: { _ in 0...1e9 },
        "L-BFGS-B ends when the gradient's largest entry is smaller.")
    public let maxEvaluations = Setting(
        "max-evaluations", "count", at: .branch(\.optimizer.lbfgsb, \.maxEvaluations), in: { _ in 1...1e9 },
        "L-BFGS-B ends after this many evaluations of the loss.")
    public let iterations = Setting(
        "iterations", "count", at: .field(\.iterations), in: { _ in 0...1e9 }, "Number of iterations.")
    public let start = Setting(
        "init", "start", at: .field(\.start),
        rule: { start, _ in
            guard case .mix(let share) = start, !(0...1).contains(share) else { return nil }
            return "the share of noise must be between 0 and 1"
        },
        """
        The start: content, equalised (the content with the style's mean spectrum), vocoded (the style with the \
        content's loudness in bands), noise, style, or mix:0.3 for 0.3 of noise and 0.7 of content.
        """)
    public let startNoise = Setting(
        "init-noise", "size", at: .field(\.startNoise),
        in: { 0...($0.optimisation?.network.logSpectrum == nil ? 1 : 10) },
        "Noise added to the start: its amplitude in a waveform, its standard deviation in a log spectrum.")
    public let seed = Setting("seed", "number", at: .field(\.seed), "Seed of all random numbers.")
    public let fit = Setting(
        "fit", "rule", at: .branch(\.lengthFit),
        """
        For --loss l2 and for frames, which need equal lengths: trim cuts the longer sound, pad adds silence to \
        the style, loop repeats it.
        """)
    public let duration = Setting(
        "duration", "seconds", at: .root(\.duration), everyday: true, unset: "to its end", rule: Self.secondsProblem,
        "How much of the content to use; inf for all.")
    public let styleDuration = Setting(
        "style-duration", "seconds", at: .root(\.styleDuration), unset: "to its end", rule: Self.secondsProblem,
        "How much of the style to use; inf for all.")
    public let roundCodes = Setting(
        "round-codes", at: .branch(\.network.roundsCodes), "Round the result to mu-law's 256 levels (nsynth).")
    public let frameLength = Setting(
        "frame-length", "samples", at: .branch(\.lengthOfFrames), decides: [nil, 1_024], unset: "whole sounds",
        in: { _ in 16...16_384 },
        """
        nsynth: cut both sounds, fitted to one length by --fit, into frames under a Hann window, which the network \
        processes one by one. --init noise is then standard normal.
        """)
    public let frameHop = Setting(
        "frame-hop", "samples", at: .branch(\.network.frames, \.hop), unset: "a quarter of --frame-length",
        in: { 1...Double(max($0.optimisation?.network.frames?.length ?? 1, 1)) },
        "nsynth: samples from one frame to the next.")
    public let asPublished = Setting(
        "as-published", at: .branch(\.network.frames, \.asPublished),
        """
        nsynth, in frames: optimise with random weights, though the targets are computed with the given ones, as Mital's \
        code did by mistake.
        """)
    public let sampleRate = Setting(
        "sample-rate", "hertz", at: .branch(\.network.spectral, \.sampleRate), in: { _ in 1_000...384_000 },
        "stft: the rate that sounds are resampled to.")
    public let fftSize = Setting(
        "n-fft", "samples", at: .branch(\.network.spectral, \.fftSize), in: { _ in 16...65_536 },
        "stft: samples in a frame's transform.")
    public let hop = Setting(
        "hop", "samples", at: .branch(\.network.spectral, \.hop),
        rule: { hop, settings in
            let window = settings.optimisation?.network.spectral?.window ?? 0
            guard hop < 1 || hop > window / 2 else { return nil }
            return "it must be between 1 and half the window of \(window), or samples between frames would be lost"
        }, "stft: samples from one frame to the next.")
    public let windowLength = Setting(
        "window-length", "samples", at: .branch(\.network.spectral, \.windowLength), unset: "--n-fft",
        in: { 8...Double(max($0.optimisation?.network.spectral?.fftSize ?? 8, 8)) },
        "stft: samples under the Hann window.")
    public let ceiling = Setting(
        "ceiling", "size", at: .branch(\.network.logSpectrum, \.ceiling), unset: "any", in: { _ in 1e-3...20 },
        "stft: the largest log(1 + magnitude) of the result.")
    public let network = Setting(
        "network", "name", at: .branch(\.network.randomNetwork, \.name), decides: [],
        "stft: wide is one layer of many filters, deep sixteen in VGG-19's stages, alexnet its five.")
    public let filters = Setting(
        "filters", "count", at: .branch(\.wide, \.filters), in: { _ in 1...65_536 }, "stft: filters of the wide layer.")
    public let kernel = Setting(
        "kernel", "frames", at: .branch(\.wide, \.kernel), in: { _ in 1...1_001 },
        "stft: frames that a filter spans.")
    public let padding = Setting(
        "padding", "rule", at: .branch(\.network.edges, \.padding),
        "stft: padding at the ends: valid drops frames, same adds zeros.")
    public let relu = Setting(
        "relu", at: .branch(\.network.edges, \.hasReLU), "stft: whether negative activations become 0.")
    public let bias = Setting(
        "bias", at: .branch(\.network.randomNetwork, \.hasBias), "stft: whether random layers have biases.")
    public let initialisation = Setting(
        "initialisation", "rule", at: .branch(\.network.randomNetwork, \.initialisation),
        "stft: how random weights are drawn.")
    public let phase = Setting(
        "phase", "method", at: .branch(\.network.logSpectrum, \.method), decides: [],
        rule: { method, settings in
            guard method == .leRoux,
                let (window, hop) = settings.optimisation?.network.spectral.map({ ($0.window, $0.hop) }),
                hop > 0, window % hop != 0 || window / hop < 3
            else { return nil }
            return "the window of \(window) must be 3 hops or more, a whole number of them, and a hop is \(hop)"
        }, "stft: how phases are estimated.")
    public let phaseIterations = Setting(
        "phase-iterations", "count", at: .branch(\.network.logSpectrum, \.iterations), in: { _ in 0...1e6 },
        "stft: number of phase iterations.")
    public let phaseMomentum = Setting(
        "phase-momentum", "share", at: .branch(\.momentum), in: { _ in 0...10 }, "stft: the momentum of --phase fast.")
    public let phaseStart = Setting(
        "phase-start", "phases", at: .branch(\.network.logSpectrum, \.start), "stft: its initial phases.")

    private static let secondsProblem: @Sendable (Double?, MethodSettings) -> String? = { seconds, _ in
        seconds.map { $0 > 0 } ?? true ? nil : "it must be more than 0 seconds"
    }
}

extension SettingTable {
    /// The table.
    public static let shared = SettingTable()
    /// Its settings, in its order.
    public static let all = Mirror(reflecting: shared).children.compactMap { $0.value as? Setting }
}

/// Branches within branches.
extension TransferSettings {
    fileprivate var following: PreconditionerSettings.Following? {
        get { network.preconditioner?.following }
        set { network.preconditioner?.following = newValue }
    }

    fileprivate var wide: WideLayerSettings? {
        get { network.randomNetwork?.wide }
        set { network.randomNetwork?.wide = newValue }
    }

    fileprivate var momentum: Double? {
        get { network.logSpectrum?.momentum }
        set { network.logSpectrum?.momentum = newValue }
    }
}
