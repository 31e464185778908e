// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The style: a statistic of the maps at the style's points.
struct StyleTerm: TransferTerm {
    func add<Network>(to terms: inout TermSet<Network.Point>, _ context: TermContext<Network>) throws {
        let points = context.network.stylePoints
        guard let style = context.settings.style, !points.isEmpty else { return }
        let comparisons = points.map { point in
            style.comparison.statistic.comparison(context.comparedMap(at: point.point, style.comparison))
        }
        let losses = try Self.losses(comparisons, style.comparison, context)
        for (point, loss) in zip(points, losses) {
            terms.add(
                LossTerm(
                    .style, share: point.weight, weight: style.weight, unit: .valueAtContent, loss),
                loss, at: point.point)
        }
    }

    private static func losses<Network>(
        _ comparisons: [MapComparison], _ settings: StyleComparison, _ context: TermContext<Network>
    ) throws -> [any FeatureLoss] {
        // One statistic serves all points, so its comparisons are of one kind.
        if case .rows = comparisons[0] {
            let points = context.network.stylePoints.map(\.point)
            let sources = try MemoryLedger.named("style targets") {
                try context.sounds.styleInputs.map { try context.session.targets(of: $0, at: points) }
            }
            return comparisons.enumerated().compactMap { index, comparison in
                guard case .rows(let loss) = comparison else { return nil }
                return loss(
                    MixedSource.mixing(
                        zip(sources.map { $0[index] }, context.sounds.shares), slots: context.session.slots,
                        rowsAtOnce: context.session.rowsAtOnce))
            }
        }
        let summaries = context.summaries(comparisons, settings)
        return MemoryLedger.named("style statistics") {
            comparisons.enumerated().compactMap { index, comparison in
                guard case .summaries(_, let loss) = comparison else { return nil }
                return loss(summaries.map { $0[index] })
            }
        }
    }
}

extension TermContext {
    fileprivate func comparedMap(at point: Network.Point, _ settings: StyleComparison) -> ComparedMap {
        func rows(_ samples: Int) -> Int { network.map(at: point, samples: samples).rows }
        return ComparedMap(
            own: network.map(at: point, samples: network.samples),
            styles: sounds.sizes.styles.map { network.map(at: point, samples: $0) }, shares: sounds.shares,
            rows: network.comparesRows
                ? (rows(decisive.samples), decisive.styles.reduce(0) { $0 + rows($1) }) : nil,
            threads: threads, seed: self.settings.seed, settings: settings)
    }

    /// What the comparisons' visitors find in each style, in the points' order: found once for each style and remembered.
    fileprivate func summaries(
        _ comparisons: [MapComparison], _ settings: StyleComparison
    ) -> [[any FeatureVisitor]] {
        let points = network.stylePoints.map(\.point)
        return sounds.styles.indices.map { style in
            let input = sounds.styleInputs[style]
            return TargetCache.found(
                in: cache,
                TargetCache.Key(
                    input: input, points: points.map { AnyHashable($0) }, comparison: settings, strategy: strategy)
            ) {
                comparisons.compactMap { comparison in
                    guard case .summaries(let summary, _) = comparison else { return nil }
                    return summary(style)
                }
            } show: { visitors in
                MemoryLedger.named("reading the style") {
                    network.readingSession(
                        samples: sounds.sizes.styles[style], points: Set(points), strategy
                    ).show(input, to: Dictionary(uniqueKeysWithValues: zip(points, visitors.map { [$0] })))
                }
            }
        }
    }
}
