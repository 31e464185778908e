// SPDX-License-Identifier: Apache-2.0
import Glibc
import WeightLoader

extension UntrustedParser {
    /// Starts the built program, which lies beside the test bundle. The tests' own runner can't be its child.
    static var built: UntrustedParser {
        let candidates = CommandLine.arguments.filter { $0.hasSuffix(".xctest") } + [CommandLine.arguments[0]]
        let programs = candidates.map { path in
            path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
                + "/wavestyle"
        }
        return UntrustedParser(executable: programs.first { access($0, X_OK) == 0 } ?? programs[0])
    }
}
