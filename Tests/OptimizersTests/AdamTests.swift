// SPDX-License-Identifier: Apache-2.0
import Foundation
import TestSupport
import Testing

@testable import Optimizers

@Suite struct AdamTests {
    /// Three steps worked out in float64 from TensorFlow's formula.
    @Test func stepsFollowTensorFlowsFormula() throws {
        let objective = Quadratic(scale: [1, 100, 0], start: [1, -0.5, 0.25])
        var optimizer = Adam(learningRate: 0.05)
        var iterate = try Iterate(of: objective, at: objective.start)
        var (x, m, v) = (objective.start.map(Double.init), [0.0, 0, 0], [0.0, 0, 0])
        for t in 1...3 {
            iterate = try #require(try optimizer.step(from: iterate, of: objective))
            let rate = 0.05 * (1 - pow(0.999, Double(t))).squareRoot() / (1 - pow(0.9, Double(t)))
            for i in 0..<3 {
                let gradient = Double(objective.scale[i]) * x[i]
                m[i] = 0.9 * m[i] + 0.1 * gradient
                v[i] = 0.999 * v[i] + 0.001 * gradient * gradient
                x[i] -= rate * m[i] / (v[i].squareRoot() + 1e-8)
            }
            // Float32 keeps 1 - 0.999 to 5e-5 of itself; it cancels against the same factor in the rate's root but for
            // rounding.
            #expect(zip(iterate.x, x).allSatisfy { abs(Double($0) - $1) < 5e-6 })
        }
        #expect(optimizer.state.steps == 3)
    }

    @Test func boundsHold() throws {
        let objective = Quadratic(scale: [1, -1], start: [-0.99, 0.99], bounds: -1...0.5)
        var optimizer = Adam(learningRate: 0.3)
        var iterate = try Iterate(of: objective, at: objective.start)
        iterate = try #require(try optimizer.step(from: iterate, of: objective))
        #expect(iterate.x[1] == 0.5)
        #expect(abs(iterate.x[0] + 0.69) < 1e-5)
    }

    @Test func aSavedStateGoesOnWithTheSameBytes() throws {
        let objective = Quadratic(scale: (0..<37).map { Float($0) / 9 }, start: (0..<37).map { Float($0 % 5) - 2 })
        var whole = Adam(learningRate: 0.1)
        var iterate = try Iterate(of: objective, at: objective.start)
        for _ in 0..<4 { iterate = try #require(try whole.step(from: iterate, of: objective)) }
        let saved = try JSONEncoder().encode(whole.state)
        var resumed = Adam(learningRate: 0.1)
        resumed.state = try JSONDecoder().decode(Adam.State.self, from: saved)
        var other = try Iterate(of: objective, at: iterate.x)
        for _ in 0..<6 {
            iterate = try #require(try whole.step(from: iterate, of: objective))
            other = try #require(try resumed.step(from: other, of: objective))
        }
        #expect(iterate.x == other.x)
        #expect(whole.state == resumed.state)
    }

    @Test func aConvexFunctionIsMinimised() throws {
        let objective = Quadratic(scale: [1, 10, 3], start: [1, 1, -1])
        var optimizer = Adam(learningRate: 0.02)
        var iterate = try Iterate(of: objective, at: objective.start)
        for _ in 0..<400 { iterate = try #require(try optimizer.step(from: iterate, of: objective)) }
        #expect(iterate.losses.total < 1e-4)
    }
}

/// `sum scale x^2 / 2`.
private final class Quadratic: Objective {
    let scale: [Float]
    let start: [Float]
    let bounds: ClosedRange<Float>?
    var dimension: Int { scale.count }

    init(scale: [Float], start: [Float], bounds: ClosedRange<Float>? = nil) {
        (self.scale, self.start, self.bounds) = (scale, start, bounds)
    }

    func evaluate(_ x: [Float]) -> (losses: Losses, gradient: [Float]) {
        let total = zip(scale, x).reduce(0.0) { $0 + Double($1.0 * $1.1 * $1.1) / 2 }
        return (Losses(total: total, terms: []), zip(scale, x).map(*))
    }
}
