// SPDX-License-Identifier: Apache-2.0
import Files

/// All that decides a transfer's result, besides the sounds and the weights.
public struct TransferSettings: Equatable, Sendable {
    /// The style loss.
    public enum StyleLoss: String, CaseIterable, Sendable {
        /// Squared distance of Gram matrices: the style's statistics, whatever its length.
        case gram
        /// Squared distance of activations: the style itself, time step by time step.
        case l2
    }

    /// The style loss.
    public var loss: StyleLoss
    /// Where the style is compared.
    public var layers: LayerSelection
    /// Where the content is compared; nil means the last block's second ReLU.
    public var contentLayer: LayerSelection?
    /// The weight of the content loss beside the style loss; 0 means that there is none.
    public var alpha: Double
    /// Adam's step size, in companded units: 0.05 is 6.4 codes.
    public var learningRate: Double
    /// Steps to take.
    public var iterations: Int
    /// What the first x is made of.
    public var start: StartMode
    /// Amplitude of uniform noise added to the start, in companded units.
    public var startNoise: Double
    /// Decides all random numbers.
    public var seed: UInt64
    /// How the style is brought to the content's length, for ``StyleLoss/l2``.
    public var fit: LengthFit
    /// Iterations whose sound is handed out on the way.
    public var snapshots: Set<Int>
    /// Whether results are rounded to mu-law's 256 codes before they are expanded.
    public var roundsCodes: Bool

    /// Settings; by default those of the Stanford seed's voice experiment.
    public init(
        loss: StyleLoss = .gram, layers: LayerSelection, contentLayer: LayerSelection? = nil, alpha: Double = 1,
        learningRate: Double = 0.05, iterations: Int = 100, start: StartMode = .content, startNoise: Double = 1e-6,
        seed: UInt64 = 0, fit: LengthFit = .trim, snapshots: Set<Int> = [], roundsCodes: Bool = false
    ) {
        self.loss = loss
        self.layers = layers
        self.contentLayer = contentLayer
        self.alpha = alpha
        self.learningRate = learningRate
        self.iterations = iterations
        self.start = start
        self.startNoise = startNoise
        self.seed = seed
        self.fit = fit
        self.snapshots = snapshots
        self.roundsCodes = roundsCodes
    }

    /// Checks every number that a user can set.
    ///
    /// - Throws: ``Failure`` of kind `usage`, naming the command line's option.
    public func validate() throws(Failure) {
        func require(_ holds: Bool, _ option: String, _ value: some CustomStringConvertible, _ rule: String)
            throws(Failure)
        {
            guard holds else { throw Failure(.usage, "cannot use", at: "\(option) \(value)", why: rule) }
        }
        try require(alpha >= 0 && alpha <= 1e9, "--alpha", alpha, "it must lie between 0 and 1000000000")
        try require(
            learningRate > 0 && learningRate <= 2, "--learning-rate", learningRate,
            "it must be above 0 and at most 2, the whole range of x")
        try require(
            (0...1_000_000_000).contains(iterations), "--iterations", iterations,
            "it must lie between 0 and 1000000000")
        try require(
            startNoise >= 0 && startNoise <= 1, "--init-noise", startNoise, "it must lie between 0 and 1")
        if case .mix(let share) = start {
            try require(share >= 0 && share <= 1, "--init", start, "the share of noise must lie between 0 and 1")
        }
        if let late = snapshots.first(where: { !(0...iterations).contains($0) }) {
            try require(false, "--snapshots", late, "there is no such iteration between 0 and \(iterations)")
        }
    }
}
