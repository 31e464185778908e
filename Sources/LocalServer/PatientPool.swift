// SPDX-License-Identifier: Apache-2.0
import FlyingFox
import FlyingSocks
import Foundation

/// Waits for sockets as FlyingFox does, but not for ever: a client that neither sends nor takes anything for so long is let go, and with it what
/// was kept for it. The socket that listens waits as long as it takes.
struct PatientPool: AsyncSocketPool {
    let seconds: Double
    private let pool: any AsyncSocketPool = HTTPServer.defaultPool()

    init(seconds: Double) { self.seconds = seconds }

    func prepare() async throws { try await pool.prepare() }
    func run() async throws { try await pool.run() }

    func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
        guard (try? socket.remotePeer()) != nil else {
            return try await pool.suspendSocket(socket, untilReadyFor: events)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.suspendSocket(socket, untilReadyFor: events) }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw SocketError.disconnected
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
