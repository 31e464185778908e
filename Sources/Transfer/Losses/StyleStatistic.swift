// SPDX-License-Identifier: Apache-2.0

/// By what styles are compared: the name that `--loss` takes, and which options it takes.
public struct StyleStatistic: Hashable, Sendable {
    /// What may be chosen of a comparison.
    public enum Option: Sendable {
        /// ``LossNormalisation``.
        case normalisation
        /// ``GramDivisor``.
        case gramDivisor
        /// ``LengthFit``: the maps must have one length.
        case fit
    }

    /// What `--loss` takes.
    public let name: String
    /// What `--help` says of it, after its name.
    public let help: String
    /// The options that change it.
    public let options: Set<Option>

    /// Squared distance of Gram matrices: the style's statistics, whatever its length.
    public static let gram = StyleStatistic(
        name: "gram", help: "compares Gram matrices", options: [.normalisation, .gramDivisor])
    /// The Gaussian Kullback-Leibler divergence of Gram matrices: weak directions count as much as strong ones.
    public static let kl = StyleStatistic(
        name: "kl", help: "compares them too, their weak directions as much as their strong ones", options: [])
    /// Squared distance of activations: the style itself, time step by time step.
    public static let l2 = StyleStatistic(
        name: "l2", help: "compares the activations step by step", options: [.normalisation, .fit])

    /// All of them, as `--help` lists them.
    public static let all: [StyleStatistic] = [gram, kl, l2]
}
