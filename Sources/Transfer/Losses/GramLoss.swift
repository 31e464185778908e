// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The Gram matrix of a feature map, `G = F^T F / T`, `[C, C]`, or with another divisor (Gatys, Ecker, Bethge: A Neural Algorithm of Artistic
/// Style, 2015), gathered in ranges of time. Centred, it is the covariance matrix, of F less the mean of each channel.
public final class GramMatrix: FeatureVisitor, @unchecked Sendable {
    public let needsWhole = true
    private let divisor: Double?
    private let centred: Bool
    private var columns = 0
    /// C.
    var width: Int { columns }
    private var rows = 0
    private var gradientFollows = false
    /// For each slot the upper triangle of its rows' `F^T F`.
    private var partial: [AlignedBuffer<Float>] = []
    /// The upper triangle of `F^T F`, as far as the slots have been emptied; complete after ``end()``.
    private(set) var total = AlignedBuffer<Double>(count: 0)

    /// If centred, for each slot its rows.
    private var shifted: [ShiftedRows] = []
    /// If centred, m; after ``end()``.
    private var means = AlignedBuffer<Float>(count: 0)

    /// Calls of ``settle()`` since the slots were emptied.
    private var windows = 0

    /// A matrix of nothing yet.
    ///
    /// - Parameters:
    ///   - divisor: nil for the map's rows.
    ///   - centred: of F less its channels' means.
    public init(divisor: Double? = nil, centred: Bool = false) {
        (self.divisor, self.centred) = (divisor, centred)
    }

    /// The weighted mean of some matrices, row-major `[C, C]`.
    static func mean(_ matrices: some Sequence<(GramMatrix, Double)>) -> AlignedBuffer<Double> {
        let matrices = Array(matrices)
        return AlignedBuffer(count: matrices.first.map { $0.0.columns * $0.0.columns } ?? 0) { mean in
            for (matrix, share) in matrices {
                let share = matrices.count > 1 ? share : 1
                matrix.forEachEntry { mean[$0] += share * $1 }
            }
        }
    }

    public func begin(_ traversal: FeatureTraversal) {
        rows = traversal.rows
        gradientFollows = traversal.summing == .gradient
        if columns != traversal.columns || partial.count != traversal.slots {
            columns = traversal.columns
            partial = (0..<traversal.slots).map { _ in AlignedBuffer(count: columns * columns) }
            total = AlignedBuffer(count: columns * columns)
            if centred {
                shifted = partial.map { _ in ShiftedRows(columns: columns) }
                means = AlignedBuffer(count: columns)
            }
        }
        for rows in shifted { rows.restart() }
        windows = 0
        for sums in partial { sums.unsafePointer.update(repeating: 0, count: sums.count) }
        total.unsafePointer.update(repeating: 0, count: total.count)
    }

    public func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        let sums = partial[slot].unsafePointer
        if centred {
            shifted[slot].add(rows) { Product.gram(of: $0, into: sums, adding: true) }
        } else {
            Product.gram(of: rows, into: sums, adding: true)
        }
    }

    /// Every few windows, so that a slot sums no more than some ten thousand rows in float32: the error of such a sum is
    /// some 10^2 2^-24 of it, as errors add up like a random walk.
    public func settle() {
        windows += 1
        if windows % 8 == 0 { drain() }
    }

    public func end() {
        drain()
        if centred { centre() }
        if !gradientFollows { (partial, shifted) = ([], []) }
    }

    /// From products of each slot's rows less their origin o to products of rows less m: with d = m - o and s the sum of n such rows,
    /// `sum (x - m) (x - m)^T = sum (x - o) (x - o)^T - d s^T - s d^T + n d d^T`.
    private func centre() {
        let means = (0..<columns).map { column in
            shifted.reduce(0) {
                $0 + Double($1.count) * Double($1.origin.unsafePointer[column]) + $1.sums.unsafePointer[column]
            } / Double(max(rows, 1))
        }
        for rows in shifted where rows.count > 0 {
            let (count, sums) = (Double(rows.count), rows.sums.unsafePointer)
            let distances = means.indices.map { means[$0] - Double(rows.origin.unsafePointer[$0]) }
            distances.withUnsafeBufferPointer { d in
                for row in 0..<columns {
                    let (entries, factor, own) = (
                        total.unsafePointer + row * columns, count * d[row] - sums[row], d[row]
                    )
                    for column in row..<columns { entries[column] += factor * d[column] - own * sums[column] }
                }
            }
        }
        for column in 0..<columns { self.means.unsafePointer[column] = Float(means[column]) }
    }

    /// Lends rows as the matrix takes them, less m if centred, with the number of the first of them; after ``end()``.
    func centred(
        _ rows: FeatureRows, slot: Int, _ body: (_ rows: FeatureRows, _ first: Int) -> Void
    ) {
        if centred { shifted[slot].shift(rows, by: means.unsafePointer, body) } else { body(rows, 0) }
    }

    /// What ``total`` is multiplied by to become G.
    var scale: Double { 1 / (divisor ?? Double(max(rows, 1))) }

    /// G, row-major `[C, C]`, both triangles; after ``end()``.
    public var values: [Double] {
        var values = [Double](repeating: 0, count: columns * columns)
        forEachEntry { values[$0] = $1 }
        return values
    }

    private func forEachEntry(_ take: (_ index: Int, _ value: Double) -> Void) {
        for row in 0..<columns {
            for column in row..<columns {
                let value = total.unsafePointer[row * columns + column] * scale
                take(row * columns + column, value)
                if column > row { take(column * columns + row, value) }
            }
        }
    }

    private func drain() {
        for sums in partial { Elementwise.drain(sums.unsafePointer, into: total.unsafePointer, count: sums.count) }
    }

    public func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {}
    public func endGradient() {}
}

