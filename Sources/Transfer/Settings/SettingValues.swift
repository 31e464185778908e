// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Some settings with their values, as on a command line or in a JSON file.
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

    /// A setting's value, nil where it is not given.
    public subscript(setting: Setting) -> Value? {
        get { values[setting] }
        set { values[setting] = newValue }
    }

    /// The same of a setting in the table.
    public subscript(path: KeyPath<SettingTable, Setting>) -> Value? {
        get { values[SettingTable.shared[keyPath: path]] }
        set { values[SettingTable.shared[keyPath: path]] = newValue }
    }

    /// The settings that are given, in the table's order.
    public var settings: [Setting] { SettingTable.all.filter { values[$0] != nil } }

    /// These, and where they are silent the others.
    public func over(_ others: SettingValues) -> SettingValues {
        var all = self
        all.values.merge(others.values) { own, _ in own }
        return all
    }

    /// Without some of them.
    public func without(_ paths: KeyPath<SettingTable, Setting>...) -> SettingValues {
        var others = self
        for path in paths { others[path] = nil }
        return others
    }

    /// The options that give these values.
    public var arguments: [String] {
        settings.map { setting in
            switch self[setting] {
            case .flag(let isOn)?: "--\(isOn ? "" : "no-")\(setting.name)"
            // In one word: a value may begin with a dash.
            case let value: "\(setting.option)=\(value?.plain ?? "")"
            }
        }
    }

    /// A JSON object, a setting a line, in the table's order.
    public func json(indent: String = "") -> String {
        let lines = settings.map { "\(indent)  \"\($0.name)\": \(values[$0]?.json ?? "null")" }
        return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
    }
}

extension SettingValues: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (KeyPath<SettingTable, Setting>, Value)...) {
        for (path, value) in elements { self[path] = value }
    }
}

extension SettingValues: Codable {
    /// Reads an object whose names are settings.
    ///
    /// - Throws: a decoding error that says what is wrong.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        for (name, value) in try container.decode([String: Value].self) {
            guard let setting = SettingTable.all.first(where: { $0.name == name }) else {
                let names = SettingTable.all.map(\.name).joined(separator: ", ")
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "there is no setting '\(name)'; choose from \(names)")
            }
            values[setting] = value
        }
    }

    /// Writes an object.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Dictionary(uniqueKeysWithValues: values.map { ($0.key.name, $0.value) }))
    }
}

extension SettingValues.Value {
    /// A value of a kind, from a command line's text; nil where that is not of the kind.
    public init?(_ text: String, of kind: Setting.Kind) {
        switch kind {
        case .text: self = .text(text)
        case .flag:
            guard let flag = Bool(text) else { return nil }
            self = .flag(flag)
        case .number:
            guard let number = Double(text) else { return nil }
            self = UInt64(text).map { .whole($0) } ?? .number(number)
        }
    }

    /// As a float64; nil if it is not a number.
    public var double: Double? {
        switch self {
        case .number(let number): number
        case .whole(let number): Double(number)
        case .text, .flag: nil
        }
    }

    /// As on a command line.
    public var plain: String {
        switch self {
        case .text(let text): text
        case .number(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
        case .whole(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        }
    }

    /// As JSON.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
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

extension SettingValues.Value: ExpressibleByStringLiteral, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral
{
    public init(stringLiteral text: String) { self = .text(text) }
    public init(floatLiteral number: Double) { self = .number(number) }
    public init(integerLiteral number: Int) {
        self = UInt64(exactly: number).map { .whole($0) } ?? .number(Double(number))
    }
    public init(booleanLiteral flag: Bool) { self = .flag(flag) }
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
}
