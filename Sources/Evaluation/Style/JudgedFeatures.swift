// SPDX-License-Identifier: Apache-2.0
import Matrices

/// What the style metrics need of the features F `[T, 320]` of ``JudgeNetwork``.
struct JudgedFeatures: Sendable {
    /// The number of features, the first ones, whose covariances are computed.
    static let channels = 32

    /// `F^T F / T`, `[320, 320]`.
    let gram: RealMatrix
    /// Of the first features, `[32, 32]`; nil where there are fewer than two frames of them.
    let covariance: RealMatrix?

    /// nil where the sound is too short for a frame of features.
    init?(of samples: [Float], threads: Int) {
        var (frames, sum, first) = (
            0, RealMatrix(rows: JudgeNetwork.filters, columns: JudgeNetwork.filters), [Double]()
        )
        JudgeNetwork.features(of: samples, threads: threads) { features in
            frames += features.rows
            sum = sum + features.transposed(times: features)
            first += features.firstColumns(Self.channels).values
        }
        guard frames > 0 else { return nil }
        gram = sum.mapValues { $0 / Double(frames) }
        covariance = Gaussian(RealMatrix(rows: frames, columns: Self.channels, values: first))?.covariance
    }
}
