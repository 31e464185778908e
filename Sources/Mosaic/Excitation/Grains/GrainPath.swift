// SPDX-License-Identifier: Apache-2.0
import CVectorKernels
import Foundation

/// The path through the style that follows the content best: for each of the content's steps a step of the style, by Viterbi.
///
/// A step costs half the mean square difference of shapes, 0.3/8 that of slopes, 0.02/4 that of levels; 3 if only the content has a
/// pitch, 1.8 if only the style has one, 0.3 an octave between them if both have; 2 where the style is 7 nepers of power below its
/// loudest. The next step of the style follows at no cost, the same or the one after it at 0.3, any other at 4.
///
/// Decisions are kept for some steps only: what came long before the newest step is the same for all paths that are still good, as each may
/// jump to the best.
struct GrainPath {
    private static let jump: Float = 4
    private static let near: Float = 0.3
    /// Steps after which a decision is final.
    static let lookahead = 500

    private let count: Int
    private let rows: Int
    /// Shapes, slopes and levels, each under the root of its weight, `[rows, count]`.
    private let features: [Float]
    /// log2 of hertz.
    private let pitches: [Float]
    /// 0.3 where there is a pitch.
    private let pitchWeights: [Float]
    /// What a step of the style costs under content with a pitch, and without.
    private let biases: (voiced: [Float], unvoiced: [Float])

    /// - Parameter biases: what each step costs besides.
    init(_ style: StyleMaterial, biases: [Float]? = nil) {
        let own = StepFeatures(style.envelope)
        count = own.levels.count
        let weighted = Self.weighted(own)
        rows = weighted.first?.count ?? 0
        var features = [Float](repeating: 0, count: rows * count)
        for (j, values) in weighted.enumerated() {
            for (r, value) in values.enumerated() { features[r * count + j] = value }
        }
        self.features = features
        pitches = style.pitch.f0.map { log2($0) }
        pitchWeights = style.pitch.isVoiced.map { $0 ? 0.3 : 0 }
        let loudest = own.levels.max() ?? 0
        let shared = own.levels.indices.map { (own.levels[$0] < loudest - 7 ? 2 : 0) + (biases?[$0] ?? 0) }
        self.biases = (
            zip(shared, style.pitch.isVoiced).map { $0 + ($1 ? 0 : 3) },
            zip(shared, style.pitch.isVoiced).map { $0 + ($1 ? 1.8 : 0) }
        )
    }

    private static func weighted(_ features: StepFeatures) -> [[Float]] {
        zip(features.shapes, zip(features.slopes, features.levels)).map { shape, other in
            shape.map { $0 * (0.5 / Float(shape.count)).squareRoot() }
                + [other.0 * Float(0.3 / 8).squareRoot(), other.1 * Float(0.02 / 4).squareRoot()]
        }
    }

    /// - Parameters:
    ///   - content: for each step.
    ///   - window: steps whose decisions are held at a time, more than ``lookahead``.
    ///   - goesOn: asked now and then.
    /// - Returns: the style's steps; nil if it was ended.
    func best(for content: StepFeatures, pitch: PitchTrack, window: Int? = nil, goesOn: (Double) -> Bool) -> [Int]? {
        let steps = content.levels.count
        // Of some 16 MB.
        let window = max(window ?? 16_000_000 / max(count, 1), Self.lookahead + 1)
        let wanted = Self.weighted(content)
        var path: [Int] = []
        // For each held step the origin of each state, and the state that a jump came from.
        var origins = [UInt8](repeating: 0, count: count * min(window, steps))
        var bests: [Int] = []
        var total = [Float](repeating: .infinity, count: count + 2)
        var next = total
        var best = 0
        for step in 0..<steps {
            if step % 256 == 0, !goesOn(Double(step) / Double(steps)) { return nil }
            if bests.count == window {
                // Final is what lies behind the lookahead.
                let final = window - Self.lookahead
                path += trace(from: best, bests, origins)[..<final]
                bests.removeFirst(final)
                origins.withUnsafeMutableBufferPointer { all in
                    guard let start = all.baseAddress else { return }
                    start.update(from: start + final * count, count: Self.lookahead * count)
                }
            }
            let isVoiced = pitch.isVoiced[step]
            let least = total.withUnsafeBufferPointer { total in
                next.withUnsafeMutableBufferPointer { next in
                    origins.withUnsafeMutableBufferPointer { origins -> Float in
                        guard let total = total.baseAddress, let next = next.baseAddress,
                            let origins = origins.baseAddress
                        else { return 0 }
                        return vk_path_step(
                            wanted[step], features, Int64(rows), log2(pitch.f0[step]), pitches,
                            isVoiced ? pitchWeights : nil, isVoiced ? biases.voiced : biases.unvoiced,
                            step == 0 ? 0 : Self.jump, Self.near, total + 2, next + 2,
                            origins + bests.count * count, Int64(count))
                    }
                }
            }
            bests.append(best)
            swap(&total, &next)
            best = total.withUnsafeMutableBufferPointer { total in
                total.baseAddress.map { Int(vk_lower(least, $0 + 2, Int64(count))) } ?? 0
            }
            if best >= count { best = 0 }
        }
        return path + trace(from: best, bests, origins)
    }

    /// The path that ends in a state, over the steps held.
    private func trace(from last: Int, _ bests: [Int], _ origins: [UInt8]) -> [Int] {
        var path = [last]
        for step in bests.indices.dropFirst().reversed() {
            let state = path[path.count - 1]
            switch origins[step * count + state] {
            case 1: path.append(state - 1)
            case 2: path.append(state)
            case 3: path.append(state - 2)
            default: path.append(bests[step])
            }
        }
        return path.reversed()
    }
}
