// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// An error for the program that started this one: its parts as a line of JSON on standard error, where `WAVESTYLE_ERRORS` is `json`.
///
///     {"code":66,"remedy":null,"what":"cannot open","where":"a.wav","why":"No such file or directory"}
struct ErrorLine: Encodable {
    /// Whether the program that started this one asked for it.
    static let isWanted = ProcessInfo.processInfo.environment["WAVESTYLE_ERRORS"] == "json"

    /// An exit code, as in sysexits.
    let code: Int32
    let what: String
    let place: String?
    let why: String
    let remedy: String?

    private enum CodingKeys: String, CodingKey {
        case code, remedy, what, why
        case place = "where"
    }

    init(_ failure: Failure) {
        code = failure.kind.exitCode
        what = failure.what.escapingControlCharacters
        place = failure.location?.escapingControlCharacters
        why = failure.why.escapingControlCharacters
        remedy = failure.remedy?.escapingControlCharacters
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(code, forKey: .code)
        try members.encode(what, forKey: .what)
        // A part that there is not is null, so that a reader finds all of them.
        try members.encode(place, forKey: .place)
        try members.encode(why, forKey: .why)
        try members.encode(remedy, forKey: .remedy)
    }
}

extension Terminal {
    /// Writes an error: a line for people, or ``ErrorLine``.
    ///
    /// - Parameter text: what people read, where that is not the failure's description.
    func fail(_ failure: Failure, as text: String? = nil) {
        if ErrorLine.isWanted, let line = try? jsonLine(ErrorLine(failure)) {
            write(line)
        } else {
            fail(text ?? failure.description)
        }
    }
}

/// A value as one line of JSON for programs: sorted keys, and a newline.
func jsonLine(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
}
