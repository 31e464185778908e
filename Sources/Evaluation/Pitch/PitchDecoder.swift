// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The pitch estimate from one frame.
struct PitchObservation {
    /// Pitch bins and their probabilities above 0, each bin once, lowest first.
    let candidates: [(bin: Int, probability: Double)]
    /// The sum of the probabilities, at most 1.
    let voiced: Double

    /// - Parameter candidates: of several of one bin, the last counts.
    init(_ candidates: [(bin: Int, probability: Double)] = []) {
        self.candidates = Dictionary(candidates.map { ($0.bin, $0.probability) }) { $1 }
            .map { (bin: $0.key, probability: $0.value) }.sorted { $0.bin < $1.bin }
        voiced = min(self.candidates.reduce(0) { $0 + $1.probability }, 1)
    }
}

/// The likeliest sequence of pitches under a hidden Markov model, by Viterbi's algorithm (Mauch and Dixon 2014, section
/// 2.2).
///
/// A state is a pitch bin, voiced or unvoiced. From one frame to the next, voicing changes with probability 0.01, and
/// the bin moves by at most ``reach``, with a triangular distribution. All unvoiced states share the probability of no
/// pitch. As in librosa, zero probabilities are float64's smallest number instead, so that a leap that the data demand is
/// possible.
///
/// A step costs `4 bins reach` additions: the triangle's row sums depend on the bin that is left only, so they are subtracted
/// once, and one weight for each distance remains. Memory is `2 bins` bytes per
/// frame.
struct PitchDecoder {
    /// The predecessors on the best paths to a frame's states, a byte for each state.
    private struct Origins {
        /// The predecessor of paths that leap.
        let leap: Int
        /// Voiced bins, then unvoiced ones: the step to the bin before, from `-reach` on, in seven bits, and whether that
        /// was voiced in the eighth; or ``leaps``.
        var steps: [UInt8]

        static let leaps: UInt8 = 127
        static let voiced: UInt8 = 128
    }

    /// A frame's pitch bin, and whether it is voiced.
    struct State: Equatable {
        let bin: Int
        let voiced: Bool
    }

    let bins: Int
    /// The largest step, in bins.
    let reach: Int
    /// Logarithms of the triangle, from -reach to reach.
    private let weights: [Double]
    /// Logarithms of its sums over the existing bins, for each bin that is left.
    private let sums: [Double]

    private static let stay = log(0.99)
    private static let change = log(0.01)
    /// The logarithm of no probability.
    private static let impossible = log(Double.leastNormalMagnitude)

    /// - Parameters:
    ///   - bins: at least 1.
    ///   - reach: at most 63.
    init(bins: Int, reach: Int) {
        precondition((0...63).contains(reach), "a step that seven bits don't hold")
        (self.bins, self.reach) = (bins, reach)
        let triangle = (-reach...reach).map { 1 - Double(abs($0)) / Double(reach + 1) }
        weights = triangle.map { log($0) }
        sums = (0..<bins).map { bin in
            log((-reach...reach).reduce(0) { (0..<bins).contains(bin + $1) ? $0 + triangle[$1 + reach] : $0 })
        }
    }

    /// The states of all frames.
    func states(of observations: [PitchObservation]) -> [State] {
        guard let first = observations.first else { return [] }
        // Log likelihoods of the best paths to each state, voiced bins first, and, for each frame but the first, their
        // predecessors.
        var values = likelihoods(of: first)
        var origins: [Origins] = []
        for observation in observations.dropFirst() {
            let (best, origin) = step(from: values)
            values = zip(best, likelihoods(of: observation)).map { $0 + $1 }
            origins.append(origin)
        }
        var state = Self.strongest(values)
        var path = [state]
        for origin in origins.reversed() {
            state = self.state(before: state, origin)
            path.append(state)
        }
        return path.reversed().map { State(bin: $0 % bins, voiced: $0 < bins) }
    }

    /// The predecessor on the best path to a state.
    private func state(before state: Int, _ origins: Origins) -> Int {
        let step = origins.steps[state]
        guard step != Origins.leaps else { return origins.leap }
        let bin = state % bins + Int(step & ~Origins.voiced) - reach
        return step & Origins.voiced != 0 ? bin : bins + bin
    }

    private func likelihoods(of observation: PitchObservation) -> [Double] {
        let unvoiced = log((1 - observation.voiced) / Double(bins) + .leastNormalMagnitude)
        var result = [Double](repeating: Self.impossible, count: bins) + [Double](repeating: unvoiced, count: bins)
        for (bin, probability) in observation.candidates { result[bin] = log(probability) }
        return result
    }

    /// The best paths to all states of the next frame, before its own estimate, and their predecessors.
    private func step(from values: [Double]) -> (best: [Double], origins: Origins) {
        let (voiced, unvoiced) = (moves(from: values[..<bins]), moves(from: values[bins...]))
        let leap = Self.strongest(values)
        let leapValue = values[leap] + Self.impossible
        var best = [Double](repeating: leapValue, count: 2 * bins)
        var origins = Origins(leap: leap, steps: [UInt8](repeating: Origins.leaps, count: 2 * bins))
        func offer(_ value: Double, by step: UInt8, to target: Int) {
            guard value > best[target] else { return }
            best[target] = value
            origins.steps[target] = step
        }
        for bin in 0..<bins {
            let (low, high) = (voiced.steps[bin] | Origins.voiced, unvoiced.steps[bin])
            offer(voiced.best[bin] + Self.stay, by: low, to: bin)
            offer(unvoiced.best[bin] + Self.change, by: high, to: bin)
            offer(voiced.best[bin] + Self.change, by: low, to: bins + bin)
            offer(unvoiced.best[bin] + Self.stay, by: high, to: bins + bin)
        }
        return (best, origins)
    }

    /// For each bin the best path to it from those within reach, and the step to its predecessor, from `-reach` on; the lowest
    /// of equals.
    private func moves(from values: ArraySlice<Double>) -> (best: [Double], steps: [UInt8]) {
        let margin = [Double](repeating: -.infinity, count: reach)
        let scaled = margin + zip(values, sums).map { $0 - $1 } + margin
        var best = [Double](repeating: -.infinity, count: bins)
        var steps = [UInt8](repeating: 0, count: bins)
        scaled.withUnsafeBufferPointer { scaled in
            best.withUnsafeMutableBufferPointer { best in
                steps.withUnsafeMutableBufferPointer { steps in
                    for (offset, weight) in weights.enumerated() {
                        for bin in 0..<bins {
                            let value = scaled[bin + offset] + weight
                            let better = value > best[bin]
                            best[bin] = better ? value : best[bin]
                            steps[bin] = better ? UInt8(truncatingIfNeeded: offset) : steps[bin]
                        }
                    }
                }
            }
        }
        return (best, steps)
    }

    /// The index of the greatest value, the first of equals.
    private static func strongest(_ values: [Double]) -> Int {
        var place = 0
        for index in values.indices where values[index] > values[place] { place = index }
        return place
    }
}
