// SPDX-License-Identifier: Apache-2.0

extension Setting {
    /// What `--help` says: what it does, its choices, and its default in each possible base.
    public var helpText: String {
        let choices = choices.isEmpty ? "" : " (values: \(choices.joined(separator: ", ")))"
        return help + (defaultText.map { " (default: \($0))" } ?? "") + choices
    }

    /// The default of ``Preset/clean``, and those of the published forms where they differ; nil for a flag that only sets.
    var defaultText: String? {
        if let unset { return unset }
        let texts = Self.forms.compactMap { form in defaultText(in: form.variants).map { (name: form.name, text: $0) } }
        guard let first = texts.first?.text else { return nil }
        let others = Dictionary(grouping: texts.filter { $0.text != first }, by: \.text).map { text, forms in
            "\(forms.map(\.name).joined(separator: ", ")): \(text)"
        }
        return ([first] + others.sorted()).joined(separator: "; ")
    }

    /// The first value that it has among some settings.
    private func defaultText(in variants: [TransferSettings]) -> String? {
        guard let value = variants.first(where: hasPlace).flatMap(read) else { return nil }
        if case .flag(let isOn) = value { return "--\(isOn ? "" : "no-")\(name)" }
        return value.plain
    }

    /// The bases without --preset, each with the settings that other choices with the same network lead to.
    private static let forms: [(name: String, variants: [TransferSettings])] = [
        Preset.clean, Preset.published(by: .nsynth), Preset.published(by: .stft),
    ].map { preset in
        // They are valid: a test checks them.
        let settings = (try? TransferSettings(preset.settings)) ?? TransferSettings(.nsynth)
        return (
            preset.name ?? "",
            [settings] + settings.variants().map(\.settings).filter { $0.network.backend == settings.network.backend }
        )
    }
}
