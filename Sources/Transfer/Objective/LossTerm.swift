// SPDX-License-Identifier: Apache-2.0
import Matrices
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

/// A loss and its part in the total: `total = sum of weight * scale * share * value`. Values are told without weights and blend.
struct LossTerm {
    /// What a term of the total is about.
    enum Role: Hashable {
        case style, content
        /// A further loss.
        case further(TermKind)

        var name: String {
            switch self {
            case .style: "style"
            case .content: "content"
            case .further(let kind): kind.name
            }
        }
    }

    let role: Role
    /// Its share of that.
    let share: Double
    /// Of the role in the total.
    private(set) var weight: Double
    /// What its value is measured in where terms are balanced.
    let unit: LossUnit
    /// One over the unit's size; 1 where nothing is balanced.
    private(set) var scale = 1.0
    let loss: any WeighedLoss

    /// A term, which sets the loss's weight.
    init(_ role: Role, share: Double = 1, weight: Double, unit: LossUnit = .own, _ loss: any WeighedLoss) {
        (self.role, self.share, self.weight, self.unit, self.loss) = (role, share, weight, unit, loss)
        loss.weight = weight * share
    }

    /// Scales it, and the loss's weight with it.
    mutating func scale(by scale: Double) {
        self.scale = scale
        loss.weight = weight * scale * share
    }

    /// Multiplies its weight: the content's by `2 blend`, all others', which are the style's, by `2 (1 - blend)`.
    mutating func blend(_ blend: Double) {
        weight *= role == .content ? 2 * blend : 2 * (1 - blend)
        loss.weight = weight * scale * share
    }
}

/// What a term's value is measured in, so that weights mean the same for every pair of sounds.
enum LossUnit {
    /// As it is.
    case own
    /// The value of all terms of its role at the content.
    case valueAtContent
    /// A variance of what the content is compared by, known once the content was looked at; 0 where it does not vary.
    case variance(@Sendable () -> Double)
}

extension [LossTerm] {
    /// Total and named terms, where the losses were last evaluated: style and content always, as every objective has them. Those
    /// that were scaled are given without it too, as `raw-style` and `raw-content`.
    func losses(balanced: Bool) -> Losses {
        var roles: [LossTerm.Role] = [.style, .content]
        for term in self where !roles.contains(term.role) { roles.append(term.role) }
        func sum(_ role: LossTerm.Role, _ value: (LossTerm) -> Double) -> Double {
            reduce(0) { $1.role == role ? $0 + value($1) : $0 }
        }
        return Losses(
            total: reduce(0) { $0 + $1.weight * $1.scale * $1.share * $1.loss.value },
            terms: roles.map { role in Losses.Term(role.name, sum(role) { $0.scale * $0.share * $0.loss.value }) }
                + (balanced ? roles.prefix(2) : []).map { role in
                    Losses.Term("raw-\(role.name)", sum(role) { $0.share * $0.loss.value })
                })
    }

    /// Scales terms by their units, when all losses have been evaluated at the content:
    ///
    ///     style(x) / style(content) + alpha content(x) / var(content features)
    ///
    /// A style that the content has already, and features that do not vary, but for rounding, are left as they are.
    mutating func balance() {
        let style = filter { if case .valueAtContent = $0.unit { true } else { false } }
        let value = style.reduce(0) { $0 + $1.share * $1.loss.value }
        let least = style.reduce(0) { $0 + $1.share * $1.loss.resolution }
        for index in indices {
            let unit =
                switch self[index].unit {
                case .own: 1.0
                case .valueAtContent: value > least ? value : 1
                case .variance(let variance): variance() > 0 ? variance() : 1
                }
            self[index].scale(by: 1 / unit)
        }
    }
}
