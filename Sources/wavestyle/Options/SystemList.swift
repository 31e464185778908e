// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Transfer

/// Systems to compare, as `nsynth,ulyanov,mine.json`.
struct SystemList: ExpressibleByArgument, CustomStringConvertible {
    /// A preset.
    struct System {
        /// Of its files.
        let name: String
        /// As it was given: a name or a file.
        let given: String
        /// nil until it was looked up.
        var backend: BackendName?
        /// The option that chooses it.
        var argument: String { "--preset=\(given)" }
    }

    let description: String
    private(set) var systems: [System]

    init(argument: String) {
        description = argument
        systems = argument.split(separator: ",", omittingEmptySubsequences: false).map {
            System(name: FinishedRun.name(String($0)), given: String($0))
        }
    }

    /// Looks the systems up: they must be there, and their files have names of their own.
    ///
    /// - Parameter reserved: the names of sounds that are not theirs.
    mutating func lookUp(_ overrides: SettingValues, reserved: Set<String>) throws(Failure) {
        var names = reserved
        for (index, system) in systems.enumerated() {
            guard names.insert(system.name).inserted else {
                throw Failure.unusable(
                    "--systems \(description)", "\(system.name).wav would be written twice",
                    remedy: "leave one out, or rename its file")
            }
            let backend = try TransferSettings(preset: system.given).backend
            systems[index].backend = backend
            _ = try TransferSettings(
                backend == .nsynth ? overrides : overrides.without(\.weights), preset: system.given)
        }
        if overrides[\.weights] != nil, !systems.contains(where: { $0.backend == .nsynth }) {
            throw Failure.unusable("--weights", "no system uses --backend nsynth", remedy: "leave it out")
        }
    }
}
