// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Matrices

private func random(_ count: Int, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in generator.uniform() }
}

/// How far a sum of products in float32 may be from the exact one, whatever the order of summation and with or without fused
/// multiply-add: `n u sum |a b|` and terms in u^2, for n roundings on the path of each product, `u = 2^-24` (Higham, Accuracy and
/// Stability of Numerical Algorithms, 2002, section 3.1).
func roundingBound(roundings: Int, magnitude: Double) -> Double { 1.001 * Double(roundings) * 0x1p-24 * magnitude }

/// Sizes around the vectors' widths, where tails go wrong.
private let sizes = [1, 2, 7, 8, 15, 16, 17, 31, 33, 64, 100, 1_023, 1_025, 3_000]

@Suite struct ElementwiseTests {
    @Test(arguments: sizes)
    func reLU(_ count: Int) {
        let x = random(count, seed: 1)
        var y = [Float](repeating: 9, count: count)
        Elementwise.relu(x, into: &y, count: count)
        #expect(y == x.map { max($0, 0) })
    }

    /// Differences of what is beyond float32: as 0 they would look like silence.
    @Test(arguments: sizes)
    func reLUKeepsNaN(_ count: Int) {
        let x = [Float](repeating: .nan, count: count)
        var y = [Float](repeating: 9, count: count)
        Elementwise.relu(x, into: &y, count: count)
        #expect(y.allSatisfy { $0.isNaN })
        let copy = AlignedBuffer([Float](repeating: 9, count: count))
        Elementwise.relu(x, into: &y, keeping: copy.unsafePointer, count: count)
        #expect(y.allSatisfy { $0.isNaN } && (0..<count).allSatisfy { copy.unsafePointer[$0].isNaN })
        y = [Float](repeating: 9, count: count)
        var halves = [UInt16](repeating: 9, count: count)
        Elementwise.relu(x, into: &y, keeping: &halves, count: count)
        #expect(y.allSatisfy { $0.isNaN })
        let biased = AlignedBuffer(x)
        let bits = AlignedBuffer([UInt8](repeating: 0, count: count / 8 + 8))
        Elementwise.biasedReLU(
            MutableFeatureRows(unsafePointer: biased.unsafePointer, rows: 1, columns: count),
            bias: [Float](repeating: 1, count: count), bits: bits.unsafePointer)
        #expect((0..<count).allSatisfy { biased.unsafePointer[$0].isNaN })
    }

    @Test(arguments: [(1, 1), (3, 5), (8, 3), (7, 16), (16, 8), (5, 128), (9, 13)])
    func biasedReLUKeepsABitForEachEntry(_ rows: Int, _ columns: Int) {
        let (x, bias) = (random(rows * columns, seed: 2), random(columns, seed: 3))
        let values = AlignedBuffer(x)
        let bits = AlignedBuffer([UInt8](repeating: 0xAA, count: rows * columns / 8 + 8))
        let view = MutableFeatureRows(unsafePointer: values.unsafePointer, rows: rows, columns: columns)
        Elementwise.biasedReLU(view, bias: bias, bits: bits.unsafePointer)
        for index in 0..<rows * columns {
            let expected = max(x[index] + bias[index % columns], 0)
            #expect(values.unsafePointer[index] == expected)
            #expect((bits.unsafePointer[index / 8] >> (index % 8)) & 1 == (expected > 0 ? 1 : 0))
        }
        let gradient = AlignedBuffer([Float](repeating: 3, count: rows * columns))
        Elementwise.keep(
            MutableFeatureRows(unsafePointer: gradient.unsafePointer, rows: rows, columns: columns),
            whereBits: bits.unsafePointer)
        for index in 0..<rows * columns {
            #expect(gradient.unsafePointer[index] == (values.unsafePointer[index] > 0 ? 3 : 0))
        }
    }

    @Test(arguments: sizes)
    func gatedAddition(_ count: Int) {
        let (x, gate) = (random(count, seed: 1), random(count, seed: 2))
        var y = random(count, seed: 3)
        let before = y
        Elementwise.add(x, wherePositive: gate, to: &y, count: count)
        #expect(y == (0..<count).map { before[$0] + (gate[$0] > 0 ? x[$0] : 0) })
    }

    @Test(arguments: sizes)
    func squaredDistances(_ count: Int) {
        let (x, target) = (random(count, seed: 1), random(count, seed: 2))
        let gradient = AlignedBuffer(random(count, seed: 3))
        let before = (0..<count).map { gradient.unsafePointer[$0] }
        x.withUnsafeBufferPointer { x in
            target.withUnsafeBufferPointer { target in
                guard let first = x.baseAddress, let second = target.baseAddress else { return }
                let rows = FeatureRows(unsafePointer: first, rows: count, columns: 1)
                let targets = FeatureRows(unsafePointer: second, rows: count, columns: 1)
                let expected = (0..<count).reduce(0.0) { $0 + pow(Double(x[$1]) - Double(target[$1]), 2) }
                // Float32 over at most 64 additions in a row: 64 * 2^-24.
                #expect(abs(Elementwise.squaredDistance(rows, targets) - expected) <= 4e-6 * expected)
                let sum = Elementwise.addScaledDifference(
                    rows, targets, scale: 0.5,
                    to: MutableFeatureRows(unsafePointer: gradient.unsafePointer, rows: count, columns: 1))
                #expect(abs(sum - expected) <= 4e-6 * expected)
                // The difference and the sum are rounded alike here and there; the product with 0.5 is exact.
                for index in 0..<count {
                    #expect(gradient.unsafePointer[index] == before[index] + 0.5 * (x[index] - target[index]))
                }
            }
        }
    }

