// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import Yams

/// How the ranges without a count of their own are sampled: all together, point by point.
struct PlanSample {
    enum Method: String, CaseIterable {
        case random, sobol
    }

    let method: Method
    let count: Int
    let seed: UInt64

    init(_ node: Node, in text: PlanText) throws(Failure) {
        var (method, count, seed): (Method, Int?, UInt64) = (.sobol, nil, 0)
        for (name, _, value) in try text.members(of: node, "sample", names: ["method", "count", "seed"]) {
            switch name {
            case "method":
                guard let found = Method(rawValue: try text.text(value, "method")) else {
                    throw text.mistake(at: value, "method must be sobol or random")
                }
                method = found
            case "count": count = try text.whole(value, "count", in: 1...1_000_000)
            default: seed = UInt64(try text.whole(value, "seed", in: 0...Int.max))
            }
        }
        guard let count else { throw text.mistake(at: node, "sample needs a count") }
        (self.method, self.count, self.seed) = (method, count, seed)
    }

    /// Points in [0, 1), ``count`` of them in so many dimensions.
    func points(dimension: Int) -> [[Double]] {
        switch method {
        case .sobol:
            var sequence = Sobol(dimension: dimension, seed: seed)
            return (0..<count).map { _ in sequence.next() }
        case .random:
            var generator = SeededGenerator(seed: seed)
            return (0..<count).map { _ in
                (0..<dimension).map { _ in Double(generator.next() >> 11) / Double(UInt64(1) << 53) }
            }
        }
    }
}
