// SPDX-License-Identifier: Apache-2.0
import Files

extension MethodSettings {
    /// The settings that some values ask for, the method's own elsewhere.
    ///
    /// - Parameters:
    ///   - given: by the user: each must count for something.
    ///   - base: below them; what they leave no place for is left out.
    /// - Throws: ``Failure`` of kind `usage` for values out of range, and for given ones that change nothing.
    public init(_ given: SettingValues, over base: SettingValues = SettingValues()) throws(Failure) {
        self = try PlacedValues(given, over: base).settings
    }

    /// Every setting that counts and has a value: what gives these settings again.
    public var values: SettingValues {
        SettingTable.all.reduce(into: SettingValues()) { $0[$1] = $1.read(self) }
    }

    /// Whether a setting changes anything here.
    public func hasPlace(for setting: Setting) -> Bool { setting.hasPlace(self) }

    /// Checks every value's range, and that there is something to compare. Settings that were made of values have been checked.
    ///
    /// - Throws: ``Failure`` of kind `usage`.
    public func validate() throws(Failure) {
        for setting in SettingTable.all {
            guard let problem = setting.problem(self) else { continue }
            throw Failure.unusable("\(setting.option) \(setting.read(self)?.plain ?? "")", problem)
        }
        if let missing = optimisation?.missing { throw Failure.unusable("--style-weight 0", missing) }
    }

    /// The settings that one or two choices made differently lead to, the nearest first, each with the first choice. A network
    /// is the last thing to be chosen differently.
    func variants() -> [(chosen: Setting, settings: MethodSettings)] {
        let near = neighbours()
        return near + near.flatMap { (chosen, settings) in settings.neighbours().map { (chosen, $0.settings) } }
    }

    private func neighbours() -> [(chosen: Setting, settings: MethodSettings)] {
        let backend = SettingTable.shared.backend
        return (SettingTable.all.filter { $0 != backend } + [backend]).flatMap { setting in
            setting.decisions.compactMap { value in
                var other = self
                return other.takes(value, setting) && other != self ? (setting, other) : nil
            }
        }
    }

    /// Sets a value if it has a place and goes with the others.
    mutating func takes(_ value: SettingValues.Value?, _ setting: Setting) -> Bool {
        var settings = self
        guard (try? setting.write(value, &settings)) == true else { return false }
        self = settings
        return true
    }
}

extension TransferSettings {
    /// An optimisation's settings, as ``MethodSettings/init(_:over:)``.
    ///
    /// - Throws: ``Failure`` of kind `usage`, also for a mosaic.
    public init(_ given: SettingValues, over base: SettingValues = SettingValues()) throws(Failure) {
        try self.init(MethodSettings(given, over: base))
    }

    /// An optimisation's settings, as ``MethodSettings/init(_:preset:)``.
    ///
    /// - Throws: ``Failure``, of kind `usage` also for a mosaic.
    public init(_ given: SettingValues..., preset: String?) throws(Failure) {
        try self.init(MethodSettings(given.reduce(SettingValues()) { $1.over($0) }, preset: preset))
    }

    private init(_ settings: MethodSettings) throws(Failure) {
        guard let own = settings.optimisation else {
            throw Failure.unusable("--backend \(settings.name.rawValue)", "it optimises nothing")
        }
        self = own
    }

    /// Every setting that counts and has a value, for whole sounds.
    public var values: SettingValues { MethodSettings(self).values }

    /// As ``MethodSettings/validate()``.
    ///
    /// - Throws: ``Failure`` of kind `usage`.
    public func validate() throws(Failure) { try MethodSettings(self).validate() }

    /// Why there is nothing to compare; nil where there is.
    fileprivate var missing: String? {
        if style == nil, content == .none, terms.isEmpty {
            "no loss has a weight above 0"
        } else if style == nil, network.backend == .nsynth, content.features == nil {
            "--backend nsynth needs the style, or the content's features"
        } else {
            nil
        }
    }
}

/// Values that were put in their places, a setting that decides about places before the others.
struct PlacedValues {
    private(set) var settings: MethodSettings
    /// The remedy where a value changes nothing with the method.
    private let remedy: String
    /// What was taken, with what is read of it.
    private var taken: [(setting: Setting, reading: SettingValues.Value?)] = []
    /// What had a place, or a value, until another one was set.
    private var displaced: [Setting: Setting] = [:]
    /// The base's settings that found no place, or lost their value.
    private(set) var dropped: [Setting] = []

    /// - Parameter remedy: where a given value changes nothing with the method.
    /// - Throws: as ``MethodSettings/init(_:over:)``.
    init(_ given: SettingValues, over base: SettingValues, remedy: String = "leave it out") throws(Failure) {
        let wanted = given.over(base)
        self.remedy = remedy
        settings = MethodSettings(.nsynth)
        if let backend = wanted[\.backend] { _ = try SettingTable.shared.backend.write(backend, &settings) }
        settings = MethodSettings(settings.name)
        var pending = wanted.settings
        var count = -1
        while taken.count > count {
            count = taken.count
            for setting in pending {
                guard let value = wanted[setting], try place(value, setting, isGiven: given[setting] != nil)
                else { continue }
                pending.removeAll { $0 == setting }
            }
        }
        if let own = settings.optimisation, !taken.contains(where: { $0.setting == SettingTable.shared.layers }) {
            settings.optimisation?.style?.layers = own.network.usualLayers
        }
        let lost = wanted.settings.filter { [displaced] in pending.contains($0) || displaced[$0] != nil }
            .filter { wanted[$0] != $0.neutral }
        dropped = lost.filter { given[$0] == nil }
        for setting in lost { if let value = given[setting] { throw refusal(of: setting, value) } }
        try settings.validate()
    }

    /// - Returns: whether it was taken.
    private mutating func place(
        _ value: SettingValues.Value, _ setting: Setting, isGiven: Bool
    ) throws(Failure) -> Bool {
        guard setting.hasPlace(settings) else { return false }
        var next = settings
        do throws(Failure) {
            guard try setting.write(value, &next) else { return false }
        } catch {
            // A base's value may be of another network.
            if isGiven { throw error }
            return false
        }
        settings = next
        for earlier in taken where earlier.setting.read(settings) != earlier.reading {
            displaced[earlier.setting] = displaced[earlier.setting] ?? setting
        }
        taken.append((setting, setting.read(settings)))
        return true
    }

    private func refusal(of setting: Setting, _ value: SettingValues.Value) -> Failure {
        let variants = settings.variants()
        let taking = variants.first { variant in
            var other = variant.settings
            return other.takes(value, setting)
        }
        // A value that nothing takes may still lack a place here.
        let placing = setting.hasPlace(settings) ? nil : variants.first { setting.hasPlace($0.settings) }
        let cause = displaced[setting] ?? (taking ?? placing)?.chosen
        let reason = cause.map { cause in
            cause.read(settings).map { "with \(cause.option) \($0.plain)" } ?? "without \(cause.option)"
        }
        guard displaced[setting] == nil, setting.hasPlace(settings), !setting.choices.isEmpty else {
            return Failure.unusable(
                setting.option, "it changes nothing \(reason ?? "here")",
                remedy: cause == SettingTable.shared.backend ? remedy : "leave it out")
        }
        let choices = setting.choices.filter { choice in
            var other = settings
            return other.takes(.text(choice), setting)
        }
        return Failure.unusable(
            "\(setting.option) \(value.plain)",
            "the choices \(reason ?? "here") are \(choices.joined(separator: " and "))")
    }
}
