// SPDX-License-Identifier: Apache-2.0

/// What a path looks at every 10 ms: the shape of an envelope in pools of five bands, its level, and the slope of the level over 120 ms.
struct StepFeatures {
    /// The mean of each pool less the level, `[steps][pools]`.
    let shapes: [[Float]]
    /// The mean over pools.
    let levels: [Float]
    /// The level six steps later less that six steps before; at the ends that of the first and last step.
    let slopes: [Float]

    /// - Parameter envelope: a row for each step.
    init(_ envelope: BandEnvelope) { self.init(envelope, rows: 0..<envelope.frames) }

    /// - Parameter rows: the envelope's row for each step.
    init(_ envelope: BandEnvelope, rows: some Collection<Int>) {
        let pools = max((envelope.bands + 2) / 5, 1)
        var (shapes, levels) = ([[Float]](), [Float]())
        for row in rows {
            let values = envelope[row]
            let means = (0..<pools).map { pool in
                let own = values.dropFirst(5 * pool).prefix(pool == pools - 1 ? envelope.bands : 5)
                return own.reduce(0, +) / Float(own.count)
            }
            let level = means.reduce(0, +) / Float(pools)
            levels.append(level)
            shapes.append(means.map { $0 - level })
        }
        (self.shapes, self.levels) = (shapes, levels)
        slopes = levels.indices.map { levels[min($0 + 6, levels.count - 1)] - levels[max($0 - 6, 0)] }
    }
}
