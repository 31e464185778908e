// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The terms of an objective, and what must look where for them.
struct TermSet<Point: Hashable> {
    /// In the order of a trace.
    private(set) var terms: [LossTerm] = []
    /// Losses on maps.
    private(set) var visitors: [Point: [any FeatureVisitor]] = [:]
    /// Losses on the network's input, with their terms' names.
    private(set) var onInput: [(name: String, loss: any InputLoss)] = []
    /// Losses on the linear waveform.
    private(set) var onWaveform: [any WaveformLoss] = []
    /// What looks at the content's maps once, for units.
    private(set) var observers: [Point: [any FeatureVisitor]] = [:]

    /// Adds a loss on the map at a point.
    mutating func add(_ term: LossTerm, _ loss: any FeatureLoss, at point: Point) {
        terms.append(term)
        visitors[point, default: []].append(loss)
    }

    /// Adds a loss on the network's input, which may be several terms.
    mutating func add(_ terms: [LossTerm], onInput loss: any InputLoss) {
        self.terms += terms
        onInput.append((terms.map(\.role.name).joined(separator: " or "), loss))
    }

    /// Adds a loss on the linear waveform.
    mutating func add(_ term: LossTerm, onWaveform loss: any WaveformLoss) {
        terms.append(term)
        onWaveform.append(loss)
    }

    /// Lets something look at the content's map at a point before the first evaluation.
    mutating func observe(at point: Point, by observer: any FeatureVisitor) {
        observers[point, default: []].append(observer)
    }

    /// Moves weight between content and style: see ``TransferSettings/blend``.
    mutating func blend(_ blend: Double) {
        for index in terms.indices { terms[index].blend(blend) }
    }

    /// Scales all terms by their units; the losses have been evaluated at the content.
    mutating func balance() { terms.balance() }
}

/// A loss on the network's input itself.
protocol InputLoss: AnyObject {
    /// Finds the values at x, and adds the weighted gradient.
    func evaluate(_ x: [Float], addingTo gradient: inout [Float])
}
