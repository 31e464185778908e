// SPDX-License-Identifier: Apache-2.0
import Files
import FlyingFox
import FlyingSocks
import Foundation

extension HTTPStatusCode {
    public static let tooLarge = HTTPStatusCode(413, phrase: "Content Too Large")
    static let addressTooLong = HTTPStatusCode(414, phrase: "URI Too Long")
    static let unsupportedType = HTTPStatusCode(415, phrase: "Unsupported Media Type")
    static let lengthRequired = HTTPStatusCode(411, phrase: "Length Required")
    static let headTooLarge = HTTPStatusCode(431, phrase: "Request Header Fields Too Large")
    static let misdirected = HTTPStatusCode(421, phrase: "Misdirected Request")
    public static let unprocessable = HTTPStatusCode(422, phrase: "Unprocessable Content")
}

/// What is wrong with a request, and its status.
public struct Refusal: Error {
    let status: HTTPStatusCode
    let failure: Failure

    public init(_ status: HTTPStatusCode, _ failure: Failure) { (self.status, self.failure) = (status, failure) }

    /// What was asked for is not there.
    public static let notFound = Refusal(
        .notFound, Failure(.noInput, "cannot answer", why: "there is no such thing here"))
}

extension HTTPResponse {
    /// JSON.
    public init(json value: some Encodable, _ status: HTTPStatusCode = .ok) {
        self.init(
            statusCode: status, headers: [.contentType: "application/json; charset=utf-8"], body: Data(json: value))
    }

    /// Bytes of a kind.
    ///
    /// - Parameter name: that of the file in which a browser keeps them; nil to show or play them.
    public init(_ bytes: [UInt8], type: String, attachment name: String? = nil) {
        self.init(statusCode: .ok, headers: [.contentType: type], body: Data(bytes))
        if let name { headers[.contentDisposition] = Self.attachment(name) }
    }

    /// A file of ours.
    ///
    /// - Throws: ``Refusal/notFound``.
    public init(file path: String, type: String, attachment name: String? = nil) throws {
        guard let body = try? HTTPBodySequence(file: URL(fileURLWithPath: path), suggestedBufferSize: 1 << 16) else {
            throw Refusal.notFound
        }
        self.init(statusCode: .ok, headers: [.contentType: type], body: body)
        if let name { headers[.contentDisposition] = Self.attachment(name) }
    }

    /// What went wrong, as `{"error": {"what": ..., "where": ..., "why": ..., "remedy": ..., "text": ...}}`: a ``Refusal`` with its status, a
    /// ``Files/Failure`` as what cannot be processed, everything else as a bug.
    public init(_ error: any Error) {
        let (status, failure): (HTTPStatusCode, Failure) =
            switch error {
            case let refusal as Refusal: (refusal.status, refusal.failure)
            case is HTTPUnhandledError, is HTTPRouteParameterInvalid:
                (Refusal.notFound.status, Refusal.notFound.failure)
            case let failure as Failure:
                ([.usage, .badData, .noInput].contains(failure.kind) ? .unprocessable : .internalServerError, failure)
            default:
                (.internalServerError, Failure(.software, "cannot answer", why: error.localizedDescription))
            }
        self.init(json: ErrorAnswer(failure), status)
    }

    init(_ status: HTTPStatusCode, _ why: String) {
        self.init(Refusal(status, Failure(.usage, "cannot answer", why: why)))
    }

    /// RFC 6266, with the name as UTF-8.
    private static func attachment(_ name: String) -> String {
        let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")
        return "attachment; filename*=UTF-8''\(name.addingPercentEncoding(withAllowedCharacters: plain) ?? "sound")"
    }
}

extension Data {
    /// JSON in one line.
    init(json value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = .withoutEscapingSlashes
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        self = (try? encoder.encode(value)) ?? Data("null".utf8)
    }
}

private struct ErrorAnswer: Encodable {
    struct Parts: Encodable {
        let what: String
        let `where`: String?
        let why: String
        let remedy: String?
        let text: String
    }
    let error: Parts

    init(_ failure: Failure) {
        error = Parts(
            what: failure.what, where: failure.location, why: failure.why, remedy: failure.remedy,
            text: failure.description)
    }
}

extension HTTPRequest {
    /// Decodes its JSON.
    ///
    /// - Parameter limit: bytes.
    /// - Throws: ``Refusal``.
    public func json<Value: Decodable>(_ type: Value.Type, limit: Int = 1 << 20) async throws -> Value {
        var body = Data()
        for try await part in bodySequence {
            body += part
            guard body.count <= limit else {
                throw Refusal(.tooLarge, Failure(.usage, "cannot answer", why: "it is larger than \(limit >> 10) kB"))
            }
        }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        do { return try decoder.decode(type, from: body) } catch {
            throw Refusal(.badRequest, Failure(.usage, "cannot answer", why: jsonProblem(error)))
        }
    }
}
