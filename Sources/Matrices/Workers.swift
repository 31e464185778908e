// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Synchronization

/// Runs numbered pieces of work on a fixed number of threads and waits for all: one call is one barrier. Idle threads
/// sleep.
public struct Workers: Sendable {
    /// The number of threads, at least 1.
    public let count: Int

    /// Workers on `count` threads.
    public init(count: Int) {
        self.count = max(count, 1)
    }

    /// Calls `body(piece, worker)` once for each piece in `0 ..< pieces`.
    ///
    /// A free worker takes the lowest remaining piece. No two calls run at the same time with the same worker, so the worker's
    /// number can select a scratch buffer. Denormal numbers count as zero meanwhile (``Denormals``).
    public func run(pieces: Int, _ body: @Sendable (_ piece: Int, _ worker: Int) -> Void) {
        guard min(count, pieces) > 1 else {
            return Denormals.flushed { (0..<max(pieces, 0)).forEach { body($0, 0) } }
        }
        // It also orders memory: workers see what was written before the call, and the caller sees what they wrote. Dispatch does that, too;
        // ThreadSanitizer does not see it there.
        let next = Atomic(0)
        next.store(0, ordering: .releasing)
        DispatchQueue.concurrentPerform(iterations: min(count, pieces)) { worker in
            Denormals.flushed {
                while true {
                    let piece = next.wrappingAdd(1, ordering: .acquiringAndReleasing).oldValue
                    guard piece < pieces else { return }
                    body(piece, worker)
                }
            }
        }
        _ = next.load(ordering: .acquiring)
    }

    /// The results of numbered pieces of work, in their order.
    ///
    /// - Parameter body: called as by ``run(pieces:_:)``.
    public func map<Result: Sendable>(
        pieces: Int, _ body: @Sendable (_ piece: Int, _ worker: Int) -> Result
    ) -> [Result] {
        let results = Mutex([Result?](repeating: nil, count: max(pieces, 0)))
        run(pieces: pieces) { piece, worker in
            let result = body(piece, worker)
            results.withLock { $0[piece] = result }
        }
        return results.withLock { $0.compactMap(\.self) }
    }
}
