// SPDX-License-Identifier: Apache-2.0
import Foundation

/// JSON for people and programs: sorted keys, indented.
package func prettyJSON(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
}

/// A JSON object in one line, its members in their order, which `JSONEncoder` does not keep.
///
/// - Parameter members: plain names, and values as JSON; nil leaves one out.
package func jsonObject(_ members: [(name: String, json: String?)]) -> String {
    "{" + members.compactMap { name, json in json.map { "\"\(name)\":\($0)" } }.joined(separator: ",") + "}"
}

/// A text as JSON, with its quotes.
package func jsonText(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
}
