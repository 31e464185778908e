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
    ///   - strategies: from fast to small.
    ///   - limit: bytes that are allowed, nil for any number.
    ///   - objective: makes the objective by a strategy, with the optimiser's memory; false where the optimiser cannot.
    /// - Throws: ``MemoryShortage`` where nothing fits, and what the objective throws.
    init(_ strategies: [MemoryStrategy], limit: Int?, objective: (MemoryStrategy) throws -> Bool) throws {
        var least: Int?
        for strategy in strategies {
            let (isPossible, ledger) = try MemoryLedger.planning { try objective(strategy) }
            guard isPossible else { continue }
            guard ledger.peak > limit ?? .max else {
                (self.strategy, bytes, byName) = (strategy, ledger.peak, ledger.peakByName)
                return
            }
            least = min(least ?? .max, ledger.peak)
        }
        throw MemoryShortage(needed: least, allowed: limit ?? 0)
    }
}

/// That no strategy fits into memory, before it is said what would.
struct MemoryShortage: Error {
    /// Bytes of the smallest strategy; nil where the optimiser cannot deal with so many variables in any.
    let needed: Int?
    /// Bytes.
    let allowed: Int
}

extension Failure {
    /// A run that does not fit into the memory it may use. Whatever it advises works.
    ///
    /// - Parameters:
    ///   - needed, allowed: in bytes.
    ///   - shorter: an option that would make it fit, as `--duration 12`; nil for none.
    public static func tooLittleMemory(needed: Int, allowed: Int, shorter: String?) -> Failure {
        // What is held meanwhile differs a little from run to run.
        let more = (needed - allowed) / 20 * 21 + 20_000_000
        let isThere = allowed + more <= AvailableMemory.bytes ?? .max
        let advice = [
            isThere ? "allow \(AvailableMemory.text(more)) more (--max-memory)" : nil,
            shorter.map { "shorten the sounds (\($0))" },
        ].compactMap { $0 }
        return Failure(
            .badData, "cannot run",
            why:
                "\(AvailableMemory.text(needed)) of memory is needed, but only \(AvailableMemory.text(allowed)) may be used",
            remedy: advice.isEmpty ? "close other programs, or use another machine" : advice.joined(separator: ", or "))
    }

    /// The longest beginning of a sound, in seconds rounded down to tenths, with which a run fits: searched from a length that may do,
    /// down to a tenth of a second.
    ///
    /// - Parameters:
    ///   - samples: of the sound.
    ///   - likely: the share of it that may fit.
    public static func secondsThatFit(
        of samples: Int, sampleRate: Int, likely: Double, fits: (_ samples: Int) throws -> Bool
    ) rethrows -> Double? {
        var tenths = (Double(samples) / Double(sampleRate) * min(likely, 1) * 10).rounded(.down)
        while tenths >= 1 {
            if Int(tenths / 10 * Double(sampleRate)) < samples, try fits(Int(tenths / 10 * Double(sampleRate))) {
                return tenths / 10
            }
            tenths = (tenths * 0.8).rounded(.down)
        }
        return nil
    }
}
