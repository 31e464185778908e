// SPDX-License-Identifier: Apache-2.0
import Files
import Mosaic

/// A leaf of ``MethodSettings``: its name as an option, in JSON and in a record, its place in the tree, its range, and what
/// `--help` says of it. All of them are in ``SettingTable``.
public struct Setting: Sendable {
    /// What kind of value it takes.
    public enum Kind: Sendable { case text, number, flag }

    /// As on the command line, without dashes.
    public let name: String
    /// The placeholder for its value in help.
    public let valueName: String
    /// Of its value.
    public let kind: Kind
    /// The texts that it takes; empty where they cannot be listed.
    public let choices: [String]
    /// What it does, without its default.
    public let help: String
    /// Whether `--help` shows it; `--help-all` shows them all.
    public let isEveryday: Bool
    /// What happens where it has no value, in words.
    let unset: String?
    /// The value that means the same as no place.
    let neutral: SettingValues.Value?
    /// Values that give other settings a place.
    let decisions: [SettingValues.Value?]

    /// Whether it changes anything.
    let hasPlace: @Sendable (MethodSettings) -> Bool
    /// Its value; nil where it has none, or no place.
    let read: @Sendable (MethodSettings) -> SettingValues.Value?
    /// Sets it, and says whether it was taken: not where it has no place, nor where the value does not go with others.
    let write: @Sendable (SettingValues.Value?, inout MethodSettings) throws(Failure) -> Bool
    /// The numbers that it takes; nil for all.
    let range: @Sendable (MethodSettings) -> ClosedRange<Double>?
    /// Why its value cannot be used.
    let problem: @Sendable (MethodSettings) -> String?

    /// The option, for messages.
    public var option: String { "--\(name)" }

    /// - Parameters:
    ///   - everyday: whether the short help shows it.
    ///   - decides: values besides its choices that give others a place; nil for none.
    ///   - rule: says what is wrong with a value.
    init<Leaf: SettingLeaf>(
        _ name: String, _ valueName: String = "", at place: Place<Leaf>, everyday: Bool = false,
        decides: [SettingValues.Value?]? = nil, unset: String? = nil, neutral: SettingValues.Value? = nil,
        in range: @escaping @Sendable (MethodSettings) -> ClosedRange<Double>? = { _ in nil },
        rule: @escaping @Sendable (Leaf, MethodSettings) -> String? = { _, _ in nil }, _ help: String
    ) {
        (self.name, self.valueName, self.help, self.unset, self.neutral) = (name, valueName, help, unset, neutral)
        isEveryday = everyday
        (kind, choices) = (Leaf.kind, Leaf.choices)
        decisions = decides.map { $0 + Leaf.choices.map { .text($0) } } ?? []
        hasPlace = { place.get($0) != nil }
        read = { place.get($0)?.value }
        write = { (value, settings) throws(Failure) in
            let leaf: Leaf
            do throws(ValueProblem) {
                leaf = try Leaf(value, settings)
            } catch {
                throw Failure.unusable("--\(name) \(value?.plain ?? "")", error.text)
            }
            guard place.get(settings) != nil else { return false }
            place.set(&settings, leaf)
            return place.get(settings) == leaf
        }
        self.range = range
        problem = { settings in
            guard let leaf = place.get(settings) else { return nil }
            guard let range = range(settings), let number = leaf.value?.double, !range.contains(number) else {
                return rule(leaf, settings)
            }
            func text(_ number: Double) -> String { SettingValues.Value.number(number).plain }
            return "it must be between \(text(range.lowerBound)) and \(text(range.upperBound))"
        }
    }

    /// A further term's weight.
    init(_ term: TermKind) {
        self.init(
            "\(term.name)-weight", "weight", at: .branch(\.[term: term]), neutral: 0, in: { _ in 0...1e9 },
            term.help)
    }

    /// A setting's place in the tree.
    struct Place<Leaf: Sendable>: Sendable {
        let get: @Sendable (MethodSettings) -> Leaf?
        let set: @Sendable (inout MethodSettings, Leaf) -> Void

