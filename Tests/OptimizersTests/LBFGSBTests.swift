// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Optimizers

@Suite struct LBFGSBTests {
    /// Rosenbrock's valley in several dimensions, its minimum at 1.
    private final class Rosenbrock: Objective {
        let dimension: Int
        let bounds: ClosedRange<Float>?
        let start: [Float]
        private(set) var evaluations = 0

        init(dimension: Int, bounds: ClosedRange<Float>? = nil) {
            self.dimension = dimension
            self.bounds = bounds
            start = (0..<dimension).map { $0 % 2 == 0 ? -1.2 : 1 }
        }

        func evaluate(_ x: [Float]) -> (losses: Losses, gradient: [Float]) {
            evaluations += 1
            let x = x.map(Double.init)
            var (value, gradient) = (0.0, [Double](repeating: 0, count: dimension))
            for i in 0..<dimension - 1 {
                let (bend, left) = (x[i + 1] - x[i] * x[i], 1 - x[i])
                value += 100 * bend * bend + left * left
                gradient[i] += -400 * x[i] * bend - 2 * left
                gradient[i + 1] += 200 * bend
            }
            return (Losses(total: value, terms: []), gradient.map { Float($0) })
        }
    }

    private func run(_ optimizer: inout LBFGSB, _ objective: any Objective, steps: Int = 10_000) throws -> [Iterate] {
        var iterates = [try Iterate(of: objective, at: objective.start)]
        while iterates.count <= steps, let next = try optimizer.step(from: iterates[iterates.count - 1], of: objective)
        {
            iterates.append(next)
        }
        return iterates
    }

    @Test func itFindsTheMinimum() throws {
        let objective = Rosenbrock(dimension: 6)
        var optimizer = LBFGSB()
        let iterates = try run(&optimizer, objective)
        // The variables are rounded to float32, so the valley's floor is known to some 1e-7 squared times 100.
        #expect(iterates.last?.x.allSatisfy { abs($0 - 1) < 1e-3 } == true)
        #expect(optimizer.ending != nil)
        #expect(optimizer.state.evaluations == objective.evaluations)
        for (earlier, later) in zip(iterates, iterates.dropFirst()) {
            #expect(later.losses.total <= earlier.losses.total)
        }
        #expect(try optimizer.step(from: iterates[0], of: objective) == nil)
    }

    @Test func boundsHold() throws {
        let objective = Rosenbrock(dimension: 4, bounds: -2...0.5)
        var optimizer = LBFGSB()
        let iterates = try run(&optimizer, objective)
        for iterate in iterates.dropFirst() { #expect(iterate.x.allSatisfy { (-2...0.5).contains($0) }) }
        // At the bounded minimum the first variable is pressed against the upper bound's square.
        #expect(iterates.last?.x[0] == 0.5)
        let half = Rosenbrock(dimension: 4, bounds: 0.25...Float.infinity)
        var other = LBFGSB()
        let last = try run(&other, half).last
        #expect(last?.x.allSatisfy { $0 >= 0.25 && abs($0 - 1) < 1e-2 } == true)
    }

    @Test func itEndsAtTheLimitOfEvaluations() throws {
        let objective = Rosenbrock(dimension: 6)
        var optimizer = LBFGSB(maximumEvaluations: 9)
        let iterates = try run(&optimizer, objective)
        #expect(objective.evaluations == 9)
        #expect(optimizer.ending == "the limit of 9 evaluations is reached")
        #expect(iterates.count > 3)
    }

    @Test func tolerancesEndIt() throws {
        var loose = LBFGSB(gradientTolerance: 1e9)
        let objective = Rosenbrock(dimension: 3)
        #expect(try run(&loose, objective).count == 1)
        #expect(loose.ending == "the gradient is below the tolerance")
        var content = LBFGSB(lossTolerance: 0.9, gradientTolerance: 0)
        #expect(try run(&content, objective).count < 6)
        #expect(content.ending == "the loss falls by less than the tolerance")
    }

    /// Saved after any step, it goes on with the same bytes.
    @Test func aSavedStateGoesOn() throws {
        let objective = Rosenbrock(dimension: 9)
        var whole = LBFGSB()
        let straight = try run(&whole, objective, steps: 20)
        for cut in [1, 2, 7, 15] {
            var first = LBFGSB()
            let begun = try run(&first, objective, steps: cut)
            let saved = try JSONEncoder().encode(first.state)
            var second = LBFGSB()
            second.state = try JSONDecoder().decode(LBFGSB.State.self, from: saved)
            var iterate = try #require(begun.last)
            for step in cut + 1...20 {
                iterate = try #require(try second.step(from: iterate, of: objective))
                #expect(iterate.x == straight[step].x)
            }
            #expect(second.state.evaluations == whole.state.evaluations)
        }
    }
}
