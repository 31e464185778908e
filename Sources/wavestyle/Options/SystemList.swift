// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Transfer

/// Systems to compare, as `nsynth,ulyanov,mine.json`; `published` stands for all published ones.
struct SystemList: ExpressibleByArgument, CustomStringConvertible {
    /// A preset.
    struct System {
        /// Of its files.
        let name: String
        /// As it was given: a name or a file.
        let given: String
        /// nil until it was looked up.
        fileprivate(set) var settings: MethodSettings?
        /// Of what is given for all systems, what this one has a place for; nothing until it was looked up.
        fileprivate(set) var overrides = SettingValues()
        /// The option that chooses it.
        var argument: String { "--preset=\(given)" }
    }

    let description: String
    private(set) var systems: [System]

    init(argument: String) {
        description = argument
        systems = argument.split(separator: ",", omittingEmptySubsequences: false).flatMap { given in
            given == "published" ? Preset.published.compactMap(\.name) : [String(given)]
        }.map { System(name: FinishedRun.name($0), given: $0) }
    }

    /// Looks the systems up: they must be there, and their files have names of their own.
    ///
    /// - Parameters:
    ///   - overrides: settings for all systems, each for those that have a place for it: at least one.
    ///   - reserved: the names of sounds that are not theirs.
    mutating func lookUp(_ overrides: SettingValues, reserved: Set<String>) throws(Failure) {
        var names = reserved
        for (index, system) in systems.enumerated() {
            guard names.insert(system.name).inserted else {
                throw Failure.unusable(
                    "--systems \(description)", "\(system.name).wav would be written twice",
                    remedy: "leave one out, or rename its file")
            }
            let own = try MethodSettings(preset: system.given)
            systems[index].settings = own
            for setting in overrides.settings
            where own.hasPlace(for: setting) && (own.name == .nsynth || setting != SettingTable.shared.weights) {
                systems[index].overrides[setting] = overrides[setting]
            }
            _ = try MethodSettings(systems[index].overrides, preset: system.given)
        }
        if let idle = overrides.settings.first(where: { setting in
            systems.allSatisfy { $0.overrides[setting] == nil }
        }) {
            throw Failure.unusable(
                idle.option,
                idle == SettingTable.shared.weights
                    ? "no system uses --backend nsynth" : "no system has a place for it",
                remedy: "leave it out")
        }
    }
}
