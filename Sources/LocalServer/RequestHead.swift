// SPDX-License-Identifier: Apache-2.0
import FlyingFox

/// A request's first lines (RFC 9112): what is wanted, and the headers.
struct RequestHead {
    let method: HTTPMethod
    let target: HTTPRequest.Target
    let headers: HTTPHeaders
    /// Bytes that follow.
    let bodyLength: Int

    /// Bytes that it may have.
    static let longest = 16 << 10

    /// Why a head is no good.
    struct Problem: Error {
        let status: HTTPStatusCode
        let why: String
    }

    /// - Parameter bytes: up to the empty line, and without it.
    /// - Throws: ``Problem`` for what two readers could understand in two ways, too.
    init(_ bytes: some Sequence<UInt8>) throws(Problem) {
        func bad(_ why: String) -> Problem { Problem(status: .badRequest, why: why) }
        guard let text = String(validating: Array(bytes), as: UTF8.self) else { throw bad("its head is not text") }
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)[...]
        let words = lines.removeFirst().split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2] == "HTTP/1.1", words[1].hasPrefix("/"), !words[0].isEmpty else {
            throw bad("its first line is not METHOD /ADDRESS HTTP/1.1")
        }
        method = HTTPMethod(String(words[0]))
        let parts = words[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        target = HTTPRequest.Target(path: String(parts[0]), query: parts.count > 1 ? String(parts[1]) : "")

        var headers = HTTPHeaders()
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex,
                line[..<colon].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
                !line.utf8.contains(where: { $0 < 0x20 && $0 != 0x09 })
            else { throw bad("one of its headers is not NAME: VALUE") }
            let header = HTTPHeader(String(line[..<colon]))
            let value = line[line.index(after: colon)...].trimmingPrefix(while: \.isWhitespace)
            guard headers[header] == nil || ![.host, .contentLength, .transferEncoding].contains(header) else {
                throw bad("\(header.rawValue) is given twice")
            }
            headers.addValue(String(value), for: header)
        }
        self.headers = headers
        guard headers[.transferEncoding] == nil else {
            throw Problem(status: .lengthRequired, why: "it must say how long it is, by Content-Length")
        }
        let length = headers[.contentLength] ?? "0"
        guard length.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(length) else {
            throw bad("its Content-Length is not a number")
        }
        bodyLength = number
    }
}