extension GramMatrix: StorableSummary {
    var stored: StoredSummary {
        StoredSummary(
            rows: rows, columns: columns, values: (0..<total.count).map { total.unsafePointer[$0] })
    }

    func restore(_ stored: StoredSummary) -> Bool {
        guard stored.columns > 0, stored.values.count == stored.columns * stored.columns else { return false }
        (rows, columns, total) = (stored.rows, stored.columns, AlignedBuffer(stored.values))
        return true
    }
}

/// `L = sum (G(F) - A)^2`, normalised, with A the style's Gram matrix.
///
/// With the mean over its `C^2` entries and T as divisor, `dL/dF = F D`, `D = 4 (G - A) / (C^2 T)`: one more product in the backward pass.
/// Of covariance matrices it is `(F - m) D`, with m in each row.
public final class GramLoss: FeatureLoss, @unchecked Sendable {
    public private(set) var value = 0.0
    public let needsWhole = true
    public var weight: Double
    private let target: AlignedBuffer<Double>
    private let normalisation: LossNormalisation
    private let gram: GramMatrix
    /// D.
    private let derivative: GramDerivative

    /// - Parameters:
    ///   - target: A, row-major `[C, C]`.
    ///   - weight: of this loss in the total.
    ///   - divisor: of x's own matrix; nil for the map's rows.
    ///   - centred: both are covariance matrices.
    public convenience init(
        target: [Double], weight: Double, normalisation: LossNormalisation = .mean, divisor: Double? = nil,
        centred: Bool = false
    ) {
        self.init(
            target: AlignedBuffer(target), weight: weight, normalisation: normalisation, divisor: divisor,
            centred: centred)
    }

    /// The same with a target that is not copied.
    init(
        target: AlignedBuffer<Double>, weight: Double, normalisation: LossNormalisation = .mean,
        divisor: Double? = nil, centred: Bool = false
    ) {
        self.target = target
        self.weight = weight
        gram = GramMatrix(divisor: divisor, centred: centred)
        self.normalisation = normalisation
        derivative = GramDerivative(columns: Int(Double(target.count).squareRoot()))
    }

    /// Float32 products leave some 1e-5 of a matrix, squared.
    public var resolution: Double {
        let columns = Int(Double(target.count).squareRoot())
        return 1e-10 * normalisation.gramFactor(columns: columns)
            * (0..<target.count).reduce(0) { $0 + target.unsafePointer[$1] * target.unsafePointer[$1] }
    }

    public func begin(_ traversal: FeatureTraversal) {
        precondition(traversal.columns * traversal.columns == target.count, "a target of another width")
        gram.begin(traversal)
    }

    public func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        gram.read(rows, from: start, slot: slot)
    }

    public func settle() { gram.settle() }

    public func end() {
        gram.end()
        let (columns, total, gramScale) = (gram.width, gram.total.unsafePointer, gram.scale)
        let factor = normalisation.gramFactor(columns: columns)
        let scale = 4 * weight * factor * gramScale
        var sum = 0.0
        derivative.set { row, column in
            let index = row * columns + column
            let difference = total[index] * gramScale - target.unsafePointer[index]
            sum += (row == column ? 1 : 2) * difference * difference
            return scale * difference
        }
        value = factor * sum
    }

    public func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        gram.centred(rows, slot: slot) { rows, first in
            derivative.addProduct(
                with: rows,
                to: MutableFeatureRows(
                    unsafePointer: gradient.unsafePointer + first * rows.columns, rows: rows.rows, columns: rows.columns
                ))
        }
    }

    public func endGradient() {}
}
