// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Transfer

/// Options that are settings: a line `@Option(\.alpha) var alpha: GivenSetting?`, or `@Flag(\.bias) var bias: Bool?`, takes its
/// name and its help from ``SettingTable``.
protocol SettingOptions: ParsableArguments {}

/// A setting with the value that was given for it.
struct GivenSetting: Sendable {
    let setting: Setting
    let value: SettingValues.Value
}

extension SettingOptions {
    /// The settings given here.
    var values: SettingValues {
        var values = SettingValues()
        for (label, wrapper) in Mirror(reflecting: self).children {
            if let given = (wrapper as? Option<GivenSetting?>)?.wrappedValue {
                values[given.setting] = given.value
            } else if let keep = wrapper as? Option<KeepOption?> {
                values[\.keep] = keep.wrappedValue?.share
            } else if let isOn = (wrapper as? Flag<Bool?>)?.wrappedValue {
                // A flag is named as its property, which carries nothing but its value.
                let name = label?.dropFirst().lowercased()
                let setting = SettingTable.all.first { $0.name.replacing("-", with: "") == name }
                if let setting { values[setting] = .flag(isOn) }
            }
        }
        return values
    }
}

extension Option where Value == GivenSetting? {
    init(_ path: KeyPath<SettingTable, Setting>) {
        let setting = SettingTable.shared[keyPath: path]
        self.init(
            // A number may begin with a dash.
            name: .customLong(setting.name), parsing: setting.kind == .number ? .unconditional : .next,
            help: .setting(setting),
            completion: setting.choices.isEmpty ? .default : .list(setting.choices),
            transform: { text in
                guard let value = SettingValues.Value(text, of: setting.kind) else {
                    throw ValidationError("it must be a number")
                }
                return GivenSetting(setting: setting, value: value)
            })
    }
}

extension Flag where Value == Bool? {
    init(_ path: KeyPath<SettingTable, Setting>) {
        let setting = SettingTable.shared[keyPath: path]
        self.init(name: .customLong(setting.name), inversion: .prefixedNo, help: .setting(setting))
    }
}