        /// What is there with every method.
        static func root(_ path: WritableKeyPath<MethodSettings, Leaf> & Sendable) -> Self {
            Self(get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
        }

        /// What several methods may have.
        static func shared(_ path: WritableKeyPath<MethodSettings, Leaf?> & Sendable) -> Self {
            Self(get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
        }

        /// What is always there in an optimisation.
        static func field(_ path: WritableKeyPath<TransferSettings, Leaf> & Sendable) -> Self {
            Self(get: { $0.optimisation?[keyPath: path] }, set: { $0.optimisation?[keyPath: path] = $1 })
        }

        /// What is there only on some of its branches.
        static func branch(_ path: WritableKeyPath<TransferSettings, Leaf?> & Sendable) -> Self {
            Self(get: { $0.optimisation?[keyPath: path] }, set: { $0.optimisation?[keyPath: path] = $1 })
        }

        /// A field of what is there only on some of its branches.
        static func branch<Branch>(
            _ branch: WritableKeyPath<TransferSettings, Branch?> & Sendable,
            _ path: WritableKeyPath<Branch, Leaf> & Sendable
        ) -> Self {
            Self(
                get: { $0.optimisation?[keyPath: branch]?[keyPath: path] },
                set: { $0.optimisation?[keyPath: branch]?[keyPath: path] = $1 })
        }

        /// What is always there in a mosaic.
        static func mosaic(_ path: WritableKeyPath<MosaicSettings, Leaf> & Sendable) -> Self {
            Self(get: { $0.mosaic?[keyPath: path] }, set: { $0.mosaic?[keyPath: path] = $1 })
        }

        /// What is there only in some of its modes.
        static func mode(_ path: WritableKeyPath<MosaicSettings, Leaf?> & Sendable) -> Self {
            Self(get: { $0.mosaic?[keyPath: path] }, set: { $0.mosaic?[keyPath: path] = $1 })
        }
    }
}

extension Setting: Hashable, CustomStringConvertible {
    public var description: String { name }
    public static func == (one: Setting, other: Setting) -> Bool { one.name == other.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Setting {
    /// What `--help` says: what it does, its choices, and its default in each possible base.
    public var helpText: String { Self.helpTexts[self] ?? help }

    /// Made once: a command's options are, several times for one command line.
    private static let helpTexts = Dictionary(
        uniqueKeysWithValues: SettingTable.all.map { setting in
            let choices = setting.choices.isEmpty ? "" : " (values: \(setting.choices.joined(separator: ", ")))"
            return (setting, setting.help + (setting.defaultText.map { " (default: \($0))" } ?? "") + choices)
        })

    /// The default of ``Preset/mosaic``, or that of ``Preset/clean`` where a mosaic has none, and those of the other bases where
    /// they differ; nil for a flag that only sets.
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
    private func defaultText(in variants: [MethodSettings]) -> String? {
        guard let value = variants.first(where: hasPlace).flatMap(read) else { return nil }
        if case .flag(let isOn) = value { return "--\(isOn ? "" : "no-")\(name)" }
        return value.plain
    }

    /// The bases without --preset and ``Preset/clean``, each with the settings that other choices with the same method lead to.
    private static let forms: [(name: String, variants: [MethodSettings])] = [
        Preset.mosaic, Preset.clean, Preset.published(by: .nsynth), Preset.published(by: .stft),
    ].map { preset in
        // They are valid: a test checks them.
        let settings = (try? MethodSettings(preset.settings)) ?? MethodSettings(.mosaic)
        return (
            preset.name ?? "",
            [settings] + settings.variants().map(\.settings).filter { $0.name == settings.name }
        )
    }
}

extension Setting {
    /// Whether the limits of other settings follow from its value: how a sound is cut into frames.
    package var isFraming: Bool {
        let table = SettingTable.shared
        return [table.fftSize, table.hop, table.windowLength, table.frameLength, table.frameHop].contains(self)
    }
}
