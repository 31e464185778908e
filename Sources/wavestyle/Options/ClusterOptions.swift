// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// How a job array is submitted.
struct ClusterOptions: ParsableArguments {
    @Option(help: .text("The partition. (default: the plan's, or Slurm's)", value: "name"))
    var partition: String?

    @Option(help: .text("The account. (default: the plan's, or Slurm's)", value: "name"))
    var account: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: .text("A further option of sbatch, as --qos=long; may be given several times.", value: "option"))
    var sbatchOption: [String] = []

    @Option(parsing: .unconditional, help: .text("How long a task is to take. (default: 10)", value: "minutes"))
    var taskMinutes: Double?

    /// The first that is given.
    var given: String? {
        partition != nil
            ? "--partition"
            : account != nil
                ? "--account" : !sbatchOption.isEmpty ? "--sbatch-option" : taskMinutes != nil ? "--task-minutes" : nil
    }
}
