// SPDX-License-Identifier: Apache-2.0
import Files

extension TransferSettings {
    /// The settings that some values ask for, the backend's defaults elsewhere.
    ///
    /// - Parameters:
    ///   - given: by the user: each must count for something.
    ///   - preset: below them; what they make idle is left out.
    /// - Throws: ``Failure`` of kind `usage` for values out of range, and for given ones that change nothing.
    public init(_ given: SettingValues, over preset: SettingValues = SettingValues()) throws(Failure) {
        self = try TransferSettings(taking: given.over(preset))
        for setting in given.settings {
            guard let reason = setting.reasonNotToApply(among: self) else { continue }
            throw Failure(
                .usage, "cannot use", at: setting.option, why: "it changes nothing with \(reason)",
                remedy: "leave it out")
        }
        // What the preset had for another optimiser, network or backend must not come back in by chance.
        let resolved = self
        self = try TransferSettings(taking: given.over(preset).filter { $0.applies(among: resolved) })
        try validate()
    }

    private init(taking values: SettingValues) throws(Failure) {
        let backend: BackendName = try values.choice(.backend) ?? .nsynth
        try self.init(defaultsFor: backend)
        weights = try values.text(.weights)
        variable = try values.choice(.variable) ?? variable
        if variable == .waveform {
            learningRate = 0.02
            start = .content
            startNoise = 0
        }
        preconditioner.floor = try values.number(.preconditionerFloor) ?? preconditioner.floor
        preconditioner.window = try values.count(.preconditionerWindow) ?? preconditioner.window
        preconditioner.spectrum = try values.choice(.preconditionerSpectrum) ?? preconditioner.spectrum
        loss = try values.choice(.loss) ?? loss
        if let text = try values.text(.layers) { layers = try LayerSelection(text, for: backend) }
        contentLayer =
            if let text = try values.text(.contentLayer) { try LayerSelection(text, for: backend) } else { nil }
        contentLoss = try values.choice(.contentLoss) ?? contentLoss
        envelopeBands = try values.choice(.envelopeBands) ?? envelopeBands
        alpha = contentLoss == .none ? 0 : try values.number(.alpha) ?? alpha
        styleWeight = try values.number(.styleWeight) ?? styleWeight
        balance = try values.choice(.balance) ?? balance
        meanSpectrumWeight = try values.number(.meanSpectrumWeight) ?? meanSpectrumWeight
        spectralStyleWeight = try values.number(.spectralStyleWeight) ?? spectralStyleWeight
        normalisation = try values.choice(.normalisation) ?? normalisation
        let dividesByPositions = loss == .kl || normalisation == .gatys
        gramDivisor = dividesByPositions ? .positions : try values.choice(.gramDivisor) ?? gramDivisor
        energyWeight = try values.number(.energyWeight) ?? energyWeight
        frequencyEnergyWeight = try values.number(.frequencyEnergyWeight) ?? frequencyEnergyWeight
        optimizer = try values.choice(.optimizer) ?? optimizer
        learningRate = try values.number(.learningRate) ?? learningRate
        corrections = try values.count(.corrections) ?? corrections
        lossTolerance = try values.number(.lossTolerance) ?? lossTolerance
        gradientTolerance = try values.number(.gradientTolerance) ?? gradientTolerance
        maxEvaluations = try values.count(.maxEvaluations) ?? maxEvaluations
        iterations = try values.count(.iterations) ?? iterations
        if let text = try values.text(.start) {
            guard let mode = StartMode(text) else {
                throw Failure(
                    .usage, "cannot use", at: "--init \(text)",
                    why: "the choices are content, equalised, vocoded, noise, style, mix:SHARE")
            }
            start = mode
        }
        startNoise = try values.number(.startNoise) ?? startNoise
        seed = try values.whole(.seed) ?? seed
        fit = try values.choice(.fit) ?? fit
        // An infinite one is all there is, to take back a preset's.
        duration = try values.number(.duration).flatMap { $0 == .infinity ? nil : $0 }
        styleDuration = try values.number(.styleDuration).flatMap { $0 == .infinity ? nil : $0 }
        roundsCodes = try values.flag(.roundCodes) ?? roundsCodes
        frameLength = try values.count(.frameLength)
        frameHop = try values.count(.frameHop)
        asPublished = try values.flag(.asPublished) ?? asPublished
        sampleRate = try values.count(.sampleRate) ?? sampleRate
        fftSize = try values.count(.fftSize) ?? fftSize
        hop = try values.count(.hop) ?? hop
        windowLength = try values.count(.windowLength)
        ceiling = try values.number(.ceiling)
        network = try values.choice(.network) ?? network
        filters = try values.count(.filters) ?? filters
        kernel = try values.count(.kernel) ?? kernel
        padding = try values.choice(.padding) ?? padding
        hasReLU = try values.flag(.relu) ?? hasReLU
        if !hasReLU, network == .wide, values[.layers] == nil { layers = try LayerSelection("conv1", for: backend) }
        hasBias = try values.flag(.bias) ?? hasBias
        initialisation = try values.choice(.initialisation) ?? initialisation
        phase.method = try values.choice(.phase) ?? phase.method
        phase.iterations = try values.count(.phaseIterations) ?? phase.iterations
        phase.momentum = try values.number(.phaseMomentum) ?? phase.momentum
        phase.start = try values.choice(.phaseStart) ?? phase.start
        phase.seed = seed
    }

