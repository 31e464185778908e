// SPDX-License-Identifier: Apache-2.0
import Files
import FlyingFox
import FlyingSocks
import Foundation
import Synchronization

/// A web server on 127.0.0.1 for one person: see ``RequestGuard`` for who is answered, and ``Connection`` for how much may be sent.
///
/// Sockets, requests, answers and routes are FlyingFox's. Its server itself is not used: it reads a head of any length, in a time that grows with
/// the square of that, and one such request would stop all others.
public struct LocalServer: Sendable {
    /// What answers a request that was let through; what it throws becomes an answer, too.
    public typealias Answer = @Sendable (HTTPRequest) async throws -> HTTPResponse

    public let port: UInt16
    /// What a request needs to be let through.
    public let token: String
    private let running: Task<Void, any Error>
    private let end: Ended

    /// The address to open first: it lets the browser in.
    public var address: String { "http://127.0.0.1:\(port)/\(token)/" }

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - port: nil for any that is free.
    ///   - bodyLimit: bytes that a request may carry.
    ///   - patience: seconds for which a client may send nothing, or take nothing.
    ///   - answer: what answers.
    /// - Throws: ``Failure`` of kind `cannotCreate` where the port cannot be had.
    public static func start(
        port: UInt16?, bodyLimit: Int, patience: Double = 60, answer: @escaping Answer
    ) async throws -> LocalServer {
        allowConnections()
        var generator = SystemRandomNumberGenerator()
        let token = (0..<4).map { _ in String(UInt64.random(in: 0...(.max), using: &generator), radix: 36) }.joined()
        do {
            let pool = PatientPool(seconds: patience)
            try await pool.prepare()
            let socket = try Socket(domain: AF_INET)
            try socket.setValue(true, for: .localAddressReuse)
            try socket.bind(to: try sockaddr_in.inet(ip4: "127.0.0.1", port: port ?? 0))
            try socket.listen()
            guard case .ip4(_, let bound) = try socket.sockname() else { throw SocketError.unsupportedAddress }
            let guarding = RequestGuard(port: bound, token: token, bodyLimit: bodyLimit, answer: answer)
            let listener = try AsyncSocket(socket: socket, pool: pool)
            let end = Ended()
            let running = Task {
                defer {
                    try? socket.close()
                    end.flag.store(true, ordering: .relaxed)
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await pool.run() }
                    group.addTask { try await accept(on: listener, guarding, patience: patience) }
                    defer { group.cancelAll() }
                    try await group.next()
                }
            }
            return LocalServer(port: bound, token: token, running: running, end: end)
        } catch {
            throw Failure(
                .cannotCreate, "cannot listen", at: "127.0.0.1:\(port ?? 0)", why: reason(error),
                remedy: "choose another --port, or none for any that is free")
        }
    }

    /// Whether it answers no more, though nobody stopped it.
    public var hasEnded: Bool { end.flag.load(ordering: .relaxed) }

    /// Stops to listen, and closes all connections.
    public func stop() async {
        running.cancel()
        _ = try? await running.value
    }

    /// Connections at a time: a page has six at most.
    private static let mostConnections = 4_000

    private static func accept(
        on listener: AsyncSocket, _ guarding: RequestGuard, patience: Double
    ) async throws {
        let open = Counter()
        try await withThrowingDiscardingTaskGroup { group in
            while true {
                try Task.checkCancellation()
                let socket: AsyncSocket
                do {
                    socket = try await listener.accept()
                } catch SocketError.failed(_, let code, _) where [EMFILE, ENFILE, ECONNABORTED, EINTR].contains(code) {
                    // Others close theirs in a while.
                    try await Task.sleep(for: .milliseconds(50))
                    continue
                }
                guard await open.add(1) <= mostConnections else {
                    try? socket.close()
                    await open.add(-1)
                    continue
                }
                group.addTask {
                    await Connection(socket, patience: patience).serve(guarding)
                    await open.add(-1)
                }
            }
        }
    }

    private final class Ended: Sendable {
        let flag = Atomic(false)
    }

    private actor Counter {
        private var count = 0
        @discardableResult
        func add(_ more: Int) -> Int {
            count += more
            return count
        }
    }

    private static func reason(_ error: any Error) -> String {
        if case SocketError.failed(_, let code, _) = error { return systemError(code) }
        return error.localizedDescription
    }

    /// A connection is an open file: as many as the system lets us have.
    private static func allowConnections() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 65_536))
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
