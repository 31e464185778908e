// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The parts of the styles that a dictionary is made of: all of them where they are short, else half seconds that are as different from each
/// other as can be, so that every note is there once.
struct Stretches {
    /// A part of a style, in samples at 16 kHz.
    struct Stretch: Equatable {
        var style: Int
        var samples: Range<Int>
    }

    /// Seconds of all styles together.
    static let budget = 4.0
    private static let length = YIN.rate / 2

    /// - Parameters:
    ///   - styles: each one's mix at 16 kHz.
    ///   - shares: of the budget.
    static func chosen(from styles: [[Float]], shares: [Double]) -> [Stretch] {
        styles.indices.flatMap { style -> [Stretch] in
            let samples = styles[style].count
            let most = Int(budget * shares[style] * Double(YIN.rate))
            guard samples > most else { return [Stretch(style: style, samples: 0..<samples)] }
            let all = stride(from: 0, to: samples, by: length).map { $0..<min($0 + length, samples) }
            let features = all.map { feature(of: styles[style], $0) }
            let levels = all.map { part in styles[style][part].reduce(0) { $0 + $1 * $1 } }
            var chosen = [levels.indices.max { levels[$0] < levels[$1] } ?? 0]
            var distances = features.map { distance($0, features[chosen[0]]) }
            while chosen.count < max(most / length, 1),
                let next = distances.indices.max(by: { distances[$0] < distances[$1] }),
                distances[next] > 0
            {
                chosen.append(next)
                for (index, feature) in features.enumerated() {
                    distances[index] = min(distances[index], distance(feature, features[next]))
                }
            }
            // Neighbours make one stretch again.
            return chosen.sorted().reduce(into: []) { stretches, index in
                if let last = stretches.last, last.samples.upperBound == all[index].lowerBound {
                    stretches[stretches.count - 1].samples = last.samples.lowerBound..<all[index].upperBound
                } else {
                    stretches.append(Stretch(style: style, samples: all[index]))
                }
            }
        }
    }

    /// The root of the mean magnitudes in semitones from 60 Hz, at length 1; zeros for a quiet part.
    private static func feature(of style: [Float], _ part: Range<Int>) -> [Float] {
        let transform = FrameTransform(size: 4_096)
        var feature = [Float](repeating: 0, count: 84)
        for centre in stride(from: part.lowerBound, to: part.upperBound, by: 2_048) {
            style.withUnsafeBufferPointer { transform.read($0, centre: centre) }
            for (bin, z) in transform.spectrum.enumerated().dropFirst(15) {
                let semitone = Int(12 * log2(Double(bin * YIN.rate) / 4_096 / 60))
                if feature.indices.contains(semitone) { feature[semitone] += (z * z).sum().squareRoot() }
            }
        }
        let level = feature.reduce(0, +)
        return level > 1 ? feature.map { ($0 / level).squareRoot() } : feature.map { _ in 0 }
    }

    private static func distance(_ a: [Float], _ b: [Float]) -> Float {
        zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
}
