// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import WeightLoader

extension WeightsCommand {
    /// `wavestyle weights verify`.
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check weights against the manifest's checksums.",
            discussion: """
                Without arguments, checks all the manifest's weights that are present. A file that is not in the \
                manifest, or has no checksum there, is read, and its SHA-256 is shown. The exit code is 65 if any check \
                fails.
                """)

        @Argument(help: .text("The weights to check.", value: "name|file"))
        var weights: [String] = []

        func run() throws {
            let library = try WeightLibrary()
            let present = library.manifest.weights.filter { $0.generator != nil || library.path(of: $0) != nil }
            var failures: [Failure] = []
            for name in weights.isEmpty ? present.map(\.name) : weights {
                do throws(Failure) {
                    let loaded = try library.load(name)
                    let verdict =
                        switch loaded.entry {
                        case nil: "readable, not in the manifest"
                        case let entry? where entry.sha256 == nil:
                            "readable, with the manifest's shapes; the manifest has no SHA-256 to compare"
                        default: "ok"
                        }
                    try emit("\(loaded.sha256)  \(name.escapingControlCharacters): \(verdict)\n")
                } catch {
                    Terminal.error.fail(error.description)
                    failures.append(error)
                }
            }
            guard let first = failures.first else { return }
            // One that is not there is another matter than one that is wrong.
            let isWrong = failures.contains { $0.kind == .badData }
            throw ExitCode(isWrong ? Failure.Kind.badData.exitCode : first.kind.exitCode)
        }
    }
}
