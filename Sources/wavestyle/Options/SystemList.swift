// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Transfer

/// Systems to compare, as `nsynth,ulyanov,mine.json`.
struct SystemList: ExpressibleByArgument, CustomStringConvertible {
    /// A backend with its defaults, or a preset.
    struct System {
        /// Of its files.
        let name: String
        /// The option that chooses it.
        let argument: String
        /// As it was given.
        let given: String
        /// nil until it was looked up.
        var backend: BackendName?
    }

    let description: String
    private(set) var systems: [System]

    init(argument: String) {
        description = argument
        systems = argument.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let text = String(part)
            return if let backend = BackendName(rawValue: text) {
                System(name: text, argument: "--backend=\(text)", given: text, backend: backend)
            } else {
                System(name: FinishedRun.name(text), argument: "--preset=\(text)", given: text)
            }
        }
    }

    /// Looks the systems up: they must be there, and their files have names of their own.
    ///
    /// - Parameter reserved: the names of sounds that are not theirs.
    /// - Throws: ``Failure``.
    mutating func lookUp(_ overrides: SettingValues, reserved: Set<String>) throws(Failure) {
        var names = reserved
        for (index, system) in systems.enumerated() {
            guard names.insert(system.name).inserted else {
                throw Failure(
                    .usage, "cannot use", at: "--systems \(description)",
                    why: "\(system.name).wav would be written twice", remedy: "leave one out, or rename its file")
            }
            let preset = system.backend == nil ? system.given : nil
            var form = SettingValues()
            form.add(system.backend, .backend)
            let backend = try TransferSettings(form, preset: preset).backend
            systems[index].backend = backend
            _ = try TransferSettings(
                form, backend == .nsynth ? overrides : overrides.filter { $0 != .weights }, preset: preset)
        }
        if overrides[.weights] != nil, !systems.contains(where: { $0.backend == .nsynth }) {
            throw Failure(
                .usage, "cannot use", at: "--weights", why: "no system is on nsynth", remedy: "leave it out")
        }
    }
}
