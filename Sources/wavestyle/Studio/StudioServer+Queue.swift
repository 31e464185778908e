// SPDX-License-Identifier: Apache-2.0
import Files
import FlyingFox
import Foundation
import LocalServer
import StudioLibrary
import Transfer

/// What a run would be, and the queue of those that are to be.
extension StudioServer {
    /// Sounds, a method and its settings, as the page asks for them.
    private struct Order: Decodable, Sendable {
        struct Style: Decodable, Sendable {
            let sound: Int64
            let weight: Double
        }
        let content: Int64
        let styles: [Style]
        let preset: String
        let settings: SettingValues?
        let title: String?

        /// What the command line would refuse is refused here, too.
        func check() throws {
            guard StudioMethods.cards.contains(where: { $0.name == preset }) else {
                throw Failure.unusable(preset, "there is no such preset")
            }
            guard !styles.isEmpty, styles.count <= 32 else {
                throw Failure.unusable("the styles", "there must be 1 to 32")
            }
            guard styles.allSatisfy({ (1e-6...1e6).contains($0.weight) }) else {
                throw Failure.unusable("a style's share", "it must be between 1e-6 and 1e6")
            }
            _ = try ChosenSettings(settings ?? SettingValues(), preset: preset)
        }
    }

    func addMethods(to routes: inout RoutedHTTPHandler) {
        routes.appendRoute("POST /api/settings") { (request: HTTPRequest) in
            struct Wanted: Decodable {
                let preset: String
                let settings: SettingValues?
            }
            let wanted = try await request.json(Wanted.self)
            guard StudioMethods.cards.contains(where: { $0.name == wanted.preset }) else { throw Refusal.notFound }
            return HTTPResponse(json: try StudioMethods.answer(wanted.preset, wanted.settings ?? SettingValues()))
        }
        routes.appendRoute("POST /api/estimate") { (request: HTTPRequest) in
            struct Estimate: Encodable {
                let seconds: Double
                let memory: Int
                let text: String
            }
            let order = try await request.json(Order.self)
            try order.check()
            let words = try StudioRunner.arguments(
                content: order.content, styles: order.styles.map { ($0.sound, $0.weight) }, preset: order.preset,
                order.settings ?? SettingValues(), in: library)
            let ending = try await offload(to: .estimates) {
                try JobChild.run(words + ["--threads=\(threads)", "--dry-run", "--events"]) { _ in }
            }
            switch ending {
            case .estimated(let report):
                return HTTPResponse(
                    json: Estimate(seconds: report.seconds, memory: report.memory, text: report.text))
            case .failed(_, let reason):
                throw Failure(.badData, "cannot run", why: reason)
            default:
                throw Failure(.software, "cannot estimate", why: "the program was stopped")
            }
        }
    }

    func addRuns(to routes: inout RoutedHTTPHandler) {
        routes.appendRoute("POST /api/runs") { (request: HTTPRequest) in
            let order = try await request.json(Order.self)
            try order.check()
            func source(_ id: Int64, _ weight: Double = 1) throws -> KeptRun.Source {
                guard let sound = try library.sound(id) else { throw Refusal.notFound }
                return KeptRun.Source(id: id, name: sound.name, weight: weight)
            }
            let run = try library.add(
                KeptRun(
                    title: order.title, content: try source(order.content),
                    styles: try order.styles.map { try source($0.sound, $0.weight) }, preset: order.preset,
                    changed: (order.settings ?? SettingValues()).json()))
            runner.tell(run)
            runner.wake()
            return HTTPResponse(json: answer(run), .created)
        }
        routes.appendRoute("POST /api/runs/:id/pause") { (id: Int) in try end(id, as: .paused) }
        routes.appendRoute("POST /api/runs/:id/stop") { (id: Int) in try end(id, as: .stopped) }
        routes.appendRoute("POST /api/runs/:id/resume") { (id: Int) in
            guard let run = try library.enqueue(Int64(id)) else { throw Self.cannot("resume", try run(id)) }
            runner.tell(run)
            runner.wake()
            return HTTPResponse(json: answer(run))
        }
        routes.appendRoute("POST /api/queue") { (request: HTTPRequest) in
            struct Wanted: Codable { let waiting: [Int64] }
            let order = Wanted(waiting: try library.reorder(try await request.json(Wanted.self).waiting))
            news.tell("order", order)
            return HTTPResponse(json: order)
        }
    }

    func run(_ id: Int) throws -> KeptRun {
        guard let run = try library.run(Int64(id)) else { throw Refusal.notFound }
        return run
    }

    static func cannot(_ what: String, _ run: KeptRun) -> Refusal {
        Refusal(.conflict, Failure(.usage, "cannot \(what)", at: run.title, why: "it is \(run.state.rawValue)"))
    }

    /// Pauses or stops a run. One that runs tells of it once it has ended.
    private func end(_ id: Int, as wanted: KeptRun.State) throws -> HTTPResponse {
        if let ended = try endBeforeItRuns(Int64(id), as: wanted) { return HTTPResponse(json: ended) }
        guard runner.end(Int64(id), as: wanted) else {
            throw Self.cannot(wanted == .paused ? "pause" : "stop", try run(id))
        }
        return HTTPResponse(json: answer(try run(id)))
    }

    /// - Returns: nil where it is not in the queue, or running.
    private func endBeforeItRuns(_ id: Int64, as wanted: KeptRun.State) throws -> RunAnswer? {
        let ended = try library.change(run: id, in: wanted == .paused ? [.waiting] : [.waiting, .paused]) { run in
            run.state = wanted
            if wanted == .stopped { (run.finished, run.canResume) = (Date(), true) }
        }
        guard let ended else { return nil }
        guard wanted == .stopped, !ended.hasResult else {
            runner.tell(ended)
            return answer(ended)
        }
        // Without a result there is nothing to keep but the order; the bin has it.
        _ = try library.bin(run: id)
        news.tell("gone", ["run": id])
        return answer(ended)
    }
}
