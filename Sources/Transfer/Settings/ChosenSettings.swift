// SPDX-License-Identifier: Apache-2.0
import Files

/// Settings, and where they come from: a preset, and what was changed on it.
public struct ChosenSettings: Sendable {
    /// The settings.
    public let settings: MethodSettings
    /// The base: a preset's name, or the path of its file.
    public let preset: String
    /// What was changed on it.
    public let changed: SettingValues
    /// The base's settings that the changes make idle.
    public let dropped: [Setting]
    /// What helps where an option changes nothing with the method.
    public let remedy: String

    /// The settings that options ask for. The base is the given preset; else ``Preset/mosaic``, or, if a loss, layers
    /// or a backend is given, the backend's published form. No other option decides it.
    ///
    /// - Parameter preset: a name or a file.
    /// - Throws: ``Failure``.
    public init(_ options: SettingValues..., preset: String? = nil) throws(Failure) {
        let given = options.reduce(SettingValues()) { $1.over($0) }
        let base: Preset
        var remedy = "leave it out"
        if let preset {
            base = try Preset(named: preset)
        } else if given[\.backend] != nil || given[\.loss] != nil || given[\.layers] != nil {
            let named = MethodName.allCases.first { given[\.backend] == .text($0.rawValue) }
            base = (named ?? .nsynth).backend.map(Preset.published) ?? .mosaic
        } else {
            base = .mosaic
            remedy = "name a method that has it, such as --preset clean, or leave it out"
        }
        self.remedy = remedy
        self.preset = preset ?? base.name ?? ""
        let placed = try PlacedValues(given, over: base.settings, remedy: remedy)
        (settings, dropped) = (placed.settings, placed.dropped)
        let (own, all) = (try MethodSettings(base.settings).values, settings.values)
        // Where there is no value, an infinite number gives none.
        changed = given.settings.reduce(into: SettingValues()) { changed, setting in
            if all[setting] != own[setting] { changed[setting] = all[setting] ?? .text("inf") }
        }
    }

    /// In words: `preset clean with --optimizer adam, without corrections, ...`.
    public var description: String {
        let options = changed.arguments.map { $0.replacing("=", with: " ", maxReplacements: 1) }
        return "preset \(preset)" + (options.isEmpty ? "" : " with \(options.joined(separator: " "))")
            + (dropped.isEmpty ? "" : ", without \(dropped.map(\.name).joined(separator: ", "))")
    }
}

extension MethodSettings {
    /// The settings that options ask for: see ``ChosenSettings``.
    ///
    /// - Throws: ``Failure``.
    public init(_ given: SettingValues..., preset: String?) throws(Failure) {
        self = try ChosenSettings(given.reduce(SettingValues()) { $1.over($0) }, preset: preset).settings
    }
}
