// SPDX-License-Identifier: Apache-2.0
import Matrices
import Spectrogram
import Synchronization
import WaveEncoder

extension NetworkObjective {
    /// Follows the signal from x to the loss, and each term's gradient back.
    func problem(at x: [Float]) throws -> String? {
        if let value = x.oddity { return "x became \(value)" }
        let point = variable.point(at: x)
        if let value = point.input.oddity { return "the network's input became \(value)" }
        let (losses, gradient) = try evaluate(x)
        guard !losses.total.isFinite || gradient.oddity != nil else { return nil }
        return try activationProblem(at: point.input) ?? lossProblem() ?? gradientProblem(at: point)
            ?? "the sum of \(losses.total.isFinite ? "gradients" : "losses") became infinite"
    }

    /// The first layer whose activations are not finite, whether or not a term looks at it.
    private func activationProblem(at input: [Float]) -> String? {
        let checks = network.path.map { ($0, FiniteCheck()) }
        network.pathSession(strategy).read(input, visitors: Dictionary(uniqueKeysWithValues: checks.map { ($0, [$1]) }))
        return checks.lazy.compactMap { [network] point, check in
            check.oddity.map { "the activations became \($0) at \(network.name(of: point))" }
        }.first
    }

    /// The first term whose value is not finite, where the losses were last evaluated.
    private func lossProblem() -> String? {
        for term in terms.terms {
            guard let value = [term.loss.value].oddity else { continue }
            let place = terms.visitors.first { $0.value.contains { $0 === term.loss } }
            let name = place.map { " at \(network.name(of: $0.key))" } ?? ""
            return "the \(term.role.name) loss became \(value)\(name)"
        }
        return nil
    }

    /// The first term whose gradient is not finite; each is evaluated alone.
    private func gradientProblem(at point: VariablePoint) throws -> String? {
        for place in network.path {
            for loss in terms.visitors[place] ?? [] {
                let check = GradientCheck(loss)
                let gradient = try session.evaluate(point.input, visitors: [place: [check]])
                let role = terms.terms.first { $0.loss === loss }?.role.name ?? "style"
                let name = "the gradient of the \(role) loss at \(network.name(of: place)) became"
                if let value = check.oddity { return "\(name) \(value)" }
                if let value = gradient.oddity { return "\(name) \(value) in the backward pass" }
            }
        }
        for (name, loss) in terms.onInput {
            var gradient = [Float](repeating: 0, count: point.input.count)
            loss.evaluate(point.input, addingTo: &gradient)
            if let value = gradient.oddity { return "the gradient of the \(name) loss became \(value)" }
        }
        let none = [Float](repeating: 0, count: point.input.count)
        for loss in terms.onWaveform {
            guard let value = variable.gradient(none, at: point, adding: [loss]).oddity else { continue }
            let name = terms.terms.first { $0.loss === loss }?.role.name ?? "further"
            return "the gradient of the \(name) loss became \(value)"
        }
        return nil
    }
}

extension Sequence where Element: BinaryFloatingPoint {
    /// What is not finite in them: `NaN`, or else `infinite`; nil where all is finite.
    fileprivate var oddity: String? {
        var isInfinite = false
        for value in self where !value.isFinite {
            if value.isNaN { return "NaN" }
            isInfinite = true
        }
        return isInfinite ? "infinite" : nil
    }
}

extension FeatureRows {
    fileprivate var oddity: String? { UnsafeBufferPointer(start: unsafePointer, count: count).oddity }
}

/// Looks for activations that are not finite.
private final class FiniteCheck: FeatureVisitor {
    private let found = Mutex<String?>(nil)
    let needsWhole = false

    var oddity: String? { found.withLock { $0 } }

    func begin(_ traversal: FeatureTraversal) {}

    func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        if let oddity = rows.oddity { found.withLock { $0 = $0 == "NaN" ? $0 : oddity } }
    }

    func end() {}
    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {}
    func endGradient() {}
}

/// A loss on a map, and whether the gradient that it adds there is finite.
private final class GradientCheck: FeatureVisitor {
    private let loss: any FeatureVisitor
    private let found = Mutex<String?>(nil)

    init(_ loss: any FeatureVisitor) { self.loss = loss }

    var oddity: String? { found.withLock { $0 } }
    var needsWhole: Bool { loss.needsWhole }

    func begin(_ traversal: FeatureTraversal) { loss.begin(traversal) }
    func read(_ rows: FeatureRows, from start: Int, slot: Int) { loss.read(rows, from: start, slot: slot) }
    func settle() { loss.settle() }
    func end() { loss.end() }

    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        let before = UnsafeBufferPointer(start: gradient.unsafePointer, count: rows.count).oddity
        loss.addGradient(at: rows, from: start, to: gradient, slot: slot)
        let after = UnsafeBufferPointer(start: gradient.unsafePointer, count: rows.count).oddity
        // What comes from deeper layers is another matter.
        if before == nil, let after { found.withLock { $0 = $0 == "NaN" ? $0 : after } }
    }

    func endGradient() { loss.endGradient() }
}
