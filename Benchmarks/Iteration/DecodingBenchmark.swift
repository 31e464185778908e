// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation

/// What it costs that sounds are decoded in a limited child: the two ways in turn, on the same files.
enum DecodingBenchmark {
    static func run(_ paths: [String], runs: Int) throws {
        print("here (ms)  child (ms)  more (ms)  file            medians of \(runs)")
        for path in paths {
            let file = try FileSection(ofInput: path)
            func milliseconds(_ place: DecodingPlace) throws -> Double {
                let start = ContinuousClock.now
                _ = try AudioFile.stored(file, start: nil, duration: nil, in: place)
                return (ContinuousClock.now - start) / .milliseconds(1)
            }
            _ = try milliseconds(.here)
            let pairs = try (0..<runs).map { _ in
                (try milliseconds(.here), try milliseconds(.child(program: LimitedChild.program)))
            }
            func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
            let (here, child) = (median(pairs.map(\.0)), median(pairs.map(\.1)))
            print(String(format: "%9.1f  %10.1f  %9.1f  %@", here, child, child - here, path))
        }
    }
}
