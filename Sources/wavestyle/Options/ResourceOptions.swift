// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Matrices
import Transfer
import WaveEncoder

/// What a run may take.
struct ResourceOptions: ParsableArguments {
    @Option(
        help: .everyday(
            """
            Memory for the whole program, as 2GB or 800MB. If activations do not fit, they are recomputed in windows, \
            1.4 times slower; if that does not fit, --variable waveform (clean, clean-stft) is optimised in \
            parts with crossfades. (default: three quarters of the free memory)
            """, value: "size"))
    var maxMemory: MemorySize?

    @Option(
        help: .rare(
            """
            mixed stores activations in half precision: a third less memory, for a gradient that differs by 3e-5 of its norm (nsynth). (default: float32)
            """, value: "precision"))
    var precision: Precision?

    @Option(
        help: .rare(
            "A folder for what is found in styles, which runs with the same weights share (nsynth).", value: "folder"),
        completion: .directory)
    var targets: String?

    @Flag(help: "Print the estimated time and memory, and exit.")
    var dryRun = false

    /// Bytes that a run may allocate in addition to what the program has now.
    ///
    /// - Throws: ``Failure`` of kind `usage` when the limit is spent already.
    func memoryLimit() throws(Failure) -> Int? {
        guard let size = maxMemory else { return AvailableMemory.bytes.map { $0 / 4 * 3 } }
        let held = AvailableMemory.held
        guard size.bytes > held else {
            throw Failure.unusable(
                "--max-memory \(size.text)", "program, weights and sounds take \(AvailableMemory.text(held)) already",
                remedy: "allow more")
        }
        return size.bytes - held
    }

    /// Bytes that the samples of a sound may take, before it is known what else is needed.
    ///
    /// - Throws: ``Failure`` of kind `badData` where there are none.
    func soundLimit() throws(Failure) -> Int? {
        let free = AvailableMemory.bytes
        guard free != 0 else {
            throw Failure(
                .badData, "cannot run", why: "this process may take no more memory",
                remedy: "raise its limit (ulimit -v), or that of its control group")
        }
        return maxMemory.map { max($0.bytes, AvailableMemory.held) } ?? free.map { $0 / 4 * 3 }
    }
}

extension Precision: ExpressibleByArgument {}

/// An amount of memory, as `2GB`, `800MB`, `1.5GiB` or a number of bytes.
struct MemorySize: ExpressibleByArgument, Equatable {
    let text: String
    let bytes: Int

    init?(argument: String) {
        let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let units: [String: Double] = [
            "": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12, "tb": 1e12,
            "kib": 1_024, "mib": 1_048_576, "gib": 1_073_741_824, "tib": 1_099_511_627_776,
        ]
        let unit = argument.dropFirst(digits.count).lowercased()
        guard let number = Double(digits), let factor = units[unit], number * factor >= 1, number * factor < 1e18 else {
            return nil
        }
        text = argument
        bytes = Int(number * factor)
    }
}
