// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The choice between statistics. ``TransferSettings/StyleLoss/l2`` has none: it never asks.
extension TransferSettings {
    /// The loss that compares a map's Gram matrix with a style's.
    ///
    /// - Parameters:
    ///   - target: row-major `[C, C]`.
    ///   - divisor: of x's own matrix.
    func statisticsLoss(target: [Double], divisor: Double) -> any FeatureLoss {
        switch loss {
        case .kl: GramKLLoss(target: target, weight: 1, divisor: divisor)
        default: GramLoss(target: target, weight: 1, normalisation: normalisation, divisor: divisor)
        }
    }

    /// The same between frames, for maps that are wider than long.
    ///
    /// - Parameters:
    ///   - target: the styles' rows, scaled so that both matrices have one divisor.
    ///   - rows: of x's map.
    func frameStatisticsLoss(target: FeatureMap, rows: Int, divisor: Double, threads: Int) -> any FeatureLoss {
        switch loss {
        case .kl: FrameKLLoss(target: target, rows: rows, divisor: divisor, weight: 1, threads: threads)
        default:
            FrameGramLoss(
                target: target, rows: rows, divisor: divisor, weight: 1, normalisation: normalisation,
                threads: threads)
        }
    }

    /// Whether it is cheaper so.
    func frameStatisticsPay(rows: Int, styleRows: Int, columns: Int) -> Bool {
        switch loss {
        case .kl: FrameKLLoss.pays(rows: rows, styleRows: styleRows, columns: columns)
        default: FrameGramLoss.pays(rows: rows, styleRows: styleRows, columns: columns)
        }
    }

    /// Bytes of the loss between frames.
    func frameStatisticsMemory(rows: Int, styleRows: Int, columns: Int) -> Int {
        switch loss {
        case .kl: FrameKLLoss.memoryNeeded(rows: rows, styleRows: styleRows, columns: columns)
        default: FrameGramLoss.memoryNeeded(rows: rows, styleRows: styleRows, columns: columns)
        }
    }

    /// Bytes of the loss between channels.
    func statisticsMemory(columns: Int, slots: Int) -> Int {
        switch loss {
        case .kl: GramKLLoss.memoryNeeded(columns: columns, slots: slots)
        default: GramLoss.memoryNeeded(columns: columns, slots: slots)
        }
    }
}
