// SPDX-License-Identifier: Apache-2.0
import CVectorKernels

/// The right-hand side `[k, n]` of many products, packed once for the kernels that compute them.
public final class PackedMatrix: Sendable {
    /// Rows.
    public let k: Int
    /// Columns.
    public let n: Int
    private let level: vk_level?
    private let storage: AlignedBuffer<Float>

    /// A matrix of zeros.
    public init(rows k: Int, columns n: Int, kernels: KernelLevel = .current) {
        self.k = k
        self.n = n
        level = kernels.kernels(columns: n)
        storage = AlignedBuffer(count: k * n)
    }

    /// Packs `values`.
    public convenience init(
        _ values: [Float], rows k: Int, columns n: Int, transposed: Bool = false, kernels: KernelLevel = .current
    ) {
        precondition(values.count == k * n)
        self.init(rows: k, columns: n, kernels: kernels)
        pack(values, transposed: transposed)
    }

    /// Replaces the values.
    ///
    /// - Parameters:
    ///   - values: row-major `[k, n]`.
    ///   - transposed: they are `[n, k]` instead.
    public func pack(_ values: UnsafePointer<Float>, transposed: Bool = false) {
        if let level {
            vk_pack(level, values, transposed ? 1 : 0, storage.unsafePointer, Int64(k), Int64(n))
        } else {
            for row in 0..<k {
                for column in 0..<n {
                    storage.unsafePointer[row * n + column] =
                        transposed ? values[column * k + row] : values[row * n + column]
                }
            }
        }
    }

    /// `c = a b` or `c += a b`, with this as `b`.
    ///
    /// - Parameters:
    ///   - a: `[m, k]`, row-major and dense.
    ///   - c: `[m, n]`, the same.
    ///   - adding: add to `c` instead of replacing it.
    public func multiply(
        _ a: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>, adding: Bool, m: Int
    ) {
        if let level {
            vk_multiply_packed(level, a, storage.unsafePointer, c, adding ? 1 : 0, Int64(m), Int64(n), Int64(k))
        } else {
            Product.multiply(a, storage.unsafePointer, into: c, adding: adding, m: m, n: n, k: k)
        }
    }
}
