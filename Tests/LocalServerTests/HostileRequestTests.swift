// SPDX-License-Identifier: Apache-2.0
import FlyingFox
import Foundation
import Testing

@testable import LocalServer

/// A server that answers, for tests: `GET /` with text, `POST /json` with what it decoded, `POST /bytes` with the number of bytes.
func testServer(
    patience: Double = 10_800, bodyLimit: Int = 1 << 20, _ body: (LocalServer) async throws -> Void
) async throws {
    var routes = RoutedHTTPHandler()
    routes.appendRoute("GET /") { _ in HTTPResponse(Array("fine".utf8), type: "text/plain") }
    routes.appendRoute("GET /item/:id") { (id: Int) in HTTPResponse(json: ["id": id]) }
    routes.appendRoute("POST /json") { (request: HTTPRequest) in
        HTTPResponse(json: try await request.json([String: Int].self, limit: 1 << 10))
    }
    routes.appendRoute("POST /bytes") { (request: HTTPRequest) in
        var count = 0
        for try await part in request.bodySequence { count += part.count }
        return HTTPResponse(json: ["count": count])
    }
    let answering = routes
    let server = try await LocalServer.start(port: nil, bodyLimit: bodyLimit, patience: patience) {
        try await answering.handleRequest($0)
    }
    try await body(server)
    await server.stop()
}

@Suite struct HostileRequestTests {
    /// A request and the status that it must have; 0 for a connection that is closed without an answer.
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        var method = "GET"
        var path = "/"
        var headers: [String] = []
        /// nil leaves it out.
        var host: String? = "HOST"
        var token: String? = "TOKEN"
        var body = ""
        let status: Int
        var testDescription: String { name }

