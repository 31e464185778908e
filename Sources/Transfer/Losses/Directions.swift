// SPDX-License-Identifier: Apache-2.0
import Matrices

/// K directions in the space of a map's C channels, and projections onto them.
final class Directions: Sendable {
    /// K.
    let count: Int
    /// As the right-hand side `[C, K]`.
    private let forward: PackedMatrix
    /// The same turned round, `[K, C]`.
    private let back: PackedMatrix

    /// - Parameter values: unit vectors, `[K, C]`.
    init(_ values: AlignedBuffer<Float>, columns: Int) {
        count = values.count / max(columns, 1)
        forward = PackedMatrix(rows: columns, columns: count)
        back = PackedMatrix(rows: count, columns: columns)
        guard !MemoryLedger.isPlanning else { return }
        forward.pack(values.unsafePointer, transposed: true)
        back.pack(values.unsafePointer)
    }

    /// Directions without preference: normal vectors, scaled to unit length.
    static func random(_ count: Int, columns: Int, seed: UInt64) -> Directions {
        var generator = SeededGenerator(seed: seed)
        return Directions(
            AlignedBuffer(count: count * columns) { values in
                for direction in 0..<count {
                    let own = values + direction * columns
                    for column in 0..<columns { own[column] = generator.normal() }
                    let length = (0..<columns).reduce(0.0) { $0 + Double(own[$1]) * Double(own[$1]) }.squareRoot()
                    for column in 0..<columns { own[column] = Float(Double(own[column]) / length) }
                }
            }, columns: columns)
    }

    /// Rows `[rows, C]` to projections `[rows, K]`.
    func project(_ values: UnsafePointer<Float>, into projections: UnsafeMutablePointer<Float>, rows: Int) {
        forward.multiply(values, into: projections, adding: false, m: rows)
    }

    /// Adds the gradient with respect to rows, `[rows, C]`, from that with respect to projections, `[rows, K]`.
    func addBack(_ projections: UnsafePointer<Float>, to gradient: UnsafeMutablePointer<Float>, rows: Int) {
        back.multiply(projections, into: gradient, adding: true, m: rows)
    }
}
