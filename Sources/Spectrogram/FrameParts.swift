// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices

/// Real and imaginary parts and magnitudes of frames of a waveform, as in the code of P. K. Mital: Time Domain Neural Audio Style
/// Transfer (2017), `models/timedomain.py`.
///
/// With frames x `[F, L]` and K frequencies `w_k = pi k / (K - 1)` from 0 to pi, both included (which are not quite a discrete Fourier
/// transform's),
///
///     re[f, k] = sum_n x[f, n] cos(w_k n)    im[f, k] = sum_n x[f, n] sin(w_k n)    |.| = sqrt(max(re^2 + im^2, 1e-15))
///
/// A row of the map is `[3 K]`: re, im, magnitudes.
public final class FrameParts: Sendable {
    /// L.
    public let length: Int
    /// K.
    public let frequencies: Int
    /// Threads that it computes on.
    public let threads: Int
    /// Cosines, then sines, `[L, 2 K]`.
    private let waves: AlignedBuffer<Float>
    /// For each thread, rows of products.
    private let products: [AlignedBuffer<Float>]
    private static let rowsAtOnce = 64
    private static let floor: Float = 1e-15

    /// - Parameters:
    ///   - length: samples of a frame.
    ///   - size: of the transform whose half is K: at least 4.
    public init(length: Int, size: Int, threads: Int) {
        (self.length, self.threads, frequencies) = (length, threads, size / 2)
        let count = size / 2
        waves = AlignedBuffer(count: length * 2 * count)
        products = (0..<threads).map { _ in AlignedBuffer(count: Self.rowsAtOnce * 2 * count) }
        guard !MemoryLedger.isPlanning else { return }
        let (waves, step) = (waves, Double.pi / Double(max(count - 1, 1)))
        Workers(count: threads).run(pieces: length) { sample, _ in
            let row = waves.unsafePointer + sample * 2 * count
            for k in 0..<count {
                let angle = (step * Double(k * sample)).truncatingRemainder(dividingBy: 2 * .pi)
                row[k] = Float(cos(angle))
                row[count + k] = Float(sin(angle))
            }
        }
    }

    /// Values of a row: 3 K.
    public var columns: Int { 3 * frequencies }

    /// The map of frames.
    ///
    /// - Parameter x: `[F, L]`.
    /// - Returns: `[F, 3 K]`.
    public func parts(of x: [Float]) -> [Float] {
        let (frames, count) = (x.count / length, frequencies)
        return map(frames * columns) { map in
            forEachTile(frames) { rows, product in
                x.withUnsafeBufferPointer { x in
                    guard let x = x.baseAddress else { return }
                    Product.multiply(
                        x + rows.lowerBound * length, waves.unsafePointer, into: product, adding: false, m: rows.count,
                        n: 2 * count, k: length)
                }
                for (index, row) in rows.enumerated() {
                    let (from, to) = (product + index * 2 * count, map + row * columns)
                    to.update(from: from, count: 2 * count)
                    for k in 0..<count {
                        to[2 * count + k] = max(from[k] * from[k] + from[count + k] * from[count + k], Self.floor)
                            .squareRoot()
                    }
                }
            }
        }
    }

    /// The gradient on frames; 0 through a magnitude that the floor holds.
    ///
    /// - Parameters:
    ///   - gradient: on the map, `[F, 3 K]`.
    ///   - parts: the map, `[F, 3 K]`.
    /// - Returns: `[F, L]`.
    public func gradient(_ gradient: [Float], at parts: [Float]) -> [Float] {
        let (frames, count) = (parts.count / columns, frequencies)
        return map(frames * length) { map in
            forEachTile(frames) { rows, product in
                for (index, row) in rows.enumerated() {
                    let to = product + index * 2 * count
                    for k in 0..<count {
                        let place = row * columns + k
                        let (real, imaginary) = (parts[place], parts[place + count])
                        let isHeld = real * real + imaginary * imaginary <= Self.floor
                        let slope = isHeld ? 0 : gradient[place + 2 * count] / parts[place + 2 * count]
                        to[k] = gradient[place] + slope * real
                        to[count + k] = gradient[place + count] + slope * imaginary
                    }
                }
                Product.multiply(
                    product, waves.unsafePointer, transposed: true, into: map + rows.lowerBound * length, adding: false,
                    m: rows.count, n: length, k: 2 * count)
            }
        }
    }

    private func map(_ count: Int, _ fill: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
        [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let map = buffer.baseAddress { fill(map) }
            initialized = count
        }
    }

    private func forEachTile(_ frames: Int, _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void) {
        let tiles = (frames + Self.rowsAtOnce - 1) / Self.rowsAtOnce
        // Rows of a tile are its own.
        nonisolated(unsafe) let body = body
        Workers(count: threads).run(pieces: tiles) { tile, worker in
            let first = tile * Self.rowsAtOnce
            body(first..<min(first + Self.rowsAtOnce, frames), products[worker].unsafePointer)
        }
    }
}