    /// Every setting that counts, with its value: what gives these settings again.
    public var values: SettingValues {
        var all: [Setting: SettingValues.Value] = [
            .backend: .text(backend.rawValue), .variable: .text(variable.rawValue),
            .preconditionerFloor: .number(preconditioner.floor),
            .preconditionerWindow: .whole(UInt64(preconditioner.window)),
            .preconditionerSpectrum: .text(preconditioner.spectrum.rawValue), .loss: .text(loss.rawValue),
            .layers: .text(layers.description), .contentLoss: .text(contentLoss.rawValue),
            .envelopeBands: .text(envelopeBands.rawValue),
            .balance: .text(balance.rawValue), .meanSpectrumWeight: .number(meanSpectrumWeight),
            .spectralStyleWeight: .number(spectralStyleWeight), .alpha: .number(alpha),
            .styleWeight: .number(styleWeight), .normalisation: .text(normalisation.rawValue),
            .gramDivisor: .text(gramDivisor.rawValue), .energyWeight: .number(energyWeight),
            .frequencyEnergyWeight: .number(frequencyEnergyWeight), .optimizer: .text(optimizer.rawValue),
            .learningRate: .number(learningRate), .corrections: .whole(UInt64(corrections)),
            .lossTolerance: .number(lossTolerance), .gradientTolerance: .number(gradientTolerance),
            .maxEvaluations: .whole(UInt64(maxEvaluations)), .iterations: .whole(UInt64(iterations)),
            .start: .text(start.description), .startNoise: .number(startNoise), .seed: .whole(seed),
            .fit: .text(fit.rawValue), .roundCodes: .flag(roundsCodes), .sampleRate: .whole(UInt64(sampleRate)),
            .fftSize: .whole(UInt64(fftSize)), .hop: .whole(UInt64(hop)), .network: .text(network.rawValue),
            .filters: .whole(UInt64(filters)), .kernel: .whole(UInt64(kernel)), .padding: .text(padding.rawValue),
            .relu: .flag(hasReLU), .bias: .flag(hasBias), .initialisation: .text(initialisation.rawValue),
            .phase: .text(phase.method.rawValue), .phaseIterations: .whole(UInt64(phase.iterations)),
            .phaseMomentum: .number(phase.momentum), .phaseStart: .text(phase.start.rawValue),
        ]
        all[.weights] = weights.map { .text($0) }
        all[.contentLayer] = contentLayer.map { .text($0.description) }
        all[.duration] = duration.map { .number($0) }
        all[.styleDuration] = styleDuration.map { .number($0) }
        all[.frameLength] = frameLength.map { .whole(UInt64($0)) }
        all[.frameHop] = frameLength.map { .whole(UInt64(frameStep($0))) }
        all[.asPublished] = .flag(asPublished)
        all[.windowLength] = windowLength.map { .whole(UInt64($0)) }
        all[.ceiling] = ceiling.map { .number($0) }
        return SettingValues(all).filter { $0.applies(among: self) }
    }

