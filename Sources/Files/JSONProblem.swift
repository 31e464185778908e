// SPDX-License-Identifier: Apache-2.0

/// Why JSON could not be decoded, with the place, as `pairs.[1].style is missing`.
public func jsonProblem(_ error: any Error) -> String {
    func place(_ path: [any CodingKey]) -> String {
        let names = path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
        return names.isEmpty ? "a value" : names.joined(separator: ".")
    }
    return switch error {
    case DecodingError.keyNotFound(let key, let context): "\(place(context.codingPath + [key])) is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
        "\(place(context.codingPath)) has the wrong type"
    // A number that does not fit comes without its place, like text that is not JSON at all.
    case DecodingError.dataCorrupted(let context):
        context.codingPath.isEmpty
            ? "it is not JSON, or a value in it cannot be used" : "\(place(context.codingPath)) cannot be used"
    default: "it is not the expected JSON"
    }
}
