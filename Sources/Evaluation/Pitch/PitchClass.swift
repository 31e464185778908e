// SPDX-License-Identifier: Apache-2.0
import Files

/// Names of the twelve pitch classes, 0 for C to 11 for B.
///
///     list  = class { "," class }
///     class = ( "C" | "D" | "E" | "F" | "G" | "A" | "B" ) [ "#" | "b" ]
///
/// Small and capital letters are the same.
public enum PitchClass {
    /// The grammar in one line, for error messages.
    public static let grammar = "pitch classes are C, C#, Db, D, ... B, as in C,E,G"

    private static let names = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"]
    private static let naturals: [Character: Int] = ["c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11]

    /// Parses a list.
    ///
    /// - Throws: ``Failure`` of kind `usage`, with the grammar.
    public static func parse(_ list: String) throws(Failure) -> Set<Int> {
        var classes: Set<Int> = []
        for name in list.split(separator: ",", omittingEmptySubsequences: false) {
            guard let pitchClass = pitchClass(named: name.lowercased()) else {
                throw Failure(
                    .usage, "cannot use the pitch classes", at: list,
                    why: name.isEmpty ? "a name is missing" : "there is no class '\(name)'", remedy: grammar)
            }
            classes.insert(pitchClass)
        }
        return classes
    }

    /// The same classes as a list, from C up and with sharps.
    public static func list(_ classes: Set<Int>) -> String {
        names.indices.filter(classes.contains).map { names[$0] }.joined(separator: ",")
    }

    private static func pitchClass(named name: String) -> Int? {
        guard let letter = name.first, let natural = naturals[letter] else { return nil }
        switch name.dropFirst() {
        case "": return natural
        case "#": return (natural + 1) % 12
        case "b": return (natural + 11) % 12
        default: return nil
        }
    }
}
