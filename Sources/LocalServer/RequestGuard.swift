// SPDX-License-Identifier: Apache-2.0
import FlyingFox
import Foundation

/// Lets through what the server's own page asks for, and refuses everything else, before anybody reads its body:
///
/// - a Host that is not this server's: another name for this machine may belong to a stranger (DNS rebinding);
/// - an Origin, or a fetch by another site (`Sec-Fetch-Site`), that is not this server's page;
/// - what has no token: addresses of the page begin with it, `/TOKEN/...`, and programs may send `Authorization: Bearer TOKEN` instead. A
///   cookie would go to every other server on this address, whatever its port;
/// - a change that a form of another site could send: its Content-Type is neither JSON nor bytes;
/// - a body or an address that is too long.
struct RequestGuard: Sendable {
    let port: UInt16
    let token: String
    let bodyLimit: Int
    let answer: LocalServer.Answer

    func response(to request: HTTPRequest) async -> HTTPResponse {
        var response: HTTPResponse
        do {
            if let refusal = refusal(of: request) {
                response = refusal
            } else {
                response = try await answer(withoutToken(request))
            }
        } catch {
            response = HTTPResponse(error)
        }
        for (header, value) in Self.always where response.headers[header] == nil { response.headers[header] = value }
        return response
    }

    /// The answer to what is not let through; nil for what is.
    private func refusal(of request: HTTPRequest) -> HTTPResponse? {
        let hosts = ["127.0.0.1:\(port)", "localhost:\(port)"]
        guard let host = request.headers[.host]?.lowercased(), hosts.contains(host) else {
            return HTTPResponse(.misdirected, "this server is 127.0.0.1:\(port) only")
        }
        if let origin = request.headers[HTTPHeader("Origin")], origin != "http://\(host)" {
            return HTTPResponse(.forbidden, "another site's page asks for it")
        }
        guard request.target.rawValue.utf8.count <= 4_096 else {
            return HTTPResponse(.addressTooLong, "the address is too long")
        }
        guard isAddressed(request) || hasToken(request) else {
            return HTTPResponse(
                .unauthorized, "it has no token: open the address that the program printed when it started")
        }
        // The page itself may be opened from elsewhere: it does nothing by itself, and no other page can look into it.
        let isEntering = request.method == .GET && request.target.path() == "/\(token)/"
        let site = request.headers[HTTPHeader("Sec-Fetch-Site")]
        guard isEntering || site == nil || site == "same-origin" || site == "none" else {
            return HTTPResponse(.forbidden, "another site's page asks for it")
        }
        if request.method != .GET {
            let type = request.headers[.contentType]?.split(separator: ";").first.map(String.init) ?? ""
            guard ["application/json", "application/octet-stream"].contains(type) else {
                return HTTPResponse(
                    .unsupportedType, "its Content-Type must be application/json, or application/octet-stream")
            }
        }
        guard request.bodySequence.count ?? 0 <= bodyLimit else {
            return HTTPResponse(.tooLarge, "it is larger than \(bodyLimit >> 20) MB")
        }
        return nil
    }

    private func hasToken(_ request: HTTPRequest) -> Bool {
        guard let header = request.headers[.authorization], header.hasPrefix("Bearer ") else { return false }
        return matches(String(header.dropFirst(7)))
    }

    private func isAddressed(_ request: HTTPRequest) -> Bool {
        let parts = request.target.path().split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 && matches(String(parts[1]))
    }

    /// What is asked for, whichever way the token came.
    private func withoutToken(_ request: HTTPRequest) -> HTTPRequest {
        guard isAddressed(request) else { return request }
        let path = String(request.target.path().dropFirst(token.count + 1))
        return HTTPRequest(
            method: request.method, version: request.version,
            target: HTTPRequest.Target(path: path, query: request.target.query()), headers: request.headers,
            body: request.bodySequence)
    }

    /// Compares without telling by its time how much of it was right.
    private func matches(_ given: String) -> Bool {
        let (one, other) = (Array(token.utf8), Array(given.utf8))
        return one.count == other.count && zip(one, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Of every answer. A page of its own policy sets that itself.
    private static let always: [(HTTPHeader, String)] = [
        (
            HTTPHeader("Content-Security-Policy"),
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; "
                + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        (HTTPHeader("X-Content-Type-Options"), "nosniff"),
        (HTTPHeader("Referrer-Policy"), "no-referrer"),
        (HTTPHeader("Cross-Origin-Opener-Policy"), "same-origin"),
        (HTTPHeader("Cross-Origin-Resource-Policy"), "same-origin"),
        (HTTPHeader("Permissions-Policy"), "microphone=(self), camera=(), geolocation=()"),
        (.cacheControl, "no-store"),
    ]
}
