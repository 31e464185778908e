// SPDX-License-Identifier: Apache-2.0
import Transfer

extension SettingValues.Value {
    /// Without quotes.
    var plain: String {
        switch self {
        case .text(let text): text
        // JSON has no word for it.
        case .number(.infinity): "inf"
        default: json
        }
    }
}

extension SettingValues {
    /// The options that give these values.
    var arguments: [String] {
        settings.flatMap { setting -> [String] in
            switch self[setting] {
            case nil: []
            case .flag(let isOn)?: ["--\(isOn ? "" : "no-")\(setting.rawValue)"]
            // In one word: a value may begin with a dash.
            case let value?: ["--\(setting.rawValue)=\(value.plain)"]
            }
        }
    }
}

/// The words that give an option's value: none where there is none. In one word, for a value may begin with a dash.
func argument(_ option: String, _ value: (some CustomStringConvertible)?) -> [String] {
    value.map { ["\(option)=\($0)"] } ?? []
}
