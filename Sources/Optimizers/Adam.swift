// SPDX-License-Identifier: Apache-2.0
import CVectorKernels
import Files

/// Adam (Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015) as TensorFlow computes it, in float32:
/// `rate_t = rate sqrt(1 - beta2^t) / (1 - beta1^t)`, `x -= rate_t m / (sqrt(v) + epsilon)`.
///
/// PyTorch adds epsilon to `sqrt(v / (1 - beta2^t))` instead, which differs while gradients are near epsilon. After each
/// step x is clamped to the objective's bounds.
public struct Adam: Optimizer {
    /// Step size, in units of x.
    public let learningRate: Float
    /// Decay of the mean of gradients.
    public let beta1: Float
    /// Decay of the mean of squared gradients.
    public let beta2: Float
    /// Keeps the step finite where the gradient is zero.
    public let epsilon: Float
    /// The moments and the number of steps so far.
    public var state: State

    /// The moments of the gradient; empty before the first step.
    public struct State: Codable, Equatable, Sendable {
        /// Steps taken.
        public var steps = 0
        /// `beta1^t` and `beta2^t`.
        public var powers = SIMD2<Double>(1, 1)
        /// Decaying mean of gradients.
        public var mean = StoredArray<Float>(wrappedValue: [])
        /// Decaying mean of squared gradients.
        public var meanSquare = StoredArray<Float>(wrappedValue: [])

        /// The state before the first step.
        public init() {}

        /// Whether it is one for so many variables.
        public func isOf(_ dimension: Int) -> Bool {
            steps == 0
                || steps > 0 && mean.wrappedValue.count == dimension && meanSquare.wrappedValue.count == dimension
        }
    }

    /// Creates an optimiser that has taken no step.
    public init(learningRate: Float, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        state = State()
    }

    /// Adam never ends by itself.
    public var ending: String? { nil }

    public func stateBytes(_ dimension: Int) -> Int { 2 * dimension * MemoryLayout<Float>.size }

    public mutating func step(from iterate: Iterate, of objective: any Objective) throws -> Iterate? {
        let count = iterate.x.count
        if state.steps == 0 {
            state.mean.wrappedValue = [Float](repeating: 0, count: count)
            state.meanSquare = state.mean
        }
        precondition(state.isOf(count), "a state of another objective")
        state.steps += 1
        state.powers *= SIMD2(Double(beta1), Double(beta2))
        let rate = Double(learningRate) * (1 - state.powers.y).squareRoot() / (1 - state.powers.x)
        let bounds = objective.bounds ?? -Float.infinity...Float.infinity
        var x = iterate.x
        vk_adam(
            &x, &state.mean.wrappedValue, &state.meanSquare.wrappedValue, iterate.gradient, Int64(count), Float(rate),
            beta1, beta2, epsilon,
            bounds.lowerBound, bounds.upperBound)
        return try Iterate(of: objective, at: x)
    }
}
