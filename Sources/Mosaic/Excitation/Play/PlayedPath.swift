// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Where the style is at each of the content's steps, and where it jumps.
///
/// At the content's onsets and every 30 ms the next 12 steps are looked at from every place of the style. A step costs half the mean square
/// difference of shapes, 0.3 that of fluxes, 5 at the style's end, and 2 each where the style is 4.5 nepers below its loudest, has no pitch, or
/// one that moves by over 0.04 octaves a step. A place costs 0.5 an octave from the content's pitch, and what it was used, 0.25, fading by 0.97.
/// The style jumps to the best place if that is better by 0.6, at onsets by 0.18.
struct PlayedPath: Equatable {
    /// In steps of the style.
    private(set) var places: [Double] = []
    /// Steps of the content where another place begins; the first is 0.
    private(set) var jumps: [Int] = []

    private static let lookAhead = 12
    /// Places that are looked at; of a longer style every second one, or fewer.
    private static let most = 6_000

    /// - Returns: nil if it was ended.
    init?(
        wanted: StepFeatures, style: StepFeatures, isVoiced: [Bool], _ score: Score, biases: [Float]? = nil,
        goesOn: (Double) -> Bool
    ) {
        let (steps, count) = (wanted.levels.count, style.levels.count)
        let loudest = style.levels.max() ?? 0
        let bad = (0..<count).map { j -> Float in
            var cost: Float = style.levels[j] < loudest - 4.5 ? 2 : 0
            guard score.isPitched else { return cost }
            if !isVoiced[j] { cost += 2 }
            let (before, after) = (max(j - 1, 0), min(j + 1, count - 1))
            let slope = after > before ? (score.style[after] - score.style[before]) / Double(after - before) : 0
            return abs(slope) > 0.04 ? cost + 2 : cost
        }
        let pools = style.shapes.first?.count ?? 0
        let shapes = style.shapes.flatMap(\.self)
        func ahead(_ step: Int, from start: Double) -> Float {
            var (cost, place): (Float, Double) = (0, start)
            for later in step..<step + Self.lookAhead {
                let t = min(later, steps - 1)
                let j = min(Int(place), count - 1)
                var distance: Float = 0
                for p in 0..<pools {
                    let d = wanted.shapes[t][p] - shapes[j * pools + p]
                    distance += d * d
                }
                let flux = score.contentFlux[t] - score.styleFlux[j]
                cost += distance / Float(2 * pools) + bad[j] + 0.3 * flux * flux
                if place >= Double(count - 2) { cost += 5 }
                place += score.speed(from: score.style[j], to: score.content[t])
            }
            return cost / Float(Self.lookAhead)
        }
        let stride = max(1, (count + Self.most - 1) / Self.most)
        var worn = biases ?? [Float](repeating: 0, count: count)
        let fresh = worn
        var place: Double?
        for step in 0..<steps {
            if step % 30 == 0, !goesOn(Double(step) / Double(steps)) { return nil }
            let isOnset = score.onsets.contains(step)
            if place == nil || isOnset || step % 3 == 0 {
                var (best, least) = (0, Float.infinity)
                for j in Swift.stride(from: 0, to: count, by: stride) {
                    var cost = ahead(step, from: Double(j)) + worn[j]
                    if score.isPitched { cost += 0.5 * Float(abs(score.content[step] - score.style[j])) }
                    if cost < least { (best, least) = (j, cost) }
                }
                if let now = place {
                    if least + (isOnset ? 0.18 : 0.6) < ahead(step, from: now) {
                        place = Double(best)
                        jumps.append(step)
                        for j in max(0, best - 5)..<min(best + 6, count) { worn[j] += 0.25 }
                    }
                } else {
                    place = Double(best)
                    jumps.append(step)
                }
                for j in worn.indices { worn[j] = fresh[j] + 0.97 * (worn[j] - fresh[j]) }
            }
            guard let now = place else { break }
            places.append(now)
            let speed = score.speed(from: score.style[min(Int(now), count - 1)], to: score.content[step])
            place = min(now + speed, Double(count - 1))
        }
    }
}
