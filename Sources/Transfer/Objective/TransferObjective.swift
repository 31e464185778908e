// SPDX-License-Identifier: Apache-2.0
import Matrices
import Optimizers
import Spectrogram

/// An objective whose variables are a sound.
public protocol TransferObjective: Objective {
    /// How it trades memory for time.
    var strategy: MemoryStrategy { get }
    /// The sound of x: mono samples at the backend's rate.
    ///
    /// - Parameter listener: told how far phase estimation is, where there is one; false ends it early.
    /// - Throws: what the listener throws.
    func waveform(of x: [Float], listener: (PhaseReconstruction.Progress) throws -> Bool) throws -> [Float]
    /// Where numbers stop being finite at x: the first layer, or the term, as `the style loss became NaN at relu1:7`; nil where the loss and
    /// its gradient are finite. Takes some evaluations.
    func problem(at x: [Float]) throws -> String?
}

/// The one objective: a network, a variable, and terms,
///
///     L(x) = sum of weight * term(F(x), input(x), y(x))
///
/// with the maps F of the network at its points, the network's input, and the waveform y where the variable is one. All memory
/// of a run is allocated here, so a plan is this very code (``MemoryPlan``).
final class NetworkObjective<Network: TransferNetwork>: TransferObjective {
    let strategy: MemoryStrategy
    let variable: any TransferVariable
    let network: Network
    let session: Network.Session
    let terms: TermSet<Network.Point>
    private let isBalanced: Bool
    private let memory: MemoryLedger.Entry?

    /// - Parameters:
    ///   - sizes: of the sounds, for this network.
    ///   - decisive: the lengths by which forms of a loss are chosen: the whole sounds', where these are parts of them.
    ///   - cache: style statistics that are known already; nil for none.
    /// - Throws: ``Failure`` where there is no place for targets.
    init(
        _ network: Network, content: [Float], styles: [StyleSignal], _ sizes: TransferSizes, settings: TransferSettings,
        strategy: MemoryStrategy, decisive: TransferSizes, cache: TargetCache?,
        variable: (TransferSounds) -> any TransferVariable
    ) throws {
        let sounds = TransferSounds(content: content, styles: styles, sizes, for: network)
        let session = MemoryLedger.named("activations") { network.session(strategy) }
        let context = TermContext(
            settings: settings, network: network, session: session, strategy: strategy, sounds: sounds, cache: cache,
            decisive: decisive)
        var terms = TermSet<Network.Point>()
        for term in TransferTerms.all { try term.add(to: &terms, context) }
        if let blend = settings.blend { terms.blend(blend) }
        isBalanced = settings.balance == .auto
        let visitors = isBalanced ? terms.visitors.merging(terms.observers) { $0 + $1 } : terms.visitors
        MemoryLedger.named("losses") { session.announce(visitors) }
        if isBalanced, !MemoryLedger.isPlanning {
            session.observe(sounds.contentInput, visitors: visitors)
            terms.balance()
        }
        (self.strategy, self.network, self.session, self.terms) = (strategy, network, session, terms)
        self.variable = variable(sounds)
        // Inputs of the sounds; the start, x, its gradient, and for steps the next ones and the best x.
        let inputs = network.inputValues(samples: network.samples) * (1 + sizes.styles.count)
        let iterates = (settings.iterations > 0 ? 6 : 3) * self.variable.dimension
        memory = MemoryLedger.note("iterates", bytes: (inputs + iterates) * MemoryLayout<Float>.size)
    }

    var dimension: Int { variable.dimension }
    var bounds: ClosedRange<Float>? { variable.bounds }
    var start: [Float] { variable.start }

    func evaluate(_ x: [Float]) throws -> (losses: Losses, gradient: [Float]) {
        let point = variable.point(at: x)
        var gradient = try session.evaluate(point.input, visitors: terms.visitors)
        for (_, loss) in terms.onInput { loss.evaluate(point.input, addingTo: &gradient) }
        gradient = variable.gradient(gradient, at: point, adding: terms.onWaveform)
        return (terms.terms.losses(balanced: isBalanced), gradient)
    }

    func waveform(of x: [Float], listener: (PhaseReconstruction.Progress) throws -> Bool) throws -> [Float] {
        try variable.sound(of: x, listener: listener)
    }
}
