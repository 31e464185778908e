// SPDX-License-Identifier: Apache-2.0
import Matrices

/// What the maps of a style are compared by. What there is stands in ``TransferSettings/styleStatistic``.
protocol StyleStatistic: Sendable {
    /// How the maps at one point are compared.
    func comparison(of map: ComparedMap) -> StyleComparison
}

/// The two kinds of comparison.
enum StyleComparison {
    /// Row by row, with the styles' own rows, mixed by their shares.
    case rows(loss: (any FeatureSource) -> any FeatureLoss)
    /// By what a visitor of each style's map has found.
    ///
    /// - summary: what visits the map of a style, by its number.
    /// - loss: of what all of them found, in the styles' order.
    case summaries(summary: (Int) -> any FeatureVisitor, loss: ([any FeatureVisitor]) -> any FeatureLoss)
}

/// A map of x, and those of the styles at the same point.
struct ComparedMap {
    let own: MapShape
    let styles: [MapShape]
    /// The styles' shares, which sum to 1.
    let shares: [Double]
    /// Whether statistics may be formed between rows, and by which rows that is decided: of x's map and of all styles' together.
    let rows: (own: Int, styles: Int)?
    let threads: Int
    let settings: TransferSettings
}

extension TransferSettings {
    /// The statistic that they ask for.
    var styleStatistic: any StyleStatistic {
        switch loss {
        case .gram: GramStatistic()
        case .kl: KLStatistic()
        case .l2: RowStatistic()
        }
    }

    /// Whether a style is compared step by step, and so must be as long as the content.
    var comparesSteps: Bool { loss == .l2 }
}

/// The activations themselves.
struct RowStatistic: StyleStatistic {
    func comparison(of map: ComparedMap) -> StyleComparison {
        .rows { SquaredErrorLoss(target: $0, weight: 1, normalisation: map.settings.normalisation) }
    }
}

/// Gram matrices, by their squared distance.
struct GramStatistic: StyleStatistic {
    func comparison(of map: ComparedMap) -> StyleComparison {
        let settings = map.settings
        if let rows = map.rows, FrameGramLoss.pays(rows: rows.own, styleRows: rows.styles, columns: map.own.columns) {
            return map.stackedRows { target, divisor in
                FrameGramLoss(
                    target: target, rows: map.own.rows, divisor: divisor, weight: 1,
                    normalisation: settings.normalisation, threads: map.threads)
            }
        }
        return map.gramMatrices { target, divisor in
            GramLoss(target: target, weight: 1, normalisation: settings.normalisation, divisor: divisor)
        }
    }
}

/// Gram matrices, by the divergence of Gaussians.
struct KLStatistic: StyleStatistic {
    func comparison(of map: ComparedMap) -> StyleComparison {
        if let rows = map.rows, FrameKLLoss.pays(rows: rows.own, styleRows: rows.styles, columns: map.own.columns) {
            return map.stackedRows { target, divisor in
                FrameKLLoss(
                    target: target, rows: map.own.rows, divisor: divisor, weight: 1, threads: map.threads)
            }
        }
        return map.gramMatrices { target, divisor in GramKLLoss(target: target, weight: 1, divisor: divisor) }
    }
}

extension ComparedMap {
    /// A loss of the styles' mean Gram matrix.
    fileprivate func gramMatrices(
        _ loss: @escaping (_ target: AlignedBuffer<Double>, _ divisor: Double) -> any FeatureLoss
    ) -> StyleComparison {
        let divisor = settings.gramDivisor
        return .summaries(
            summary: { GramMatrix(divisor: styles[$0].divisor(divisor)) },
            loss: { summaries in
                let matrices = summaries.compactMap { $0 as? GramMatrix }
                return loss(GramMatrix.mean(zip(matrices, shares)), own.divisor(divisor))
            })
    }

    /// A loss of the styles' rows, one style after the other, scaled so that their Gram matrices have x's divisor.
    fileprivate func stackedRows(
        _ loss: @escaping (_ target: FeatureMap, _ divisor: Double) -> any FeatureLoss
    ) -> StyleComparison {
        let divisor = own.divisor(settings.gramDivisor)
        return .summaries(
            summary: { _ in FeatureRecorder() },
            loss: { summaries in
                let maps = summaries.compactMap { ($0 as? FeatureRecorder)?.map }
                let factors = zip(shares, styles).map { share, style in
                    Float((share * divisor / style.divisor(settings.gramDivisor)).squareRoot())
                }
                return loss(FeatureMap.stacked(Array(zip(maps, factors))), divisor)
            })
    }
}

extension FeatureMap {
    /// Maps of one width, one after the other, each times a factor.
    static func stacked(_ maps: [(FeatureMap, Float)]) -> FeatureMap {
        let result = FeatureMap(rows: maps.reduce(0) { $0 + $1.0.rows }, columns: maps.first?.0.columns ?? 0)
        guard !MemoryLedger.isPlanning else { return result }
        var row = 0
        for (map, factor) in maps {
            let (from, to) = (map.pointer(row: 0), result.pointer(row: row))
            for index in 0..<map.rows * map.columns { to[index] = factor * from[index] }
            row += map.rows
        }
        return result
    }
}
