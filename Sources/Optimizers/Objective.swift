// SPDX-License-Identifier: Apache-2.0
import Files

/// A function to minimise: all that an optimiser knows about the task.
public protocol Objective: AnyObject {
    /// The number of variables.
    var dimension: Int { get }
    /// The range that every variable must stay in, or nil.
    var bounds: ClosedRange<Float>? { get }
    /// Where to start: `dimension` values.
    var start: [Float] { get }
    /// The losses and the gradient of their total at x.
    func evaluate(_ x: [Float]) throws -> (losses: Losses, gradient: [Float])
}

/// A loss and its named terms.
public struct Losses: Codable, Sendable, Equatable {
    /// What is minimised.
    public var total: Double
    /// Its terms in a fixed order, before they are weighted.
    public var terms: [Term]

    /// A named part of the loss.
    public struct Term: Codable, Sendable, Equatable {
        /// As in a trace: `style`, `content`.
        public var name: String
        /// Unweighted.
        public var value: Double

        /// Creates a term.
        public init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// Creates losses.
    public init(total: Double, terms: [Term]) {
        self.total = total
        self.terms = terms
    }
}

/// A point that an optimiser has accepted, with its loss and gradient.
public struct Iterate: Codable, Sendable {
    /// The variables.
    @StoredArray public var x: [Float]
    /// The gradient of the total loss at x.
    @StoredArray public var gradient: [Float]
    /// The losses at x.
    public var losses: Losses

    /// Evaluates an objective at x.
    ///
    /// - Throws: what the objective throws.
    public init(of objective: any Objective, at x: [Float]) throws {
        let (losses, gradient) = try objective.evaluate(x)
        (self.x, self.gradient, self.losses) = (x, gradient, losses)
    }
}

/// Moves from one accepted point to the next.
public protocol Optimizer {
    /// What must be saved to resume later exactly as without a break.
    associatedtype State: Codable
    /// The present state; setting it resumes.
    var state: State { get set }
    /// Bytes of a state for so many variables.
    func stateBytes(_ dimension: Int) -> Int
    /// Takes one step, evaluating the objective as often as the method needs.
    ///
    /// - Returns: the accepted point; nil if the method has reached its ``ending``.
    /// - Throws: what the objective throws.
    mutating func step(from iterate: Iterate, of objective: any Objective) throws -> Iterate?
    /// Why the method takes no further step; nil while it does.
    var ending: String? { get }
}
