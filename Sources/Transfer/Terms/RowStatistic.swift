// SPDX-License-Identifier: Apache-2.0
import Matrices

extension StyleStatistic {
    /// Squared distance of activations: the style itself, time step by time step.
    public static let l2 = StyleStatistic(
        name: "l2", help: "compares the activations time step by time step", options: [.normalisation, .fit]
    ) { map in
        .rows { SquaredErrorLoss(target: $0, weight: 1, normalisation: map.normalisation) }
    }
}
