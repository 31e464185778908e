// SPDX-License-Identifier: Apache-2.0

extension StyleStatistic {
    /// The histogram of each channel (Risser, Wilmot, Barnes: Stable and Controllable Neural Texture Synthesis and Style Transfer Using
    /// Histogram Losses, 2017): the squared distance of activations x from R(x), the same matched to the style's histogram, which
    /// counts as a constant in the gradient. Matched rank by rank, that is with as many bins as there are values, so that R(x) is
    /// the style's quantile and the gradient that of the loss. Nothing of how channels go together.
    public static let histogram = StyleStatistic(
        name: "histogram", help: "compares the histogram of each channel alone", options: [.normalisation]
    ) { $0.marginals(nil) }
}
