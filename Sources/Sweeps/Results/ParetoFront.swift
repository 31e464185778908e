// SPDX-License-Identifier: Apache-2.0

/// What no other beats.
public enum ParetoFront {
    /// The points that no other equals or beats in every coordinate and beats in one, from the largest first coordinate to the least.
    ///
    /// - Parameter points: of one or two coordinates each, of which more is better.
    public static func indices(of points: [[Double]]) -> [Int] {
        let order = points.indices.sorted { one, other in
            points[one] == points[other] ? one < other : points[other].lexicographicallyPrecedes(points[one])
        }
        var (front, highest): ([Int], Double) = ([], -.infinity)
        for index in order {
            let second = points[index].count > 1 ? points[index][1] : 0
            // Points that are equal are on the front together.
            guard second > highest || front.last.map({ points[$0] == points[index] }) ?? false else { continue }
            front.append(index)
            highest = max(highest, second)
        }
        return front
    }
}
