// SPDX-License-Identifier: Apache-2.0
import Files
import FlyingFox
import FlyingSocks
import Foundation

/// A web server on 127.0.0.1 for one person: see ``RequestGuard``.
public struct LocalServer: Sendable {
    /// What answers a request that was let through.
    public typealias Answer = @Sendable (HTTPRequest) async throws -> HTTPResponse

    public let port: UInt16
    /// What a request needs to be let through.
    public let token: String
    private let server: HTTPServer
    private let running: Task<Void, any Error>

    /// The address to open first: it lets the browser in.
    public var address: String { "http://127.0.0.1:\(port)/?token=\(token)" }

    /// Starts to listen.
    ///
    /// - Parameters:
    ///   - port: nil for any that is free.
    ///   - bodyLimit: bytes that a request may carry.
    ///   - patience: seconds for which a client may send nothing, or take nothing, in the middle of a request or between two.
    ///   - answer: what it throws becomes an answer: see ``HTTPResponse/init(_:)``.
    /// - Throws: ``Failure`` of kind `cannotCreate` where the port cannot be had.
    public static func start(
        port: UInt16?, bodyLimit: Int, patience: Double = 60, answer: @escaping Answer
    ) async throws -> LocalServer {
        Self.allowConnections()
        var generator = SystemRandomNumberGenerator()
        let token = (0..<4).map { _ in String(UInt64.random(in: 0...(.max), using: &generator), radix: 36) }.joined()
        // The port is known only when it listens: the guard is told then.
        let guarding = RequestGuard(token: token, bodyLimit: bodyLimit, answer: answer)
        do {
            let server = HTTPServer(
                address: try sockaddr_in.inet(ip4: "127.0.0.1", port: port ?? 0), timeout: 3_600,
                pool: PatientPool(seconds: patience), logger: .disabled, handler: guarding)
            let running = Task { try await server.run() }
            do {
                try await server.waitUntilListening()
            } catch {
                running.cancel()
                // What it met itself says more than that it did not listen.
                try await running.value
                throw error
            }
            guard case .ip4(_, let bound)? = await server.listeningAddress else { throw SocketError.unsupportedAddress }
            guarding.listens(on: bound)
            return LocalServer(port: bound, token: token, server: server, running: running)
        } catch {
            throw Failure(
                .cannotCreate, "cannot listen", at: "127.0.0.1:\(port ?? 0)",
                why: Self.reason(error),
                remedy: "choose another --port, or none for any that is free")
        }
    }

    /// Waits until it ends, which it does only by an error or by ``stop()``.
    public func wait() async { _ = try? await running.value }

    /// Stops to listen, and closes all connections.
    public func stop() async {
        await server.stop()
        running.cancel()
    }

    private static func reason(_ error: any Error) -> String {
        if case SocketError.failed(_, let code, _) = error { return systemError(code) }
        return error.localizedDescription
    }

    /// A connection is an open file: as many as the system lets us have.
    private static func allowConnections() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
