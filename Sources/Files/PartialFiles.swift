// SPDX-License-Identifier: Apache-2.0
import Glibc
import Synchronization

/// The partial files that this process is writing, so that a signal that ends it leaves none of them.
public enum PartialFiles {
    /// A signal's handler may neither lock nor allocate (signal-safety(7)): it takes the paths from these slots.
    /// The code that removes a path owns its memory.
    nonisolated(unsafe) private static let places = {
        let places = UnsafeMutablePointer<Atomic<UnsafeMutablePointer<CChar>?>>.allocate(capacity: count)
        for index in 0..<count { (places + index).initialize(to: Atomic(nil)) }
        return places
    }()
    /// More than are written at the same time: a batch has some for each of its jobs.
    private static let count = 256
    /// Held while a path is read that stays in its slot.
    private static let changes = Mutex(())
    /// How many are between ``holdSignals()`` and ``releaseSignals()``.
    private static let holders = Atomic(0)
    /// The signal that arrived meanwhile; 0 for none.
    private static let held = Atomic<Int32>(0)

    /// Lets signals remove the partial files before they end the process, except those that the process ignores. Unblocks them
    /// in this thread: a parent may have blocked them, as programs do that spawn from a worker thread.
    public static func removeOnSignals(_ numbers: [Int32]) {
        // Allocated here: a handler may not.
        _ = (places, holders.load(ordering: .relaxed), held.load(ordering: .relaxed))
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in numbers { sigaddset(&signals, number) }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        for number in numbers where !isIgnored(number) { removeOnSignal(number) }
    }

    /// Whether the process ignores a signal. May be called by a signal's handler.
    public static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        return sigaction(number, nil, &action) != 0
            || unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
                == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// The same for one signal. May be called by a signal's handler, after ``removeOnSignals(_:)`` was called once.
    public static func removeOnSignal(_ number: Int32) {
        var action = sigaction()
        action.sa_flags = SA_RESTART
        // No other signal's handler may interrupt this one.
        sigfillset(&action.sa_mask)
        action.__sigaction_handler.sa_handler = { number in
            guard PartialFiles.holders.load(ordering: .sequentiallyConsistent) == 0 else {
                return PartialFiles.held.store(number, ordering: .sequentiallyConsistent)
            }
            PartialFiles.end(by: number)
        }
        sigaction(number, &action, nil)
    }

    /// Lets signals that would end the process wait for ``releaseSignals()``.
    static func holdSignals() {
        holders.add(1, ordering: .sequentiallyConsistent)
    }

    /// Ends the process if a signal arrived meanwhile.
    static func releaseSignals() {
        guard holders.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 else { return }
        let number = held.exchange(0, ordering: .sequentiallyConsistent)
        if number != 0 { end(by: number) }
    }

    /// Registers a file. If no slot is free, a signal leaves the file.
    static func insert(_ path: String) {
        let copy = strdup(path.cPath)
        changes.withLock { _ in
            for index in 0..<count
            where places[index].compareExchange(expected: nil, desired: copy, ordering: .acquiringAndReleasing)
                .exchanged
            {
                return
            }
            free(copy)
        }
    }

    /// Unregisters a file.
    static func remove(_ path: String) {
        changes.withLock { _ in
            for index in 0..<count {
                guard let place = places[index].load(ordering: .acquiring), strcmp(place, path.cPath) == 0 else {
                    continue
                }
                free(places[index].exchange(nil, ordering: .acquiringAndReleasing))
                return
            }
        }
    }

    /// Removes all files and lets the signal have its default effect: at once, or as soon as its handler returns.
    private static func end(by number: Int32) {
        for index in 0..<count {
            if let path = places[index].exchange(nil, ordering: .acquiringAndReleasing) { unlink(path) }
        }
        signal(number, SIG_DFL)
        raise(number)
    }
}
