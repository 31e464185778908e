// SPDX-License-Identifier: Apache-2.0
import FlyingFox
import FlyingSocks
import Foundation
import Synchronization

/// Server-sent events (HTML Living Standard, 9.2) for all pages that listen.
public final class NewsStream: Sendable {
    private typealias Listener = AsyncStream<Data>.Continuation
    private let listeners = Mutex<(next: Int, all: [Int: Listener])>((0, [:]))

    public init() {}

    /// Tells all that listen. One that takes nothing for long misses the oldest news: a page asks for everything when it comes back.
    public func tell(_ event: String, _ value: some Encodable) {
        // JSON as it is encoded here has no line ends.
        let message = Data("event: \(event)\ndata: ".utf8) + Data(json: value) + Data("\n\n".utf8)
        listeners.withLock { listeners in listeners.all.values.forEach { $0.yield(message) } }
    }

    /// The answer that a page listens to.
    public func response() -> HTTPResponse {
        let (stream, listener) = AsyncStream.makeStream(of: Data.self, bufferingPolicy: .bufferingNewest(1_000))
        let number = listeners.withLock { listeners in
            listeners.next += 1
            listeners.all[listeners.next] = listener
            return listeners.next
        }
        // A page that is gone is noticed when something is written to it.
        let beat = Task {
            while !Task.isCancelled {
                listener.yield(Data(": \n\n".utf8))
                try await Task.sleep(for: .seconds(15))
            }
        }
        listener.onTermination = { [weak self] _ in
            beat.cancel()
            self?.listeners.withLock { _ = $0.all.removeValue(forKey: number) }
        }
        return HTTPResponse(
            statusCode: .ok, headers: [.contentType: "text/event-stream"],
            body: HTTPBodySequence(from: MessageBytes(messages: stream)))
    }

}

/// The bytes of some messages, each as soon as it comes.
private struct MessageBytes: AsyncBufferedSequence {
    typealias Element = UInt8
    let messages: AsyncStream<Data>

    func makeAsyncIterator() -> Iterator { Iterator(messages: messages.makeAsyncIterator()) }

    struct Iterator: AsyncBufferedIteratorProtocol {
        fileprivate var messages: AsyncStream<Data>.Iterator
        private var rest = Data()

        fileprivate init(messages: AsyncStream<Data>.Iterator) { self.messages = messages }

        mutating func next() async throws -> UInt8? { try await nextBuffer(suggested: 1)?.first }

        mutating func nextBuffer(suggested count: Int) async throws -> Data? {
            if rest.isEmpty {
                guard let message = await messages.next() else { return nil }
                rest = message
            }
            defer { rest = rest.dropFirst(count) }
            return Data(rest.prefix(count))
        }
    }
}
