// SPDX-License-Identifier: Apache-2.0

/// Texts that people, or strangers' files, give: without what a page or a terminal could stumble over.
public enum KeptText {
    /// Characters of a name.
    public static let longestName = 200
    /// Characters of a note.
    public static let longestNote = 10_000

    /// In one line, without control characters and what turns the direction of writing; 'untitled' where nothing is left.
    public static func name(_ text: String) -> String {
        let name = cleaned(text, keepsLines: false).prefix(longestName)
        return name.isEmpty ? "untitled" : String(name)
    }

    /// The same in several lines; empty where nothing is left.
    public static func note(_ text: String) -> String { String(cleaned(text, keepsLines: true).prefix(longestNote)) }

    private static func cleaned(_ text: String, keepsLines: Bool) -> String {
        let scalars = text.unicodeScalars.lazy.map { scalar -> Unicode.Scalar in
            if keepsLines, scalar == "\n" { return scalar }
            return isUnwanted(scalar) ? " " : scalar
        }
        var cleaned = String(String.UnicodeScalarView(scalars))
        cleaned.trimPrefix(while: \.isWhitespace)
        while cleaned.last?.isWhitespace == true { cleaned.removeLast() }
        return cleaned
    }

    private static func isUnwanted(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        // Formats are, among others, marks of direction; joiners belong to words and emoji.
        case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: true
        case .format: scalar.value != 0x200C && scalar.value != 0x200D
        default: false
        }
    }
}
