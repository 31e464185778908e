// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What was made of a file lately, as long as that has not changed: up to 64 MB.
actor StudioCache {
    private var values: [String: (bytes: [UInt8], made: Date?, used: Int)] = [:]
    private var uses = 0
    private static let room = 64 << 20

    /// What `make` makes, or what it made before.
    func value(_ name: String, of path: String, _ make: @escaping @Sendable () throws -> [UInt8]) async throws
        -> [UInt8]
    {
        let changed = (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
        uses += 1
        if let value = values[name], value.made == changed {
            values[name]?.used = uses
            return value.bytes
        }
        let bytes = try await offload(make)
        values[name] = (bytes, changed, uses)
        while values.values.reduce(0, { $0 + $1.bytes.count }) > Self.room,
            let oldest = values.min(by: { $0.value.used < $1.value.used })?.key
        {
            values[oldest] = nil
        }
        return bytes
    }
}

/// Does what takes a moment where nothing else waits for it, two at a time: a sound may take much memory.
func offload<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        studioQueue.addOperation { continuation.resume(with: Result { try work() }) }
    }
}

private let studioQueue: OperationQueue = {
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 2
    return queue
}()
