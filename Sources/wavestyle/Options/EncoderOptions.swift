// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation
import Matrices
import Transfer

/// The network's weights and the threads it may use.
struct EncoderOptions: SettingOptions {
    @Option(\.weights) var weights: GivenSetting?
    @OptionGroup var threads: ThreadOptions
}

/// The number of threads.
struct ThreadOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: .rare("Number of threads. (default: one for each processor)", value: "count"))
    var threads: Int?

    /// The number of threads.
    ///
    /// - Throws: ``Failure`` of kind `usage`.
    func count() throws(Failure) -> Int {
        if let kernels = KernelLevel.requested, !KernelLevel.available.map(\.rawValue).contains(kernels) {
            let known = KernelLevel.available.map(\.rawValue).joined(separator: ", ")
            throw Failure.unusable("WAVESTYLE_KERNELS=\(kernels)", "this processor has \(known)")
        }
        let count = threads ?? ProcessInfo.processInfo.activeProcessorCount
        guard (1...1_024).contains(count) else {
            throw Failure.unusable("--threads \(count)", "it must be between 1 and 1024")
        }
        return count
    }

    /// The same, to be shared by some jobs that run at a time.
    func count(for jobs: Int) throws(Failure) -> Int {
        let count = try count()
        guard (1...count).contains(jobs) else {
            throw Failure.unusable(
                "--jobs \(jobs)", "there are \(count) threads to share",
                remedy: "choose 1 to \(count), or more --threads")
        }
        return count
    }
}
