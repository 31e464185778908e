// SPDX-License-Identifier: Apache-2.0

extension StyleStatistic {
    /// The sliced Wasserstein distance (Heitz, Vanhoey, Chambon, Belcour: A Sliced Wasserstein Loss for Neural Texture Synthesis, 2021):
    /// the mean squared distance of sorted projections onto random directions, as many as there are channels, but 512 at most. Theirs
    /// are drawn anew for each iteration; ours once for a run, so that every optimiser sees one function.
    public static let wasserstein = StyleStatistic(
        name: "wasserstein", help: "compares distributions of all channels together, by random projections",
        options: [.normalisation]
    ) { map in
        map.marginals(.random(min(map.own.columns, 512), columns: map.own.columns, seed: map.seed ^ 0x534C_4943_4544))
    }
}
