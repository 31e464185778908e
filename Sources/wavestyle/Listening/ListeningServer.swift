// SPDX-License-Identifier: Apache-2.0
import Files
import FlyingFox
import Foundation
import Listening
import LocalServer
import StudioLibrary
import StudioPage

/// What a listening test answers to its page: nothing that would tell who made a sound.
struct ListeningServer: Sendable {
    let store: ListeningStore

    func routes() -> RoutedHTTPHandler {
        var routes = RoutedHTTPHandler()
        routes.appendRoute("GET /") { _ in HTTPResponse(StudioPage.listening, type: "text/html; charset=utf-8") }
        routes.appendRoute("GET /assets/:name") { (name: String) in try HTTPResponse(asset: name) }
        routes.appendRoute("GET /api/test") { _ in HTTPResponse(json: outline) }
        routes.appendRoute("POST /api/listeners") { (request: HTTPRequest) in
            struct Listener: Decodable { let name: String }
            let given = try await request.json(Listener.self).name
            guard !given.allSatisfy(\.isWhitespace) else {
                throw Failure.unusable("the name", "it is empty", remedy: "enter a name, or a number")
            }
            return HTTPResponse(json: try entrance(of: String(KeptText.name(given).prefix(80))))
        }
        routes.appendRoute("GET /api/sounds/:id") { (request: HTTPRequest, id: String) in
            guard let listener = request.query["listener"], let path = store.test.path(of: id, for: listener) else {
                throw Refusal.notFound
            }
            return HTTPResponse(
                try contents(ofFile: "\(store.folder)/\(path)", or: "cannot play the sound"), type: "audio/flac")
        }
        routes.appendRoute("POST /api/answers") { (request: HTTPRequest) in
            let given = try await request.json(GivenAnswer.self)
            guard try store.knows(given.listener) else { throw Refusal.notFound }
            let answer = Answer(
                listener: given.listener, page: given.page, ratings: given.ratings ?? [:],
                preference: given.preference, comment: KeptText.note(given.comment ?? ""), time: Date())
            try store.add(answer)
            return HTTPResponse(json: ShownAnswer(answer))
        }
        return routes
    }

    private struct GivenAnswer: Decodable {
        let listener: String
        let page: PageID
        let ratings: [String: Double]?
        let preference: String?
        let comment: String?
    }

    /// An answer as its listener sees it again.
    private struct ShownAnswer: Encodable {
        let page: PageID
        let ratings: [String: Double]
        let preference: String?
        let comment: String

        init(_ answer: Answer) {
            (page, ratings, preference, comment) = (answer.page, answer.ratings, answer.preference, answer.comment)
        }
    }

    private struct Outline: Encodable {
        let method: ListeningMethod
        let scale: [Double]?
        let labels: [String]
        let pages: Int
    }

    private var outline: Outline {
        let test = store.test
        return Outline(
            method: test.method, scale: test.method.scale.map { [$0.lowerBound, $0.upperBound] },
            labels: test.method.labels, pages: test.pages.count)
    }

    private struct Entrance: Encodable {
        let presentation: Presentation
        let answers: [ShownAnswer]
    }

    /// A listener's pages, and what was answered before, the last answer to each page.
    private func entrance(of given: String) throws -> Entrance {
        let (listener, number) = try store.enter(given)
        let own = try store.answers().filter { $0.listener == listener }
        let last = Dictionary(own.map { ($0.page, $0) }) { $1 }
        return Entrance(
            presentation: store.test.presentation(for: listener, number: number),
            answers: last.values.sorted { $0.time < $1.time }.map(ShownAnswer.init))
    }
}

extension HTTPResponse {
    /// A file of the pages.
    ///
    /// - Throws: ``LocalServer/Refusal/notFound``.
    init(asset name: String) throws {
        guard let asset = StudioPage.asset(name) else { throw Refusal.notFound }
        self.init(asset.bytes, type: asset.type)
    }
}
