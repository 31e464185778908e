// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// What is allocated in large pieces, by name, and how much of it at once at most.
///
/// The memory of a run is known before it begins because the code that allocates it is run on paper first: within
/// ``planning(_:)`` an ``AlignedBuffer`` has an address and no memory, and all that is entered is its size. So an estimate
/// is no formula beside the code; it is what the code asks for. ``recording(_:)`` enters what is allocated in fact.
///
/// Arrays and memory of C libraries are entered by ``note(_:bytes:)``, by what holds them.
public final class MemoryLedger: Sendable {
    private struct Balance {
        var held = 0
        var peak = 0
        var byName: [String: Int] = [:]
        var byNameAtPeak: [String: Int] = [:]
    }

    /// Whether nothing is to be allocated.
    let isPlan: Bool
    private let balance = Mutex(Balance())

    @TaskLocal private static var current: MemoryLedger?
    @TaskLocal private static var name = "other"

    private init(isPlan: Bool) { self.isPlan = isPlan }

    /// Whether memory is only planned: what would be computed into it, need not be.
    public static var isPlanning: Bool { current?.isPlan ?? false }

    /// Runs code that allocates, without memory.
    ///
    /// - Returns: what the code returns, of which only sizes mean anything, and its ledger.
    public static func planning<Result>(_ body: () throws -> Result) rethrows -> (Result, MemoryLedger) {
        try entering(MemoryLedger(isPlan: true), body)
    }

    /// Runs code that allocates, and enters what it allocates on the calling thread.
    public static func recording<Result>(_ body: () throws -> Result) rethrows -> (Result, MemoryLedger) {
        try entering(MemoryLedger(isPlan: false), body)
    }

    private static func entering<Result>(
        _ ledger: MemoryLedger, _ body: () throws -> Result
    ) rethrows -> (Result, MemoryLedger) {
        (try $current.withValue(ledger, operation: body), ledger)
    }

    /// Enters what is allocated in `body` under a name.
    public static func named<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
        guard current != nil else { return try body() }
        return try $name.withValue(name, operation: body)
    }

    /// Enters memory that is no ``AlignedBuffer``.
    ///
    /// - Returns: what must be held as long as the memory is.
    public static func note(_ name: String? = nil, bytes: Int) -> Entry? {
        current.map { Entry($0, name ?? Self.name, bytes) }
    }

    /// Bytes that are held now.
    public var held: Int { balance.withLock(\.held) }
    /// The most bytes that were held at once.
    public var peak: Int { balance.withLock(\.peak) }
    /// The same by name.
    public var peakByName: [String: Int] { balance.withLock(\.byNameAtPeak) }

    /// Memory that is held as long as this is.
    public final class Entry: Sendable {
        private let ledger: MemoryLedger
        private let name: String
        private let bytes: Int

        fileprivate init(_ ledger: MemoryLedger, _ name: String, _ bytes: Int) {
            (self.ledger, self.name, self.bytes) = (ledger, name, bytes)
            ledger.balance.withLock { balance in
                balance.held += bytes
                balance.byName[name, default: 0] += bytes
                guard balance.held > balance.peak else { return }
                (balance.peak, balance.byNameAtPeak) = (balance.held, balance.byName)
            }
        }

        /// Whether it is planned only.
        var isPlanned: Bool { ledger.isPlan }

        deinit {
            ledger.balance.withLock { balance in
                balance.held -= bytes
                balance.byName[name, default: 0] -= bytes
            }
        }
    }
}
