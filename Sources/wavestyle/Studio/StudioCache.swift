// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What was made of a file lately, as long as that has not changed: up to 256 MB. What is asked for twice is made once.
actor StudioCache {
    private struct Entry {
        let changed: Date?
        let work: Task<[UInt8], any Error>
        var used: Int
        var size = 0
    }

    private var entries: [String: Entry] = [:]
    private var uses = 0
    private static let room = 256 << 20

    /// What `make` makes, or what it made before.
    func value(_ name: String, of path: String, _ make: @escaping @Sendable () throws -> [UInt8]) async throws
        -> [UInt8]
    {
        let changed = (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
        uses += 1
        if entries[name]?.changed != changed || entries[name] == nil {
            entries[name] = Entry(changed: changed, work: Task { try await offload(to: .files, make) }, used: uses)
        }
        entries[name]?.used = uses
        guard let work = entries[name]?.work else { return [] }
        do {
            let bytes = try await work.value
            entries[name]?.size = bytes.count
            makeRoom()
            return bytes
        } catch {
            entries[name] = nil
            throw error
        }
    }

    private func makeRoom() {
        while entries.values.reduce(0, { $0 + $1.size }) > Self.room,
            let oldest = entries.filter({ $0.value.size > 0 }).min(by: { $0.value.used < $1.value.used })?.key
        {
            entries[oldest] = nil
        }
    }
}

/// Where what takes a moment is done, some of it at a time: a sound may take much memory.
enum StudioQueue {
    /// Sounds and pictures that are waited for, and texts.
    case files
    /// Uploads, cuts, exports and comparisons.
    case sounds
    /// Estimates: each is a process.
    case estimates

    private static let queues: [StudioQueue: OperationQueue] = [
        .files: queue(2), .sounds: queue(2), .estimates: queue(1),
    ]

    private static func queue(_ width: Int) -> OperationQueue {
        let queue = OperationQueue()
        queue.maxConcurrentOperationCount = width
        return queue
    }

    fileprivate var operations: OperationQueue { Self.queues[self] ?? .main }
}

/// Does something on a thread where nothing else waits for it.
func offload<Value: Sendable>(
    to queue: StudioQueue = .sounds, _ work: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        queue.operations.addOperation { continuation.resume(with: Result { try work() }) }
    }
}
