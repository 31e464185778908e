// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices

/// The memory strategy of a run: the first of its network's that fits into a limit. The memory that each takes is what making the
/// objective on paper asks for (``Matrices/MemoryLedger``).
struct MemoryPlan {
    let strategy: MemoryStrategy
    /// Bytes at the run's height.
    let bytes: Int
    /// The same by name.
    let byName: [String: Int]

    /// - Parameters:
    ///   - limit: bytes that are allowed, nil for any number.
    ///   - objective: makes the objective by a strategy, with the optimiser's memory.
    /// - Throws: ``Failure`` of kind `badData` where nothing fits, and what the objective throws.
    init(
        _ strategies: [MemoryStrategy], limit: Int?, settings: TransferSettings,
        objective: (MemoryStrategy) throws -> Void
    ) throws {
        var least = Int.max
        for strategy in strategies {
            let (_, ledger) = try MemoryLedger.planning { try objective(strategy) }
            guard ledger.peak > limit ?? .max else {
                (self.strategy, bytes, byName) = (strategy, ledger.peak, ledger.peakByName)
                return
            }
            least = min(least, ledger.peak)
        }
        throw Failure.tooLittleMemory(
            needed: least, allowed: limit ?? 0,
            remedy: settings.optimizer.lbfgsb != nil
                ? "allow more (--max-memory), use --optimizer adam or fewer --corrections, or shorten the sounds (--duration)"
                : "allow more (--max-memory), use fewer threads, or shorten the sounds (--duration)")
    }
}

extension Failure {
    /// A run that does not fit into the memory it may use, in bytes.
    public static func tooLittleMemory(needed: Int, allowed: Int, remedy: String) -> Failure {
        Failure(
            .badData, "cannot run",
            why:
                "\(AvailableMemory.text(needed)) of memory is needed, but only \(AvailableMemory.text(allowed)) may be used",
            remedy: remedy)
    }
}
