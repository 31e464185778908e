// SPDX-License-Identifier: Apache-2.0
import Files

/// A leaf of ``TransferSettings``: its name as an option, in JSON and in a record, its place in the tree, its range, and what
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
    /// What happens where it has no value, in words.
    let unset: String?
    /// The value that means the same as no place.
    let neutral: SettingValues.Value?
    /// Values that give other settings a place.
    let decisions: [SettingValues.Value?]

    /// Whether it changes anything.
    let hasPlace: @Sendable (TransferSettings) -> Bool
    /// Its value; nil where it has none, or no place.
    let read: @Sendable (TransferSettings) -> SettingValues.Value?
    /// Sets it, and says whether it was taken: not where it has no place, nor where the value does not go with others.
    let write: @Sendable (SettingValues.Value?, inout TransferSettings) throws(Failure) -> Bool
    /// The numbers that it takes; nil for all.
    let range: @Sendable (TransferSettings) -> ClosedRange<Double>?
    /// Why its value cannot be used.
    let problem: @Sendable (TransferSettings) -> String?

    /// The option, for messages.
    public var option: String { "--\(name)" }

    /// - Parameters:
    ///   - decides: values besides its choices that give others a place; nil for none.
    ///   - rule: says what is wrong with a value.
    init<Leaf: SettingLeaf>(
        _ name: String, _ valueName: String = "", at place: Place<Leaf>, decides: [SettingValues.Value?]? = nil,
        unset: String? = nil, neutral: SettingValues.Value? = nil,
        in range: @escaping @Sendable (TransferSettings) -> ClosedRange<Double>? = { _ in nil },
        rule: @escaping @Sendable (Leaf, TransferSettings) -> String? = { _, _ in nil }, _ help: String
    ) {
        (self.name, self.valueName, self.help, self.unset, self.neutral) = (name, valueName, help, unset, neutral)
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
        let get: @Sendable (TransferSettings) -> Leaf?
        let set: @Sendable (inout TransferSettings, Leaf) -> Void

        /// What is always there.
        static func field(_ path: WritableKeyPath<TransferSettings, Leaf> & Sendable) -> Self {
            Self(get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
        }

        /// What is there only on some branches.
        static func branch(_ path: WritableKeyPath<TransferSettings, Leaf?> & Sendable) -> Self {
            Self(get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
        }

        /// A field of what is there only on some branches.
        static func branch<Branch>(
            _ branch: WritableKeyPath<TransferSettings, Branch?> & Sendable,
            _ path: WritableKeyPath<Branch, Leaf> & Sendable
        ) -> Self {
            Self(get: { $0[keyPath: branch]?[keyPath: path] }, set: { $0[keyPath: branch]?[keyPath: path] = $1 })
        }
    }
}

extension Setting: Hashable, CustomStringConvertible {
    public var description: String { name }
    public static func == (one: Setting, other: Setting) -> Bool { one.name == other.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}
