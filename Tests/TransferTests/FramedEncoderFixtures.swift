// SPDX-License-Identifier: Apache-2.0
import Foundation
import Spectrogram
import TestSupport

/// What SciPy and NumPy computed (`Tools/reference/mital.py`).
enum MitalFixture {
    struct Framing: Decodable {
        let signal: [Float]
        let length: Int
        let hop: Int
        let window: [Double]
        /// Of 2048 samples, at 0, 1, 700, 1023, 1024, 2046 and 2047.
        let long_window: [Double]
        /// `[6 * length]`.
        let frames: [Double]
        /// `[6 * length]`.
        let x: [Float]
        /// Of x as it is.
        let added: [Double]
        /// Of x in companded units, through the limiter.
        let sound: [Double]
    }

    struct Limiter: Decodable {
        let signal: [Float]
        let places: [Int]
        let limited: [Double]
    }

    static func read<Values: Decodable>(_ name: String) throws -> Values {
        let data = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("mital/\(name).json")))
        return try JSONDecoder().decode(Values.self, from: data)
    }
}
