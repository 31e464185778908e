// SPDX-License-Identifier: Apache-2.0
import Matrices

extension StyleStatistic {
    /// Squared distance of Gram matrices: the style's statistics, whatever its length.
    public static let gram = StyleStatistic(
        name: "gram", help: "compares Gram matrices", options: [.normalisation, .gramDivisor]
    ) { $0.gramDistance(centred: false) }

    /// The Gaussian Kullback-Leibler divergence of Gram matrices: weak directions count as much as strong ones.
    public static let kl = StyleStatistic(
        name: "kl", help: "compares them too, and weighs weak directions like strong ones", options: []
    ) { map in
        if let rows = map.rows, FrameKLLoss.pays(rows: rows.own, styleRows: rows.styles, columns: map.own.columns) {
            return map.stackedRows { target, divisor in
                FrameKLLoss(target: target, rows: map.own.rows, divisor: divisor, weight: 1, threads: map.threads)
            }
        }
        return map.gramMatrices { target, divisor in GramKLLoss(target: target, weight: 1, divisor: divisor) }
    }
}

extension ComparedMap {
    /// The squared distance of Gram matrices, or of covariance matrices.
    ///
    /// - Parameter centred: each channel's mean is subtracted first.
    func gramDistance(centred: Bool) -> MapComparison {
        if let rows, FrameGramLoss.pays(rows: rows.own, styleRows: rows.styles, columns: own.columns) {
            return stackedRows(centred: centred) { target, divisor in
                FrameGramLoss(
                    target: target, rows: own.rows, divisor: divisor, weight: 1, normalisation: normalisation,
                    centred: centred, threads: threads)
            }
        }
        return gramMatrices(centred: centred) { target, divisor in
            GramLoss(target: target, weight: 1, normalisation: normalisation, divisor: divisor, centred: centred)
        }
    }

    /// A loss of the styles' mean Gram matrix.
    fileprivate func gramMatrices(
        centred: Bool = false, _ loss: @escaping (_ target: AlignedBuffer<Double>, _ divisor: Double) -> any FeatureLoss
    ) -> MapComparison {
        .summaries(
            summary: { GramMatrix(divisor: styles[$0].divisor(divisor), centred: centred) },
            loss: { summaries in
                let matrices = summaries.compactMap { $0 as? GramMatrix }
                return loss(GramMatrix.mean(zip(matrices, shares)), own.divisor(divisor))
            })
    }

    /// A loss of the styles' rows, one style after the other, scaled so that their Gram matrices have x's divisor.
    fileprivate func stackedRows(
        centred: Bool = false, _ loss: @escaping (_ target: FeatureMap, _ divisor: Double) -> any FeatureLoss
    ) -> MapComparison {
        .summaries(
            summary: { _ in FeatureRecorder() },
            loss: { summaries in
                let maps = summaries.compactMap { ($0 as? FeatureRecorder)?.map }
                let factors = zip(shares, styles).map { share, style in
                    Float((share * own.divisor(divisor) / style.divisor(divisor)).squareRoot())
                }
                return loss(FeatureMap.stacked(Array(zip(maps, factors)), centred: centred), own.divisor(divisor))
            })
    }
}

extension FeatureMap {
    /// Maps of one width, one after the other, each times a factor.
    ///
    /// - Parameter centred: less the mean of each of a map's channels.
    static func stacked(_ maps: [(FeatureMap, Float)], centred: Bool = false) -> FeatureMap {
        let result = FeatureMap(rows: maps.reduce(0) { $0 + $1.0.rows }, columns: maps.first?.0.columns ?? 0)
        guard !MemoryLedger.isPlanning else { return result }
        var row = 0
        for (map, factor) in maps {
            let (from, to) = (map.unsafePointer(row: 0), result.unsafePointer(row: row))
            for index in 0..<map.rows * map.columns { to[index] = factor * from[index] }
            if centred { result.mutable(row..<row + map.rows).centre() }
            row += map.rows
        }
        return result
    }
}
