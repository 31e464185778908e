// SPDX-License-Identifier: Apache-2.0

/// What was meant by a name that is mistyped.
public enum Nearest {
    /// The name that differs least from one that is not among them.
    ///
    /// - Returns: nil where none is near: more than three letters of it, or than half, are others.
    public static func name(to given: String, among names: some Sequence<String>) -> String? {
        let near = names.map { (name: $0, distance: distance($0, given)) }.min { $0.distance < $1.distance }
        return near.flatMap { $0.distance <= min(3, given.count / 2) ? $0.name : nil }
    }

    /// Levenshtein's distance: the least number of letters that are put in, left out or replaced.
    private static func distance(_ one: String, _ other: String) -> Int {
        let (one, other) = (Array(one), Array(other))
        var row = Array(0...other.count)
        for (index, letter) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in other.indices {
                let replaced = diagonal + (letter == other[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[other.count]
    }
}
