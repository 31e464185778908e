// SPDX-License-Identifier: Apache-2.0
internal import CVectorKernels
import Foundation
import Matrices

/// The discrete Fourier transform `X[k] = sum_t x[t] e^(-2 pi i k t / n)` in float64, for n without a prime factor above 5.
final class ComplexTransform: Sendable {
    let size: Int
    private let radices: [Int32]
    /// Cosines and sines of `2 pi j / n`, one after the other.
    private let circle: AlignedBuffer<Double>

    /// The least size of at least `minimum` without a prime factor above 5.
    static func size(atLeast minimum: Int) -> Int {
        var size = max(minimum, 1)
        while factors(of: size) == nil { size += 1 }
        return size
    }

    init(size: Int) {
        guard let factors = Self.factors(of: size) else { preconditionFailure("a transform of \(size)") }
        self.size = size
        radices = factors
        circle = AlignedBuffer(count: 2 * size) { values in
            for index in 0..<size {
                let angle = 2 * Double.pi * Double(index) / Double(size)
                (values[index], values[size + index]) = (cos(angle), sin(angle))
            }
        }
    }

    private static func factors(of size: Int) -> [Int32]? {
        var (rest, factors) = (size, [Int32]())
        for radix in [4, 2, 3, 5] {
            while rest % radix == 0 { (rest, factors) = (rest / radix, factors + [Int32(radix)]) }
        }
        return rest == 1 ? factors : nil
    }

    /// In place; `spare` has room for `size` values too.
    func transform(_ x: SplitComplex, spare: SplitComplex) {
        vk_fourier(
            x.re, x.im, spare.re, spare.im, circle.unsafePointer, circle.unsafePointer + size, radices,
            Int32(radices.count), Int64(size))
    }

    /// The sum `x[t] = sum_k X[k] e^(2 pi i k t / n)`, in place: n times the inverse.
    func inverseTransform(_ x: SplitComplex, spare: SplitComplex) {
        transform(SplitComplex(re: x.im, im: x.re), spare: spare)
    }
}

/// Complex values, their real and their imaginary parts each in one piece of memory.
struct SplitComplex: @unchecked Sendable {
    let re: UnsafeMutablePointer<Double>
    let im: UnsafeMutablePointer<Double>

    init(re: UnsafeMutablePointer<Double>, im: UnsafeMutablePointer<Double>) { (self.re, self.im) = (re, im) }

    /// The first `count` values of a buffer of twice as many numbers, from a place in it.
    init(_ buffer: AlignedBuffer<Double>, at place: Int = 0, count: Int) {
        re = buffer.unsafePointer + place
        im = buffer.unsafePointer + place + count
    }

    func clear(_ range: Range<Int>) {
        (re + range.lowerBound).update(repeating: 0, count: range.count)
        (im + range.lowerBound).update(repeating: 0, count: range.count)
    }
}

/// The transform of real signals of an even length n by a complex one of n / 2.
final class RealTransform: Sendable {
    let size: Int
    private let half: ComplexTransform
    /// Cosines and sines of `2 pi k / n` for k up to n / 2.
    private let circle: AlignedBuffer<Double>

    init(size: Int) {
        precondition(size % 2 == 0, "a real transform of an odd length")
        self.size = size
        half = ComplexTransform(size: size / 2)
        let bins = size / 2 + 1
        circle = AlignedBuffer(count: 2 * bins) { values in
            for bin in 0..<bins {
                let angle = 2 * Double.pi * Double(bin) / Double(size)
                (values[bin], values[bins + bin]) = (cos(angle), sin(angle))
            }
        }
    }

    /// `X[k] = sum_t x[t] e^(-2 pi i k t / n)` for k up to n / 2.
    ///
    /// - Parameters:
    ///   - sample: the signal's value at a place.
    ///   - spectrum, spare: room for n / 2 + 1 values each.
    func transform(_ sample: (Int) -> Double, into spectrum: SplitComplex, spare: SplitComplex) {
        let middle = size / 2
        for index in 0..<middle {
            (spectrum.re[index], spectrum.im[index]) = (sample(2 * index), sample(2 * index + 1))
        }
        half.transform(spectrum, spare: spare)
        (spectrum.re[middle], spectrum.im[middle]) = (spectrum.re[0], spectrum.im[0])
        let (cosines, sines) = (circle.unsafePointer, circle.unsafePointer + middle + 1)
        for low in 0...middle / 2 {
            let high = middle - low
            let (zr, zi, yr, yi) = (spectrum.re[low], spectrum.im[low], spectrum.re[high], spectrum.im[high])
            // Spectra of the even and the odd samples, at `low`.
            let (er, ei) = ((zr + yr) / 2, (zi - yi) / 2)
            let (or, oi) = ((zi + yi) / 2, (yr - zr) / 2)
            let (tr, ti) = (cosines[low] * or + sines[low] * oi, cosines[low] * oi - sines[low] * or)
            (spectrum.re[low], spectrum.im[low]) = (er + tr, ei + ti)
            (spectrum.re[high], spectrum.im[high]) = (er - tr, ti - ei)
        }
    }

    /// The sum `x[t] = Re sum_k X[k] e^(2 pi i k t / n)` over k from 0 to n / 2: the transpose of ``transform(_:into:spare:)``
    /// for gradients. The spectrum is overwritten: by the even samples as its real, the odd ones as its imaginary parts.
    func transpose(_ spectrum: SplitComplex, spare: SplitComplex) {
        let middle = size / 2
        let (cosines, sines) = (circle.unsafePointer, circle.unsafePointer + middle + 1)
        // Hermitian: each value and its conjugate take half of it.
        for bin in 1..<middle {
            spectrum.re[bin] /= 2
            spectrum.im[bin] /= 2
        }
        (spectrum.im[0], spectrum.im[middle]) = (0, 0)
        for low in 0...middle / 2 {
            let high = middle - low
            let (xr, xi, yr, yi) = (spectrum.re[low], spectrum.im[low], spectrum.re[high], spectrum.im[high])
            let (er, ei) = (xr + yr, xi - yi)
            let (dr, di) = (xr - yr, xi + yi)
            let (or, oi) = (cosines[low] * dr - sines[low] * di, cosines[low] * di + sines[low] * dr)
            (spectrum.re[low], spectrum.im[low]) = (er - oi, ei + or)
            (spectrum.re[high], spectrum.im[high]) = (er + oi, or - ei)
        }
        half.inverseTransform(spectrum, spare: spare)
    }
}
