// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The content: the squared distance of activations at the content's points, in units of the content's own variance there.
struct ContentFeatureTerm: TransferTerm {
    func add<Network>(to terms: inout TermSet<Network.Point>, _ context: TermContext<Network>) throws {
        let points = context.network.contentPoints
        guard let features = context.settings.content.features, !points.isEmpty else { return }
        let targets = try MemoryLedger.named("content targets") {
            try context.session.targets(of: context.sounds.contentInput, at: points.map(\.point))
        }
        for (point, target) in zip(points, targets) {
            let loss = SquaredErrorLoss(target: target, weight: 1, normalisation: features.normalisation)
            let variance = FeatureVariance(features.normalisation)
            terms.add(
                LossTerm(
                    .content, share: point.weight, weight: features.alpha, unit: .variance { variance.value }, loss),
                loss, at: point.point)
            terms.observe(at: point.point, by: variance)
        }
    }
}
