// SPDX-License-Identifier: Apache-2.0
import Foundation

/// `amplitude * sin(2 pi hertz t / rate)` for `count` frames, computed in double precision.
public func sine(_ hertz: Double, rate: Int, count: Int, amplitude: Double = 0.5) -> [Float] {
    (0..<count).map { Float(amplitude * sin(2 * .pi * hertz * Double($0) / Double(rate))) }
}

/// The cosine between `a` and `b` moved to the left by `delay`, where both have samples.
public func correlation(_ a: [Float], _ b: [Float], delay: Int) -> Double {
    var (ab, aa, bb) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b.dropFirst(delay)) {
        ab += Double(x) * Double(y)
        aa += Double(x) * Double(x)
        bb += Double(y) * Double(y)
    }
    return ab / (aa * bb).squareRoot()
}
