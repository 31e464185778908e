// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// Some settings with their values, as they are given on a command line or stand in a JSON file.
public struct SettingValues: Equatable, Sendable {
    /// A value.
    public enum Value: Sendable {
        case text(String)
        case number(Double)
        /// A whole number that a float64 may not hold: a seed.
        case whole(UInt64)
        case flag(Bool)
    }

    private var values: [Setting: Value] = [:]

    /// No settings.
    public init() {}

    /// Some settings.
    public init(_ values: [Setting: Value]) {
        self.values = values
    }

    /// A setting's value, nil where it is not given.
    public subscript(setting: Setting) -> Value? {
        get { values[setting] }
        set { values[setting] = newValue }
    }

    /// The settings that are given, in their order.
    public var settings: [Setting] { Setting.allCases.filter { values[$0] != nil } }

    /// These, and where they are silent the others.
    public func over(_ others: SettingValues) -> SettingValues {
        SettingValues(values.merging(others.values) { own, _ in own })
    }

    /// Only some of them.
    public func filter(_ holds: (Setting) -> Bool) -> SettingValues {
        SettingValues(values.filter { holds($0.key) })
    }

    // MARK: - Reading

    /// - Throws: ``Failure`` of kind `usage` for a value of another type.
    func text(_ setting: Setting) throws(Failure) -> String? {
        switch values[setting] {
        case nil: nil
        case .text(let text): text
        default: throw Self.unusable(setting, values[setting], "it must be a text")
        }
    }

    func number(_ setting: Setting) throws(Failure) -> Double? {
        switch values[setting] {
        case nil: nil
        case .number(let number): number
        case .whole(let number): Double(number)
        default: throw Self.unusable(setting, values[setting], "it must be a number")
        }
    }

    func whole(_ setting: Setting) throws(Failure) -> UInt64? {
        switch values[setting] {
        case nil: nil
        case .whole(let number): number
        case .number(let number) where number >= 0 && number < 1e15 && number == number.rounded(): UInt64(number)
        default: throw Self.unusable(setting, values[setting], "it must be a whole number, and not below 0")
        }
    }

    /// A whole number that fits an `Int`.
    func count(_ setting: Setting) throws(Failure) -> Int? {
        guard let whole = try whole(setting) else { return nil }
        guard let count = Int(exactly: whole) else {
            throw Self.unusable(setting, values[setting], "it is too large")
        }
        return count
    }

    func flag(_ setting: Setting) throws(Failure) -> Bool? {
        switch values[setting] {
        case nil: nil
        case .flag(let flag): flag
        default: throw Self.unusable(setting, values[setting], "it must be true or false")
        }
    }

    /// One of some names.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ setting: Setting, _: Choice.Type = Choice.self
    ) throws(Failure) -> Choice? {
        guard let text = try text(setting) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Self.unusable(setting, .text(text), "the choices are \(names)")
        }
        return choice
    }

    private static func unusable(_ setting: Setting, _ value: Value?, _ why: String) -> Failure {
        Failure(.usage, "cannot use", at: "\(setting.option) \(value?.json ?? "")", why: why)
    }

}

extension SettingValues.Value: Equatable {
    /// A whole number equals the same one that was read without its fraction.
    public static func == (one: Self, other: Self) -> Bool {
        switch (one, other) {
        case (.text(let one), .text(let other)): one == other
        case (.flag(let one), .flag(let other)): one == other
        case (.whole(let one), .whole(let other)): one == other
        case (.number(let one), .number(let other)): one == other
        case (.whole(let whole), .number(let number)), (.number(let number), .whole(let whole)):
            UInt64(exactly: number) == whole
        default: false
        }
    }
}

extension SettingValues: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (Setting, Value)...) {
        self.init(Dictionary(elements) { $1 })
    }
}

extension SettingValues: Codable {
    /// Reads an object whose names are settings.
    ///
    /// - Throws: a decoding error that says what is wrong.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        for (name, value) in try container.decode([String: Value].self) {
            guard let setting = Setting(rawValue: name) else {
                let names = Setting.allCases.map(\.rawValue).joined(separator: ", ")
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "there is no setting '\(name)'; there are \(names)")
            }
            values[setting] = value
        }
    }

    /// Writes an object.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, $0.value) }))
    }

    /// A JSON object, a setting a line, in their order.
    public func json(indent: String = "") -> String {
        let lines = settings.compactMap { setting in
            values[setting].map { "\(indent)  \"\(setting.rawValue)\": \($0.json)" }
        }
        return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
    }
}

extension SettingValues.Value: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let whole = try? container.decode(UInt64.self) {
            self = .whole(whole)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "a value is neither a text, a number nor true or false")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .whole(let number): try container.encode(number)
        case .flag(let flag): try container.encode(flag)
        }
    }

    /// As JSON.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    }
}
