// SPDX-License-Identifier: Apache-2.0

/// Choices between branches by name, and leaves that lie on several branches, as options know them.
extension TransferSettings {
    /// The content loss.
    public enum ContentLoss: String, CaseIterable, Sendable {
        /// Activations.
        case features
        /// Band envelopes over time: ``EnvelopeLoss``.
        case envelope
        /// Nothing.
        case none
    }

    /// The backend.
    public var backend: BackendName { network.backend }

    /// The variable. Another one brings its usual start and step.
    public var variable: VariableName {
        get { network.variable }
        set {
            guard newValue != network.variable else { return }
            network.variable = newValue
            (start, startNoise) = network.usualStart
            optimizer.step = optimizer.step.map { _ in network.usualStep }
        }
    }

    /// Samples of a frame; nil for whole sounds.
    var lengthOfFrames: Int?? {
        get { variable == .mulaw ? .some(network.frames?.length) : nil }
        set { network.frames = (newValue ?? nil).map { FrameSettings(length: $0, fit: lengthFit ?? .trim) } }
    }

    /// The weights; nil for the default ones.
    public var weights: String? {
        get { network.weights }
        set { network.weights = newValue }
    }

    /// What compares styles; nil for no style.
    var statistic: StyleStatistic? {
        get { style?.comparison.statistic }
        set { compare(by: newValue) }
    }

    /// Of the style and of the content.
    var sharedNormalisation: LossNormalisation? {
        get { style?.comparison.normalisation ?? content.features?.normalisation }
        set {
            compare(normalisation: newValue)
            if let newValue { content.features?.normalisation = newValue }
        }
    }

    var styleDivisor: GramDivisor? {
        get { style?.comparison.divisor }
        set { compare(divisor: newValue) }
    }

    /// How the style is brought to the content's length; nil where that is not needed.
    var lengthFit: LengthFit? {
        get { network.fitOfFrames ?? style?.comparison.fit }
        set {
            compare(fit: newValue)
            network.fitOfFrames = newValue
        }
    }

    private mutating func compare(
        by statistic: StyleStatistic? = nil, normalisation: LossNormalisation? = nil, divisor: GramDivisor? = nil,
        fit: LengthFit? = nil
    ) {
        guard let old = style?.comparison else { return }
        let new = StyleComparison(
            statistic ?? old.statistic,
            normalisation: normalisation ?? old.normalisation ?? content.features?.normalisation
                ?? network.usualNormalisation,
            divisor: divisor ?? old.divisor ?? network.usualDivisor, fit: fit ?? old.fit)
        style?.comparison = new
    }

    /// The weight of the style; 0 for none.
    public var styleWeight: Double {
        get { style?.weight ?? 0 }
        set {
            var style = style ?? StyleSettings(network)
            style.weight = newValue
            self.style = newValue == 0 ? nil : style
        }
    }

    /// The content loss.
    public var contentLoss: ContentLoss {
        get {
            switch content {
            case .none: .none
            case .features: .features
            case .envelope: .envelope
            }
        }
        set {
            guard newValue != contentLoss else { return }
            let weight = content == .none ? network.usualAlpha : alpha
            switch newValue {
            case .none: content = .none
            case .features: content = .features(features(alpha: weight))
            case .envelope: content = .envelope(EnvelopeSettings(alpha: weight))
            }
        }
    }

    /// Activations as the content, compared as the style's are.
    func features(alpha: Double) -> FeatureSettings {
        FeatureSettings(alpha: alpha, normalisation: sharedNormalisation ?? network.usualNormalisation)
    }

    /// The weight of the content relative to the style; 0 for none.
    public var alpha: Double {
        get { content.features?.alpha ?? content.envelope?.alpha ?? 0 }
        set {
            content.features?.alpha = newValue
            content.envelope?.alpha = newValue
            if newValue == 0 { content = .none }
        }
    }

    /// Which optimiser.
    var optimizerName: OptimizerName {
        get { optimizer.lbfgsb == nil ? .adam : .lbfgsb }
        set {
            guard newValue != optimizerName else { return }
            optimizer = newValue == .adam ? .adam(step: network.usualStep) : .lbfgsb(LBFGSBSettings())
        }
    }
}

/// Which optimiser.
public enum OptimizerName: String, CaseIterable, Sendable {
    /// ``Optimizers/Adam``.
    case adam
    /// ``Optimizers/LBFGSB``.
    case lbfgsb
}