        func text(_ server: LocalServer) -> String {
            let named = "127.0.0.1:\(server.port)"
            var lines = ["\(method) \(path.replacing("TOKEN", with: server.token)) HTTP/1.1"]
            if let host {
                lines.append("Host: \(host == "HOST" ? named : host.replacing("PORT", with: "\(server.port)"))")
            }
            if let token { lines.append("Authorization: Bearer \(token == "TOKEN" ? server.token : token)") }
            lines += headers.map {
                $0.replacing("HOST", with: named).replacing("TOKEN", with: server.token)
            }
            if !body.isEmpty, !headers.contains(where: { $0.contains("ength") || $0.contains("ransfer") }) {
                lines.append("Content-Length: \(body.utf8.count)")
            }
            return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
        }
    }

    static let json = "Content-Type: application/json"
    static let cases = [
        Case(name: "as a program asks", status: 200),
        Case(name: "as the page asks", path: "/TOKEN/", token: nil, status: 200),
        Case(name: "as the page asks for more", path: "/TOKEN/item/1", token: nil, status: 200),
        Case(name: "for this machine by name", host: "localhost:PORT", status: 200),
        Case(name: "without a token", token: nil, status: 401),
        Case(name: "with another token", token: "guess", status: 401),
        Case(name: "with the token as a cookie", headers: ["Cookie: token=TOKEN"], token: nil, status: 401),
        Case(name: "with the token alone", path: "/TOKEN", token: nil, status: 401),
        Case(name: "up and away from the token", path: "/TOKEN/../../etc/passwd", token: nil, status: 404),
        Case(name: "with a wrong token in the address", path: "/guess/", token: nil, status: 401),
        Case(name: "for a foreign host", host: "studio.example", status: 421),
        Case(name: "for a foreign host with the right port", host: "studio.example:80", status: 421),
        Case(name: "without a host", host: nil, status: 421),
        Case(name: "with two hosts", headers: ["Host: studio.example"], status: 400),
        Case(name: "from the page", headers: ["Origin: http://HOST"], status: 200),
        Case(name: "from another site", headers: ["Origin: http://studio.example"], status: 403),
        Case(name: "from another port", headers: ["Origin: http://127.0.0.1:1"], status: 403),
        Case(name: "from nowhere", headers: ["Origin: null"], status: 403),
        Case(name: "fetched by another site", headers: ["Sec-Fetch-Site: cross-site"], status: 403),
        Case(name: "fetched by a sister site", headers: ["Sec-Fetch-Site: same-site"], status: 403),
        Case(name: "typed", headers: ["Sec-Fetch-Site: none"], status: 200),
        Case(
            name: "the page, by a link elsewhere", path: "/TOKEN/", headers: ["Sec-Fetch-Site: cross-site"], token: nil,
            status: 200),
        Case(
            name: "more, by a link elsewhere", path: "/TOKEN/item/1", headers: ["Sec-Fetch-Site: cross-site"],
            token: nil, status: 403),
        Case(
            name: "a form", method: "POST", path: "/json", headers: ["Content-Type: text/plain"], body: "{}",
            status: 415),
        Case(name: "a change without a type", method: "POST", path: "/json", body: "{}", status: 415),
        Case(name: "JSON", method: "POST", path: "/json", headers: [json], body: #"{"a": 1}"#, status: 200),
        Case(
            name: "JSON that breaks off", method: "POST", path: "/json", headers: [json], body: #"{"a": "#, status: 400),
        Case(
            name: "JSON of another form", method: "POST", path: "/json", headers: [json], body: #"{"a": "b"}"#,
            status: 400),
        Case(
            name: "JSON over its bound", method: "POST", path: "/json", headers: [json],
            body: String(repeating: " ", count: 2_000), status: 413),
        Case(
            name: "a body over the bound", method: "POST", path: "/bytes",
            headers: ["Content-Type: application/octet-stream", "Content-Length: 99999999999"], status: 413),
        Case(
            name: "chunks", method: "POST", path: "/json", headers: [json, "Transfer-Encoding: chunked"],
            body: "2\r\n{}\r\n0\r\n\r\n", status: 411),
        Case(
            name: "chunks and a length", method: "POST", path: "/json",
            headers: [json, "Transfer-Encoding: chunked", "Content-Length: 2"], body: "{}", status: 411),
        Case(
            name: "two lengths", method: "POST", path: "/json",
            headers: [json, "Content-Length: 2", "Content-Length: 3"],
            body: "{}", status: 400),
        Case(
            name: "a negative length", method: "POST", path: "/json", headers: [json, "Content-Length: -2"], status: 400
        ),
        Case(name: "a length that is no number", headers: ["Content-Length: 2a"], status: 400),
        Case(
            name: "a length beyond integers", headers: ["Content-Length: 99999999999999999999"], status: 400),
        Case(name: "a header without a name", headers: [": x"], status: 400),
        Case(name: "a header with a space in its name", headers: ["Some thing: x"], status: 400),
        Case(name: "a folded header", headers: ["A: x", " y"], status: 400),
        Case(name: "a control character in a header", headers: ["A: \u{1}"], status: 400),
        Case(name: "a bare line feed in a header", headers: ["A: x\nHost: evil"], status: 400),
        Case(name: "many headers", headers: (0..<3_000).map { "A\($0): x" }, status: 431),
        Case(name: "a long header", headers: ["A: " + String(repeating: "x", count: 100_000)], status: 431),
        Case(name: "a long address", path: "/" + String(repeating: "a", count: 10_000), status: 414),
        Case(name: "an address out of the folder", path: "/../../etc/passwd", status: 404),
        Case(name: "the same in disguise", path: "/%2e%2e/%2e%2e/etc/passwd", status: 404),
        Case(name: "a number beyond integers", path: "/item/99999999999999999999", status: 404),
        Case(name: "no number", path: "/item/<script>", status: 404),
        Case(name: "a zero in an address", path: "/item/%00", status: 404),
        Case(name: "an address of another server", path: "http://studio.example/", status: 400),
        Case(name: "a method that is none", method: "BREW", headers: [json], status: 404),
    ]

    @Test(arguments: cases)
    func isAnsweredAsItMust(_ request: Case) async throws {
        try await testServer { server in
            let client = try RawClient(port: server.port)
            await client.send(request.text(server))
            #expect(await client.status() == request.status)
            // Whatever came, the next one is served.
            let next = try RawClient(port: server.port)
            await next.send(Self.cases[0].text(server))
            #expect(await next.status() == 200)
        }
    }

    @Test(arguments: [
        [UInt8](repeating: 0, count: 100_000), Array("\r\n\r\n".utf8), Array("GET / HTTP/1.0\r\n\r\n".utf8),
        Array("GET /\r\n\r\n".utf8), [0xFF, 0xFE] + Array("GET / HTTP/1.1\r\n\r\n".utf8),
        Array("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n".utf8),
    ])
    func whatIsNoRequestIsRefused(_ bytes: [UInt8]) async throws {
        try await testServer { server in
            let client = try RawClient(port: server.port)
            await client.send(bytes)
            #expect([400, 431].contains(await client.status()))
        }
    }

    @Test func theAddressIsThatOfThePage() async throws {
        try await testServer { server in
            #expect(server.address == "http://127.0.0.1:\(server.port)/\(server.token)/")
            let client = try RawClient(port: server.port)
            await client.send(
                "GET /\(server.token)/ HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nConnection: close\r\n\r\n")
            let answer = await client.receive()
            #expect(answer.hasSuffix("fine") && !answer.contains("Set-Cookie"))
        }
    }

    @Test func everyAnswerForbidsWhatThePageDoesNotNeed() async throws {
        try await testServer { server in
            for token in [server.token, "guess"] {
                let client = try RawClient(port: server.port)
                await client.send(
                    "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nAuthorization: Bearer \(token)\r\nConnection: close\r\n\r\n"
                )
                let answer = await client.receive()
                for header in [
                    "Content-Security-Policy: default-src 'none'; script-src 'self';",
                    "X-Content-Type-Options: nosniff",
                    "Referrer-Policy: no-referrer", "Cross-Origin-Resource-Policy: same-origin",
                    "Cache-Control: no-store",
                ] {
                    #expect(answer.contains(header))
                }
            }
        }
    }

    @Test func severalRequestsComeOverOneConnection() async throws {
        try await testServer { server in
            let client = try RawClient(port: server.port)
            let request = HostileRequestTests.cases[0].text(server)
            await client.send(request + request)
            let both = await client.receive { $0.components(separatedBy: "fine").count == 3 }
            #expect(both.components(separatedBy: "200 OK").count == 3)
            await client.send(request)
            #expect(await client.status() == 200)
        }
    }

    @Test func aHalfClosedConnectionIsAnswered() async throws {
        try await testServer { server in
            let client = try RawClient(port: server.port)
            await client.send(HostileRequestTests.cases[0].text(server))
            client.finishSending()
            #expect(await client.status() == 200)
            #expect(await client.receive().isEmpty)
        }
    }

    @Test func anUploadThatBreaksOffEndsTheConnectionAlone() async throws {
        try await testServer { server in
            do {
                let client = try RawClient(port: server.port)
                await client.send(
                    "POST /bytes HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nAuthorization: Bearer \(server.token)\r\n"
                        + "Content-Type: application/octet-stream\r\nContent-Length: 1000\r\n\r\nabc")
            }
            let client = try RawClient(port: server.port)
            await client.send(
                "POST /bytes HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nAuthorization: Bearer \(server.token)\r\n"
                    + "Content-Type: application/octet-stream\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\n")
            await client.send([UInt8](repeating: 7, count: 1_000_000))
            #expect(await client.receive().hasSuffix(#"{"count":1000000}"#))
        }
    }

    @Test func whoStaysSilentIsLetGo() async throws {
        try await testServer(patience: 0.3) { server in
            // In the middle of a head, in the middle of a body, and before either.
            for start in [
                "GET / HT", "",
                "POST /bytes HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nAuthorization: Bearer \(server.token)\r\n"
                    + "Content-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\nabc",
            ] {
                let client = try RawClient(port: server.port)
                await client.send(start)
                let answer = await client.receive()
                #expect(!answer.contains("200 OK"))
            }
        }
    }

    @Test func aThousandConnectionsAreServed() async throws {
        try await testServer { server in
            let request = HostileRequestTests.cases[0].text(server)
            var clients: [RawClient] = []
            for _ in 0..<1_000 {
                let client = try RawClient(port: server.port)
                await client.send("GET / HT")
                clients.append(client)
            }
            // Nobody waits for those that are slow.
            let other = try RawClient(port: server.port)
            await other.send(request)
            #expect(await other.status() == 200)
            for client in clients { await client.send(String(request.dropFirst(8))) }
            var answered = 0
            for client in clients where await client.status() == 200 { answered += 1 }
            #expect(answered == 1_000)
        }
    }

    @Test func aPortThatIsTakenIsSaid() async throws {
        try await testServer { server in
            await #expect(throws: (any Error).self) {
                _ = try await LocalServer.start(port: server.port, bodyLimit: 1) { _ in HTTPResponse(statusCode: .ok) }
            }
        }
    }

    @Test func newsReachAllWhoListen() async throws {
        let news = NewsStream()
        let server = try await LocalServer.start(port: nil, bodyLimit: 1) { _ in news.response() }
        let request = HostileRequestTests.cases[0].text(server)
        let one = try RawClient(port: server.port)
        let other = try RawClient(port: server.port)
        await one.send(request)
        await other.send(request)
        for head in [await one.receive { $0.contains(": \n\n") }, await other.receive { $0.contains(": \n\n") }] {
            #expect(head.contains("Content-Type: text/event-stream"))
        }
        news.tell("run", ["text": "two\nlines"])
        let wanted = "event: run\ndata: {\"text\":\"two\\nlines\"}\n\n"
        #expect(await one.receive { $0.contains(wanted) }.contains(wanted))
        #expect(await other.receive { $0.contains(wanted) }.contains(wanted))
        await server.stop()
    }
}
