// SPDX-License-Identifier: Apache-2.0
import FlyingFox
import FlyingSocks
import Foundation

/// One client's connection: requests one after the other, in bounded memory and time.
actor Connection {
    private let socket: AsyncSocket
    /// What has come, and was not asked for yet.
    private var ahead: [UInt8] = []
    /// Bytes of the present body that were not taken yet.
    private var bodyLeft = 0
    private var bodyBegin = ContinuousClock.now
    private var bodyTaken = 0

    /// A head must be complete after this.
    private let headTime: Duration

    /// - Parameter patience: seconds for which a client may be silent; a head may take a third of that.
    init(_ socket: AsyncSocket, patience: Double) {
        self.socket = socket
        headTime = .seconds(patience / 3)
    }

    /// A body may be this slow, in bytes per second, after a first minute.
    private static let slowestBody = 10_000.0

    /// Answers until the client leaves, or does not behave.
    func serve(_ guarding: RequestGuard) async {
        defer { try? socket.close() }
        do {
            while let head = try await nextHead() {
                let body =
                    head.bodyLength == 0
                    ? HTTPBodySequence() : HTTPBodySequence(from: BodyBytes(connection: self), count: head.bodyLength)
                (bodyLeft, bodyTaken, bodyBegin) = (head.bodyLength, 0, .now)
                let request = HTTPRequest(
                    method: head.method, version: .http11, target: head.target, headers: head.headers, body: body)
                let response = await guarding.response(to: request)
                let closes = head.headers[.connection]?.lowercased() == "close" || bodyLeft > 0
                try await write(response, closes: closes, hasBody: head.method != .HEAD)
                if closes { return try await leave() }
            }
        } catch let problem as RequestHead.Problem {
            try? await write(HTTPResponse(problem.status, problem.why), closes: true)
            try? await leave()
        } catch {
            // It has left, or was too slow.
        }
    }

    private func nextHead() async throws -> RequestHead? {
        var begin: ContinuousClock.Instant?
        var searched = 0
        while true {
            if let end = ahead[searched...].firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = try RequestHead(ahead[..<end.lowerBound])
                ahead.removeSubrange(..<end.upperBound)
                return head
            }
            searched = max(0, ahead.count - 3)
            guard ahead.count <= RequestHead.longest else {
                throw RequestHead.Problem(
                    status: .headTooLarge, why: "its head is longer than \(RequestHead.longest) bytes")
            }
            if !ahead.isEmpty {
                let first = begin ?? .now
                begin = first
                guard .now - first < headTime else { throw SocketError.disconnected }
            }
            do {
                ahead += try await socket.read(atMost: 4_096)
            } catch SocketError.disconnected where ahead.isEmpty {
                return nil
            }
        }
    }

    /// Some of the present body's bytes; nil at its end.
    fileprivate func body(atMost count: Int) async throws -> [UInt8]? {
        guard bodyLeft > 0 else { return nil }
        if ahead.isEmpty { ahead = try await socket.read(atMost: min(bodyLeft, 4_096)) }
        let seconds = (ContinuousClock.now - bodyBegin) / .seconds(1)
        guard Double(bodyTaken) >= (seconds - 60) * Self.slowestBody else { throw SocketError.disconnected }
        let part = Array(ahead.prefix(min(count, bodyLeft)))
        ahead.removeFirst(part.count)
        (bodyLeft, bodyTaken) = (bodyLeft - part.count, bodyTaken + part.count)
        return part
    }

    private func write(_ response: HTTPResponse, closes: Bool, hasBody: Bool = true) async throws {
        guard case .httpBody(let body) = response.payload else { return }
        var headers = response.headers
        if let count = body.count {
            headers[.contentLength] = "\(count)"
        } else {
            headers[.transferEncoding] = "chunked"
        }
        headers[.connection] = closes ? "close" : "keep-alive"
        let lines = headers.map { "\($0.key.rawValue): \($0.value)\r\n" }.sorted()
        let status = "HTTP/1.1 \(response.statusCode.code) \(response.statusCode.phrase)\r\n"
        try await socket.write(Data((status + lines.joined() + "\r\n").utf8))
        guard hasBody else { return }
        for try await part in body { try await socket.write(part) }
    }

    /// Lets a client that still sends read its answer: one that is closed with bytes to read loses what was written.
    private func leave() async throws {
        shutdown(socket.socket.file.rawValue, Int32(SHUT_WR))
        let end = ContinuousClock.now + .seconds(2)
        while .now < end { _ = try await socket.read(atMost: 4_096) }
    }
}

/// A request's body, as it comes.
private struct BodyBytes: AsyncBufferedSequence {
    typealias Element = UInt8
    let connection: Connection

    func makeAsyncIterator() -> Iterator { Iterator(connection: connection) }

    struct Iterator: AsyncBufferedIteratorProtocol {
        let connection: Connection

        mutating func next() async throws -> UInt8? { try await nextBuffer(suggested: 1)?.first }
        mutating func nextBuffer(suggested count: Int) async throws -> [UInt8]? {
            try await connection.body(atMost: count)
        }
    }
}
