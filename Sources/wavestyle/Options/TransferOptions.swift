// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Spectrogram
import Transfer

/// What is optimised, and how, with either backend. Options that are not given are the preset's, or the backend's defaults.
struct TransferOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            What computes, as published: nsynth optimises the waveform under NSynth's encoder; stft a spectrogram under a \
            network over time. (default: nsynth)
            """, valueName: "backend"))
    var backend: BackendName?

    @Option(
        help: ArgumentHelp(
            """
            Settings by name (see 'wavestyle presets'), or a JSON file of them; options given beside it win. Without one, and \
            without an option that names another method (--backend, --variable, --loss, --layers, --optimizer, --init, ...), it \
            is clean; with such an option, the published form, whose defaults are those below.
            """,
            valueName: "name|file"), completion: .file())
    var preset: String?

    @Option(
        help: ArgumentHelp(
            """
            What the optimiser moves: mulaw, the companded waveform, or spectrum, log magnitudes without phases, as \
            published; or waveform, the linear waveform's own spectrum under a preconditioner, which keeps noise out. \
            (default: mulaw; stft: spectrum)
            """, valueName: "variable"))
    var variable: VariableName?

    @Option(
        help: ArgumentHelp(
            """
            Whose mean spectrum says how freely each frequency of a waveform moves: both sounds', style, content, or flat \
            for none. (default: both)
            """, valueName: "sound"))
    var preconditionerSpectrum: PreconditionerSettings.Spectrum?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How freely the least of them moves, beside the most. (default: 0.001)", valueName: "factor"))
    var preconditionerFloor: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Samples of the frames of that mean spectrum. (default: 1024)", valueName: "samples"))
    var preconditionerWindow: Int?

    @Option(
        help: ArgumentHelp(
            """
            The style loss: gram compares statistics, kl too, its weak directions as much as its strong ones; l2 compares \
            the activations step by step. (default: gram)
            """, valueName: "loss"))
    var loss: TransferSettings.StyleLoss?

    @Option(
        help: ArgumentHelp(
            """
            Where the style is compared. nsynth: relu1, relu2, residual, bottleneck or encoding, with blocks and relative \
            weights as in relu1:1-5@0.2,relu2:30, or relu1:-10 for its first ten. stft: relu1, relu2, ... (conv1, ... without ReLUs) or input, as in \
            relu1-4,relu8@0.5. (default: relu1)
            """, valueName: "layers"))
    var layers: String?

    @Option(
        help: ArgumentHelp(
            """
            What the content is compared by: features, activations at --content-layer; envelope, the loudness of bands over \
            time, of a waveform; or none. (default: features)
            """, valueName: "loss"))
    var contentLoss: TransferSettings.ContentLoss?

    @Option(
        help: ArgumentHelp(
            "The envelope's bands: 16 of equal width (linear), or 40 on the mel scale, which keep melodies too. (default: linear)",
            valueName: "scale"))
    var envelopeBands: TransferSettings.EnvelopeBandsName?

    @Option(
        help: ArgumentHelp(
            "Where the content is compared. (default: relu2 of the last block; stft: the last layer)",
            valueName: "layers"))
    var contentLayer: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The weight of the content beside the style; 0 for none. (default: 1; stft: 0.01; clean: 0.08)",
            valueName: "weight"))
    var alpha: Double?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("The weight of the style. (default: 1)", valueName: "weight"))
    var styleWeight: Double?

    @Option(
        help: ArgumentHelp(
            """
            auto divides the style loss by its value at the content and the content loss by the variance of the content's \
            features, so that weights mean the same for every pair; none leaves both. (default: none)
            """, valueName: "way"))
    var balance: TransferSettings.Balance?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The weight of the distance of mean log spectra from the style, of a waveform. (default: 0)",
            valueName: "weight"))
    var meanSpectrumWeight: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            The weight of the style under a second network, 512 random filters over spectra, as a share of its value at the \
            content; of a waveform. (default: 0)
            """, valueName: "weight"))
    var spectralStyleWeight: Double?

    @Option(
        help: ArgumentHelp(
            """
            How sums over entries become losses: their mean, their sum, or Gatys' 1/(4 N^2 M^2) and 1/2. (default: mean; \
            stft: sum)
            """, valueName: "rule"))
    var normalisation: LossNormalisation?

    @Option(
        help: ArgumentHelp(
            """
            What Gram matrices are divided by: the map's positions, its entries, or the network's input frames. (default: \
            positions; stft: frames)
            """, valueName: "count"))
    var gramDivisor: GramDivisor?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The weight of the distance of the spectrograms' energies over time. (default: 0)", valueName: "weight"))
    var energyWeight: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The same over frequencies. (default: 0)", valueName: "weight"))
    var frequencyEnergyWeight: Double?

    @Option(help: ArgumentHelp("The optimiser. (default: adam; stft: lbfgsb)", valueName: "name"))
    var optimizer: OptimizerName?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            Adam's step size; 0.05 is 6.4 of a companded waveform's 256 levels. (default: 0.05; stft: 0.03; --variable \
            waveform: 0.02)
            """, valueName: "size"))
    var learningRate: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Steps that L-BFGS-B remembers. (default: 10)", valueName: "count"))
    var corrections: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "L-BFGS-B ends where a step gains a smaller share of the loss. (default: 2.2e-9)", valueName: "share"))
    var lossTolerance: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "L-BFGS-B ends where the gradient's largest entry is smaller. (default: 1e-5)", valueName: "size"))
    var gradientTolerance: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "L-BFGS-B ends after so many evaluations of the loss. (default: 15000)", valueName: "count"))
    var maxEvaluations: Int?

    @Option(parsing: .unconditional, help: ArgumentHelp("Steps to take. (default: 100; stft: 300)", valueName: "count"))
    var iterations: Int?

    @Option(
        name: .customLong("init"),
        help: ArgumentHelp(
            """
            The start: content, equalised (the content with the style's mean spectrum), vocoded (the style under the content's loudness in bands), noise, style, or mix:0.3 for 0.3 of \
            noise and 0.7 of content. (default: content; --variable spectrum: noise)
            """, valueName: "start"))
    var start: StartMode?

    @Option(
        name: .customLong("init-noise"), parsing: .unconditional,
        help: ArgumentHelp(
            """
            Noise added to the start: its amplitude in a waveform, its deviation in a log spectrum. (default: 1e-6; \
            --variable spectrum: 0.001, waveform: 0)
            """, valueName: "size"))
    var startNoise: Double?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Decides all random numbers. (default: 0)", valueName: "number"))
    var seed: UInt64?

    @Option(
        help: ArgumentHelp(
            """
            For --loss l2 and --frame-length, which need equal lengths: trim cuts the longer sound, pad adds silence to the style, loop \
            repeats it. (default: trim)
            """, valueName: "way"))
    var fit: LengthFit?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            """
            nsynth: cut both sounds, brought to one length by --fit, into frames under a Hann window, which the network \
            sees one by one. --init noise is then standard normal. (default: whole sounds)
            """, valueName: "samples"))
    var frameLength: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "nsynth: samples from one frame to the next. (default: a quarter of --frame-length)",
            valueName: "samples"))
    var frameHop: Int?

    @Flag(
        inversion: .prefixedNo,
        help: """
            nsynth, in frames: optimise under random weights, though the targets come from the given ones, as Mital's \
            code did by mistake. (default: --no-as-published)
            """)
    var asPublished: Bool?

    /// What is given here.
    var values: SettingValues {
        var values = SettingValues()
        values.add(backend, .backend)
        values.add(variable, .variable)
        values.add(preconditionerSpectrum, .preconditionerSpectrum)
        values.add(preconditionerFloor, .preconditionerFloor)
        values.add(preconditionerWindow, .preconditionerWindow)
        values.add(loss, .loss)
        values.add(layers, .layers)
        values.add(contentLoss, .contentLoss)
        values.add(envelopeBands, .envelopeBands)
        values.add(contentLayer, .contentLayer)
        values.add(alpha, .alpha)
        values.add(styleWeight, .styleWeight)
        values.add(balance, .balance)
        values.add(meanSpectrumWeight, .meanSpectrumWeight)
        values.add(spectralStyleWeight, .spectralStyleWeight)
        values.add(normalisation, .normalisation)
        values.add(gramDivisor, .gramDivisor)
        values.add(energyWeight, .energyWeight)
        values.add(frequencyEnergyWeight, .frequencyEnergyWeight)
        values.add(optimizer, .optimizer)
        values.add(learningRate, .learningRate)
        values.add(corrections, .corrections)
        values.add(lossTolerance, .lossTolerance)
        values.add(gradientTolerance, .gradientTolerance)
        values.add(maxEvaluations, .maxEvaluations)
        values.add(iterations, .iterations)
        values.add(start?.description, .start)
        values.add(startNoise, .startNoise)
        if let seed { values[.seed] = .whole(seed) }
        values.add(fit, .fit)
        values.add(frameLength, .frameLength)
        values.add(frameHop, .frameHop)
        values.add(asPublished, .asPublished)
        return values
    }
}

extension SettingValues {
    mutating func add(_ text: String?, _ setting: Setting) {
        if let text { self[setting] = .text(text) }
    }

    mutating func add<Choice: RawRepresentable<String>>(_ choice: Choice?, _ setting: Setting) {
        add(choice?.rawValue, setting)
    }

    mutating func add(_ number: Double?, _ setting: Setting) {
        if let number { self[setting] = .number(number) }
    }

    /// A number below 0 stays one, to be refused with its name.
    mutating func add(_ count: Int?, _ setting: Setting) {
        if let count { self[setting] = UInt64(exactly: count).map { .whole($0) } ?? .number(Double(count)) }
    }

    mutating func add(_ flag: Bool?, _ setting: Setting) {
        if let flag { self[setting] = .flag(flag) }
    }
}

extension BackendName: ExpressibleByArgument {}
extension VariableName: ExpressibleByArgument {}
extension PreconditionerSettings.Spectrum: ExpressibleByArgument {}
extension OptimizerName: ExpressibleByArgument {}
extension LossNormalisation: ExpressibleByArgument {}
extension GramDivisor: ExpressibleByArgument {}
extension TransferSettings.StyleLoss: ExpressibleByArgument {}
extension TransferSettings.ContentLoss: ExpressibleByArgument {}
extension TransferSettings.EnvelopeBandsName: ExpressibleByArgument {}
extension TransferSettings.Balance: ExpressibleByArgument {}
extension LengthFit: ExpressibleByArgument {}

extension StartMode: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
    public var defaultValueDescription: String { description }
}
