// SPDX-License-Identifier: Apache-2.0
internal import CKissFFT
import Matrices

/// A complex number: x is the real part, y the imaginary part.
public typealias Complex = SIMD2<Float>

/// The discrete Fourier transform of real signals of one length, and its inverse, by KissFFT: `X[k] = sum_t x[t] e^(-2 pi i k t / n)`
/// for k up to n / 2.
///
/// One thread at a time uses a plan. Nothing is allocated by a transform as long as n has no prime factor above 5.
package final class FourierTransform: @unchecked Sendable {
    package let size: Int
    /// `size / 2 + 1`.
    package var bins: Int { size / 2 + 1 }
    /// KissFFT's plans, made when they are first used.
    private lazy var forward = Plan(size, inverse: false)
    private lazy var inverse = Plan(size, inverse: true)
    private let memory: MemoryLedger.Entry?
    /// For odd lengths, which KissFFT's real transform does not do: signal and spectrum, complex.
    private let wide: (signal: AlignedBuffer<Complex>, spectrum: AlignedBuffer<Complex>)?

    package init(size: Int) {
        precondition(size >= 1, "a transform of nothing")
        self.size = size
        wide = size % 2 == 0 ? nil : (AlignedBuffer(count: size), AlignedBuffer(count: size))
        memory = MemoryLedger.note(bytes: 2 * Plan.bytes(size))
    }

    /// A plan of KissFFT's for one direction.
    private final class Plan {
        let handle: OpaquePointer

        init(_ size: Int, inverse: Bool) {
            guard let plan = Self.allocate(size, inverse, nil) else {
                preconditionFailure("no memory for a transform of \(size)")
            }
            handle = plan
        }

        deinit { kiss_plan_free(UnsafeMutableRawPointer(handle)) }

        /// Bytes of one, as KissFFT says.
        static func bytes(_ size: Int) -> Int {
            var bytes = 0
            _ = allocate(size, false, &bytes)
            return bytes
        }

        private static func allocate(
            _ size: Int, _ inverse: Bool, _ bytes: UnsafeMutablePointer<Int>?
        ) -> OpaquePointer? {
            size % 2 == 0
                ? kiss_fftr_alloc(Int32(size), inverse ? 1 : 0, nil, bytes)
                : kiss_fft_alloc(Int32(size), inverse ? 1 : 0, nil, bytes)
        }
    }

    /// From `size` samples to ``bins`` values.
    package func transform(_ x: UnsafePointer<Float>, into spectrum: UnsafeMutablePointer<Complex>) {
        guard let wide else {
            spectrum.withMemoryRebound(to: kiss_fft_cpx.self, capacity: bins) { kiss_fftr(forward.handle, x, $0) }
            return
        }
        for t in 0..<size { wide.signal.unsafePointer[t] = Complex(x[t], 0) }
        run(forward, wide)
        spectrum.update(from: wide.spectrum.unsafePointer, count: bins)
    }

    /// The sum `x[t] = sum_k X[k] e^(2 pi i k t / n)` over all n values, of which ``bins`` are given and the others are their
    /// conjugates: `size` times the inverse.
    package func inverseTransform(_ spectrum: UnsafePointer<Complex>, into x: UnsafeMutablePointer<Float>) {
        guard let wide else {
            spectrum.withMemoryRebound(to: kiss_fft_cpx.self, capacity: bins) { kiss_fftri(inverse.handle, $0, x) }
            return
        }
        // Here the signal's buffer holds the spectrum.
        wide.signal.unsafePointer[0] = Complex(spectrum[0].x, 0)
        for k in 1..<max(bins, 1) {
            wide.signal.unsafePointer[k] = spectrum[k]
            wide.signal.unsafePointer[size - k] = Complex(spectrum[k].x, -spectrum[k].y)
        }
        run(inverse, wide)
        for t in 0..<size { x[t] = wide.spectrum.unsafePointer[t].x }
    }

    private func run(
        _ plan: Plan, _ wide: (signal: AlignedBuffer<Complex>, spectrum: AlignedBuffer<Complex>)
    ) {
        wide.signal.unsafePointer.withMemoryRebound(to: kiss_fft_cpx.self, capacity: size) { signal in
            wide.spectrum.unsafePointer.withMemoryRebound(to: kiss_fft_cpx.self, capacity: size) { spectrum in
                kiss_fft(plan.handle, signal, spectrum)
            }
        }
    }
}