    @Test(arguments: [(1, 1), (4, 3), (9, 17), (20, 128)])
    func signalConvolution(_ rows: Int, _ columns: Int) {
        let signal = AlignedBuffer(random(rows + 2, seed: 1))
        let (kernel, bias) = (random(3 * columns, seed: 2), random(columns, seed: 3))
        let y = FeatureMap(rows: rows, columns: columns)
        Elementwise.convolve(
            signal: UnsafePointer(signal.unsafePointer + 1), kernel: kernel, bias: bias, into: y.mutable(0..<rows))
        for t in 0..<rows {
            for c in 0..<columns {
                let products = (0..<3).map { Double(signal.unsafePointer[t + $0]) * Double(kernel[$0 * columns + c]) }
                let sum = products.reduce(Double(bias[c]), +)
                let magnitude = products.reduce(abs(Double(bias[c]))) { $0 + abs($1) }
                // One rounding for the product, three for the sum.
                #expect(
                    abs(Double(y.unsafePointer(row: t)[c]) - sum) <= roundingBound(roundings: 4, magnitude: magnitude))
            }
        }
    }
}

@Suite struct ProductTests {
    @Test(arguments: [(1, 1, 1), (5, 3, 7), (33, 16, 9), (64, 128, 128)], [false, true])
    func productsFollowTheirDefinition(_ size: (Int, Int, Int), transposed: Bool) {
        for adding in [false, true] { expectProduct(size, transposed: transposed, adding: adding) }
    }

    private func expectProduct(_ size: (Int, Int, Int), transposed: Bool, adding: Bool) {
        let (m, n, k) = size
        let (a, b) = (random(m * k, seed: 1), random(k * n, seed: 2))
        var c = random(m * n, seed: 3)
        let before = c
        Product.multiply(a, b, transposed: transposed, into: &c, adding: adding, m: m, n: n, k: k)
        for row in 0..<m {
            for column in 0..<n {
                let start = adding ? Double(before[row * n + column]) : 0
                let products = (0..<k).map {
                    Double(a[row * k + $0]) * Double(b[transposed ? column * k + $0 : $0 * n + column])
                }
                let sum = products.reduce(start, +)
                let magnitude = products.reduce(abs(start)) { $0 + abs($1) }
                // One rounding for the product, k for the sum.
                #expect(
                    abs(Double(c[row * n + column]) - sum) <= roundingBound(roundings: k + 1, magnitude: magnitude))
            }
        }
    }
}

@Suite struct FeatureMapTests {
    @Test func marginsAreZeroAndRowsAreDense() {
        let map = FeatureMap(rows: 3, columns: 2, margin: 4)
        map.unsafePointer(row: 0).update(from: [1, 2, 3, 4, 5, 6], count: 6)
        #expect(map.values == [1, 2, 3, 4, 5, 6])
        #expect(map[1..<3].count == 4)
        #expect(map.unsafePointer(row: 2)[1] == 6)
        for row in [-4, -1, 3, 6] {
            #expect(map.unsafePointer(row: row)[0] == 0 && map.unsafePointer(row: row)[1] == 0)
        }
    }
}

@Suite struct WorkersTests {
    @Test(arguments: [1, 2, 3, 8], [0, 1, 2, 50])
    func everyPieceIsDoneOnceAndNoWorkerTwiceAtATime(_ count: Int, pieces: Int) {
        let done = Mutex([Int: Int]())
        let busy = Mutex(Set<Int>())
        Workers(count: count).run(pieces: pieces) { piece, worker in
            let wasFree = busy.withLock { $0.insert(worker).inserted }
            done.withLock { $0[piece, default: 0] += wasFree && (0..<count).contains(worker) ? 1 : 100 }
            _ = busy.withLock { $0.remove(worker) }
        }
        #expect(done.withLock { $0 } == Dictionary(uniqueKeysWithValues: (0..<pieces).map { ($0, 1) }))
    }

    /// Pieces of very different lengths, so that they end in another order.
    @Test(arguments: [1, 3], [-1, 0, 1, 50]) func resultsAreInTheOrderOfPieces(_ count: Int, pieces: Int) {
        let results = Workers(count: count).map(pieces: pieces) { piece, worker -> Int? in
            let steps = piece % 7 == 0 ? 100_000 : 1
            let sum = (0..<steps).reduce(0) { $0 &+ ($1 ^ piece) }
            return (0..<count).contains(worker) && sum >= 0 && piece % 3 != 0 ? piece : nil
        }
        // A result that is nil is one, too.
        #expect(results == (0..<max(pieces, 0)).map { $0 % 3 != 0 ? $0 : nil })
    }
}

