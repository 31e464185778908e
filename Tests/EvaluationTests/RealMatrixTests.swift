// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import TestSupport
import Testing

@testable import Evaluation

@Suite struct RealMatrixTests {
    /// Values in [-1, 1).
    private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> RealMatrix {
        var generator = SeededGenerator(seed: seed)
        return RealMatrix(
            rows: rows, columns: columns, values: (0..<rows * columns).map { _ in Double(generator.uniform()) })
    }

    @Test(arguments: [(1, 1, 1), (2, 3, 4), (17, 5, 9)]) func productsAreSumsOfProducts(m: Int, k: Int, n: Int) {
        let (a, b) = (random(m, k, seed: 1), random(k, n, seed: 2))
        let product = a * b
        var turned = RealMatrix(rows: k, columns: m)
        for row in 0..<m {
            for column in 0..<k { turned[column, row] = a[row, column] }
        }
        for row in 0..<m {
            for column in 0..<n {
                let sum = (0..<k).reduce(0) { $0 + a[row, $1] * b[$1, column] }
                // float64 rounding of some ten terms of at most 1.
                #expect(abs(product[row, column] - sum) < 1e-14)
            }
        }
        #expect(largestError(turned.transposed(times: b).values, product.values) < 1e-14)
    }

    @Test(arguments: [1, 2, 5, 64]) func eigenvaluesGiveTheMatrixBack(size: Int) throws {
        let a = random(size + 3, size, seed: 3)
        let matrix = a.transposed(times: a)
        let eigen = try #require(SymmetricEigen(matrix))
        #expect(eigen.values == eigen.values.sorted())
        #expect(abs(eigen.values.reduce(0, +) - matrix.trace) < 1e-12 * matrix.trace)
        // float64 rounding over some size^2 operations.
        #expect(largestError(eigen.applying { $0 }.values, matrix.values) < 1e-12)
        let root = eigen.applying { $0.squareRoot() }
        #expect(largestError((root * root).values, matrix.values) < 1e-12)
    }

    @Test func aMatrixThatIsNotFiniteHasNoEigenvalues() {
        #expect(SymmetricEigen(RealMatrix(rows: 2, columns: 2, values: [1, .nan, .nan, 1])) == nil)
    }

    /// One dimension: `(m1 - m2)^2 + (s1 - s2)^2`.
    @Test func aGaussianIsFittedOverOneLess() throws {
        let gaussian = try #require(Gaussian(RealMatrix(rows: 3, columns: 2, values: [1, 0, 2, 0, 6, 3])))
        #expect(gaussian.mean == [3, 1])
        #expect(gaussian.covariance.values == [7, 4.5, 4.5, 3])
        #expect(Gaussian(RealMatrix(rows: 1, columns: 2)) == nil)
    }

    @Test func correlationsOfFewValues() {
        #expect(Correlation.pearson([1, 2, 3], [2, 4, 6]).map { abs($0 - 1) < 1e-15 } == true)
        #expect(Correlation.pearson([1, 2, 3], [3, 2, 1]).map { abs($0 + 1) < 1e-15 } == true)
        #expect(Correlation.pearson([1, 0, -1, 0], [0, 1, 0, -1]) == 0)
        #expect(Correlation.pearson([1, 1, 1], [1, 2, 3]) == nil)
        #expect(Correlation.pearson([], []) == nil)
    }
}
