// SPDX-License-Identifier: Apache-2.0

extension StyleStatistic {
    /// Squared distance of covariance matrices, which are Gram matrices of the maps less each channel's mean: what Li et al. match and measure
    /// (Universal Style Transfer via Feature Transforms, 2017). As in their measure, and in CORAL (Sun and Saenko, 2016), means count
    /// for nothing.
    public static let covariance = StyleStatistic(
        name: "covariance", help: "compares Gram matrices of the activations less each channel's mean",
        options: [.normalisation, .gramDivisor]
    ) { $0.gramDistance(centred: true) }
}
