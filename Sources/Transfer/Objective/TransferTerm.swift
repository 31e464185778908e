// SPDX-License-Identifier: Apache-2.0
import Matrices

/// A term of the total, made where settings ask for it. What there is stands in ``TransferTerms/all``: a new one is a file and a
/// line there.
protocol TransferTerm: Sendable {
    /// Adds the term's losses, if the settings give it a weight.
    ///
    /// - Throws: ``Failure`` where its targets have no place.
    func add<Network>(to terms: inout TermSet<Network.Point>, _ context: TermContext<Network>) throws
}

enum TransferTerms {
    /// All terms, in the order of a trace.
    static let all: [any TransferTerm] = [
        StyleTerm(), ContentFeatureTerm(), EnvelopeTerm(), MeanSpectrumTerm(), SpectralStyleTerm(), TextureTerm(),
        EnergyTerm(),
    ]
}

/// What terms are made from.
struct TermContext<Network: TransferNetwork> {
    let settings: TransferSettings
    let network: Network
    let session: Network.Session
    let strategy: MemoryStrategy
    let sounds: TransferSounds
    /// Style summaries that are known already, and where new ones go; nil for nowhere.
    let cache: TargetCache?
    /// The lengths by which forms of a loss are chosen.
    let decisive: TransferSizes

    var threads: Int { network.threads }
}

extension TransferSounds {
    /// The sounds as a network and its terms take them.
    init<Network: TransferNetwork>(
        content: [Float], styles: [StyleSignal], _ sizes: TransferSizes, for network: Network
    ) {
        let content = Array(content.prefix(network.samples))
        let isPlan = MemoryLedger.isPlanning
        self.init(
            content: content, styles: styles, sizes: sizes, contentInput: isPlan ? [] : network.input(of: content),
            styleInputs: styles.map { style in
                isPlan ? [] : network.input(of: sizes.fit?.fit(style.samples, to: network.samples) ?? style.samples)
            })
    }
}

/// The sounds of a transfer, and what they are for its network.
struct TransferSounds {
    /// The part of the content that is optimised.
    let content: [Float]
    /// As they were given.
    let styles: [StyleSignal]
    let sizes: TransferSizes
    /// The network's inputs of the content, and of each style in the length that it is looked at; nothing while memory is only
    /// planned.
    let contentInput: [Float]
    let styleInputs: [[Float]]

    var shares: [Double] { styles.shares }

    /// The styles' inputs, one over the other, repeated or cut to so many values.
    func mixedStyleInput(count: Int, fit: LengthFit) -> [Float] {
        zip(styleInputs, styles).map { StyleSignal($0, weight: $1.weight) }.mixed(to: count, fit: fit)
    }
}
