// SPDX-License-Identifier: Apache-2.0
import Matrices
import Synchronization

extension Workers {
    /// The results of a number of independent pieces of work, in their order.
    func map<T: Sendable>(_ count: Int, _ body: @Sendable (Int) -> T) -> [T] {
        let results = Mutex([T?](repeating: nil, count: count))
        run(pieces: count) { index, _ in
            let result = body(index)
            results.withLock { $0[index] = result }
        }
        return results.withLock { $0.compactMap { $0 } }
    }
}
