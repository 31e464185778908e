// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Matrices

/// Every kernel level that this processor has, against float64 sums.
@Suite struct KernelTests {
    private static func random(_ count: Int, seed: UInt64) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in generator.uniform() }
    }

    @Test(
        arguments: KernelLevel.available,
        [(1, 32, 1), (2, 32, 5), (5, 64, 3), (6, 96, 7), (8, 32, 128), (17, 128, 128), (100, 128, 33), (7, 5, 9)])
    func packedProducts(_ level: KernelLevel, _ size: (Int, Int, Int)) {
        let (m, n, k) = size
        let (a, b) = (Self.random(m * k, seed: 1), Self.random(k * n, seed: 2))
        var transposed = [Float](repeating: 0, count: n * k)
        for row in 0..<k { for column in 0..<n { transposed[column * k + row] = b[row * n + column] } }
        for matrix in [
            PackedMatrix(b, rows: k, columns: n, kernels: level),
            PackedMatrix(transposed, rows: k, columns: n, transposed: true, kernels: level),
        ] {
            for adding in [false, true] {
                var c = [Float](repeating: 1.5, count: m * n)
                matrix.multiply(a, into: &c, adding: adding, m: m)
                for index in 0..<m * n {
                    let (row, column) = index.quotientAndRemainder(dividingBy: n)
                    let products = (0..<k).map { Double(a[row * k + $0]) * Double(b[$0 * n + column]) }
                    let sum = products.reduce(adding ? 1.5 : 0, +)
                    let magnitude = products.reduce(adding ? 1.5 : 0) { $0 + abs($1) }
                    #expect(abs(Double(c[index]) - sum) <= roundingBound(roundings: k + 1, magnitude: magnitude))
                }
            }
        }
    }

    /// The upper triangle; columns that no kernel supports are BLAS's.
    @Test(
        arguments: KernelLevel.available,
        [
            (1, 1), (9, 3), (3, 5), (40, 16), (70, 21), (1, 32), (7, 32), (300, 64), (130, 96), (100, 128), (517, 128),
        ])
    func gramMatrices(_ level: KernelLevel, _ size: (Int, Int)) {
        let (rows, columns) = size
        let values = Self.random(rows * columns, seed: 3)
        let map = FeatureMap(rows: rows, columns: columns)
        map.unsafePointer(row: 0).update(from: values, count: values.count)
        var gram = [Float](repeating: 7, count: columns * columns)
        for adding in [false, true] {
            Product.gram(of: map[0..<rows], into: &gram, adding: adding, kernels: level)
        }
        for i in 0..<columns {
            for j in i..<columns {
                let products = (0..<rows).map {
                    Double(values[$0 * columns + i]) * Double(values[$0 * columns + j])
                }
                let magnitude = 2 * products.reduce(0) { $0 + abs($1) }
                // The second pass adds to the first one's sum.
                #expect(
                    abs(Double(gram[i * columns + j]) - 2 * products.reduce(0, +))
                        <= roundingBound(roundings: 2 * rows + 1, magnitude: magnitude))
            }
        }
    }

    @Test func theBestLevelIsChosen() {
        #expect(KernelLevel.available.first == .blas)
        #expect(KernelLevel.available.contains(.current))
    }
}
