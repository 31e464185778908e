// SPDX-License-Identifier: Apache-2.0
import Optimizers

/// A loss with a weight in a total.
public protocol WeighedLoss: AnyObject {
    /// The loss where it was last evaluated, without its weight.
    var value: Double { get }
    /// Scales the gradient, not ``value``.
    var weight: Double { get set }
    /// A value below which two maps, or two waveforms, differ by rounding alone.
    var resolution: Double { get }
}

extension WeighedLoss {
    public var resolution: Double { Double(Float.leastNormalMagnitude) }
}

/// A loss and its part in the total: `total = sum of weight * scale * share * value`.
struct LossTerm {
    /// The named term that it is part of: `style`, `content`.
    let name: String
    /// Its share of that.
    let share: Double
    /// Of the named term in the total.
    let weight: Double
    /// What makes terms comparable: see ``LossBalance``.
    private(set) var scale = 1.0
    let loss: any WeighedLoss

    /// A term, which sets the loss's weight.
    init(_ name: String, share: Double = 1, weight: Double, _ loss: any WeighedLoss) {
        (self.name, self.share, self.weight, self.loss) = (name, share, weight, loss)
        loss.weight = weight * share
    }

    /// Scales it, and the loss's weight with it.
    mutating func scale(by scale: Double) {
        self.scale = scale
        loss.weight = weight * scale * share
    }
}

extension [LossTerm] {
    /// Total and named terms, where the losses were last evaluated: `style` and `content` always, as every backend has them. Those
    /// that were scaled are given without it too, as `raw-style` and `raw-content`.
    func losses(balanced: Bool) -> Losses {
        var names = ["style", "content"]
        for term in self where !names.contains(term.name) { names.append(term.name) }
        func sum(_ name: String, _ value: (LossTerm) -> Double) -> Double {
            reduce(0) { $1.name == name ? $0 + value($1) : $0 }
        }
        return Losses(
            total: reduce(0) { $0 + $1.weight * $1.scale * $1.share * $1.loss.value },
            terms: names.map { name in Losses.Term(name, sum(name) { $0.scale * $0.share * $0.loss.value }) }
                + (balanced ? ["style", "content"] : []).map { name in
                    Losses.Term("raw-\(name)", sum(name) { $0.share * $0.loss.value })
                })
    }
}