    /// Checks every number that a user can set.
    ///
    /// - Throws: ``Failure`` of kind `usage`, naming the command line's option.
    public func validate() throws(Failure) {
        func require(
            _ holds: Bool, _ setting: Setting, _ value: some CustomStringConvertible, _ rule: String
        ) throws(Failure) {
            guard holds else { throw Failure(.usage, "cannot use", at: "\(setting.option) \(value)", why: rule) }
        }
        func require(_ value: Double, _ setting: Setting, in range: ClosedRange<Double>) throws(Failure) {
            try require(
                range.contains(value), setting, value,
                "it must lie between \(Self.text(range.lowerBound)) and \(Self.text(range.upperBound))")
        }
        func require(_ value: Int, _ setting: Setting, in range: ClosedRange<Int>) throws(Failure) {
            try require(
                range.contains(value), setting, value,
                "it must lie between \(range.lowerBound) and \(range.upperBound)")
        }
        for (setting, weight) in [
            (Setting.alpha, alpha), (.styleWeight, styleWeight), (.energyWeight, energyWeight),
            (.frequencyEnergyWeight, frequencyEnergyWeight), (.meanSpectrumWeight, meanSpectrumWeight),
            (.spectralStyleWeight, spectralStyleWeight),
        ] {
            try require(weight, setting, in: 0...1e9)
        }
        try require(
            alpha + styleWeight + energyWeight + frequencyEnergyWeight + meanSpectrumWeight + spectralStyleWeight > 0,
            .styleWeight, styleWeight,
            "no loss has a weight above 0")
        try require(
            backend == .stft || styleWeight > 0 || comparesContentFeatures, .styleWeight, styleWeight,
            "--backend nsynth needs the style, or the content's features")
        let variables: [VariableName] = backend == .nsynth ? [.mulaw, .waveform] : [.spectrum, .waveform]
        try require(
            variables.contains(variable), .variable, variable.rawValue,
            "the choices with --backend \(backend.rawValue) are "
                + variables.map(\.rawValue).joined(separator: " and "))
        if variable == .waveform {
            try require(
                frameLength == nil, .variable, variable.rawValue, "frames are companded: leave out --frame-length")
            try require(preconditioner.floor, .preconditionerFloor, in: 1e-6...1)
            try require(preconditioner.window, .preconditionerWindow, in: 16...65_536)
            try require(
                preconditioner.window % 2 == 0, .preconditionerWindow, preconditioner.window, "it must be even")
        }
        for (setting, weight) in [
            (Setting.meanSpectrumWeight, meanSpectrumWeight), (.spectralStyleWeight, spectralStyleWeight),
        ] where weight > 0 {
            guard let reason = reasonToHaveNoWaveform else { continue }
            try require(false, setting, weight, "it needs a whole waveform, and there is \(reason)")
        }
        if alpha > 0, contentLoss == .envelope, let reason = reasonToHaveNoWaveform {
            try require(false, .contentLoss, contentLoss.rawValue, "it needs a whole waveform, and there is \(reason)")
        }
        try require(
            learningRate > 0 && learningRate <= 2, .learningRate, learningRate,
            "it must be above 0 and at most 2, the whole range of a waveform")
        try require(corrections, .corrections, in: 1...100)
        try require(lossTolerance, .lossTolerance, in: 0...1)
        try require(gradientTolerance, .gradientTolerance, in: 0...1e9)
        try require(maxEvaluations, .maxEvaluations, in: 1...1_000_000_000)
        try require(iterations, .iterations, in: 0...1_000_000_000)
        try require(startNoise, .startNoise, in: 0...(variable == .spectrum ? 10 : 1))
        if case .mix(let share) = start {
            try require(share >= 0 && share <= 1, .start, start, "the share of noise must lie between 0 and 1")
        }
        for (setting, seconds) in [(Setting.duration, duration), (.styleDuration, styleDuration)] {
            guard let seconds else { continue }
            try require(seconds > 0, setting, seconds, "it must be more than 0 seconds")
        }
        if let late = snapshots.first(where: { !(0...iterations).contains($0) }) {
            throw Failure(
                .usage, "cannot use", at: "--snapshots \(late)",
                why: "there is no such iteration between 0 and \(iterations)")
        }
        if backend == .nsynth, let frameLength {
            try require(frameLength, .frameLength, in: 16...16_384)
            try require(frameStep(frameLength), .frameHop, in: 1...frameLength)
            for (setting, weight) in [
                (Setting.energyWeight, energyWeight), (.frequencyEnergyWeight, frequencyEnergyWeight),
            ] {
                try require(
                    weight == 0, setting, weight, "energies are those of a whole sound, and --frame-length gives frames"
                )
            }
        }
        guard backend == .stft else { return }
        try require(sampleRate, .sampleRate, in: 1_000...384_000)
        try require(fftSize, .fftSize, in: 16...65_536)
        if let windowLength { try require(windowLength, .windowLength, in: 8...fftSize) }
        let window = windowLength ?? fftSize
        try require(
            hop >= 1 && hop <= window / 2, .hop, hop,
            "it must lie between 1 and half the window of \(window), or samples between the frames are lost")
        if let ceiling { try require(ceiling, .ceiling, in: 1e-3...20) }
        try require(filters, .filters, in: 1...65_536)
        try require(kernel, .kernel, in: 1...1_001)
        try require(phase.iterations, .phaseIterations, in: 0...1_000_000)
        try require(phase.momentum, .phaseMomentum, in: 0...10)
        if phase.method == .leRoux {
            let length = windowLength ?? fftSize
            try require(
                length % hop == 0 && length / hop >= 3, .phase, phase.method.rawValue,
                "the window of \(length) must be 3 hops or more, a whole number of them, and a hop is \(hop)")
        }
    }

    private static func text(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }
}