/// A product that is not known before the program runs; its bits, as a comparison would count a denormal number as zero.
@inline(never) private func bitsOfProduct(_ a: Float, _ b: Float) -> UInt32 { (a * b).bitPattern }

@Suite struct DenormalsTests {
    /// Results and operands, in one thread and in several. 1e-40, which is denormal, is 71362 times 2^-149.
    @Test(arguments: [1, 2, 4]) func denormalNumbersAreZeroInWorkers(_ threads: Int) {
        #expect(bitsOfProduct(1e-20, 1e-20) == 71_362 && bitsOfProduct(0x1p-140, 1e30) != 0)
        let bits = Workers(count: threads).map(pieces: 64) { _, _ in
            usleep(100)
            return [bitsOfProduct(1e-20, 1e-20), bitsOfProduct(0x1p-140, 1e30), bitsOfProduct(-1e-20, 1e-20)]
        }
        #expect(bits.allSatisfy { $0 == [0, 0, 0x8000_0000] })
        #expect(bitsOfProduct(1e-20, 1e-20) == 71_362, "it is as it was")
    }

    /// A thread has what the one that started it had, as the threads that OpenBLAS or Dispatch may start.
    @Test func threadsInheritIt() async {
        await #expect(processExitsWith: .exitCode(7)) {
            Denormals.flush()
            let bits = Mutex<[UInt32]>([])
            let threads = (0..<4).map { _ in Thread { bits.withLock { $0.append(bitsOfProduct(1e-20, 1e-20)) } } }
            for thread in threads { thread.start() }
            while bits.withLock({ $0.count }) < 4 { usleep(1_000) }
            exit(bits.withLock { $0 } == [0, 0, 0, 0] ? 7 : 1)
        }
    }
}

@Suite struct SeededGeneratorTests {
    /// The first outputs of SplitMix64 from state 1234567, as its authors' reference program prints them.
    @Test func theSequenceIsSplitMix64s() {
        var generator = SeededGenerator(seed: 1_234_567)
        #expect(
            (0..<3).map { _ in generator.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }

    @Test func momentsAreThoseDocumented() {
        var generator = SeededGenerator(seed: 9)
        let count = 200_000
        let bell = (0..<count).map { _ in Double(generator.bell()) }
        let uniform = (0..<count).map { _ in Double(generator.uniform()) }
        func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(count) }
        // Five standard errors of each estimate.
        #expect(abs(mean(bell)) < 0.012 && abs(mean(bell.map { $0 * $0 }) - 1) < 0.015)
        #expect(abs(mean(uniform)) < 0.007 && abs(mean(uniform.map { $0 * $0 }) - 1.0 / 3) < 0.004)
        #expect(bell.allSatisfy { abs($0) < 3.47 } && uniform.allSatisfy { $0 >= -1 && $0 < 1 })
    }
}

@Suite struct CholeskyTests {
    /// `A A^-1 = I`, in the upper triangle alone, and ln det of a tridiagonal matrix by its recurrence
    /// `d_n = 2.5 d_(n-1) - d_(n-2)`, which is `(4 2^n - 2^-n) / 3`. Rounding in float64 at a condition of 9.
    @Test(arguments: [(1, 1), (2, 5), (7, 7), (64, 64), (130, 160)])
    func inverseAndDeterminant(_ size: Int, _ stride: Int) throws {
        var a = [Double](repeating: -9, count: size * stride)
        for row in 0..<size {
            for column in row..<size { a[row * stride + column] = row == column ? 2.5 : column == row + 1 ? 1 : 0 }
        }
        let before = a
        let logDeterminant = try #require(Cholesky.invert(&a, size: size, stride: stride))
        #expect(
            abs(logDeterminant - log((4 * pow(2, Double(size)) - pow(2, -Double(size))) / 3)) < 1e-12 * Double(size))
        func inverse(_ row: Int, _ column: Int) -> Double { a[min(row, column) * stride + max(row, column)] }
        for row in 0..<size {
            for column in 0..<size {
                let neighbours = [row - 1, row + 1].filter { (0..<size).contains($0) }
                let product = neighbours.reduce(2.5 * inverse(row, column)) { $0 + inverse($1, column) }
                #expect(abs(product - (row == column ? 1 : 0)) < 1e-13)
            }
            for column in 0..<row { #expect(a[row * stride + column] == before[row * stride + column]) }
        }
    }

    @Test(arguments: [
        [1, 2, 0, 1], [0, 0, 0, 1], [-1, 0, 0, 1], [.nan, 0, 0, 1], [1, .nan, 0, 1], [1, 0, 0, .infinity],
    ])
    func whatIsNotPositiveDefiniteHasNone(_ matrix: [Double]) {
        var matrix = matrix
        #expect(Cholesky.invert(&matrix, size: 2, stride: 2) == nil)
    }
}
