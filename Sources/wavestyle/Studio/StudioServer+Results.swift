// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import FlyingFox
import Foundation
import LocalServer
import StudioLibrary
import Transfer

/// Results: found, heard, rated, exported, compared, and thrown away.
extension StudioServer {
    func addResults(to routes: inout RoutedHTTPHandler) {
        routes.appendRoute("GET /api/runs") { (request: HTTPRequest) in
            struct Found: Encodable {
                let total: Int
                let runs: [RunAnswer]
            }
            func number(_ name: String) -> Int? { request.query[name].flatMap { Int($0) } }
            let found = try library.results(
                search: String((request.query["search"] ?? "").prefix(1_000)),
                order: request.query["order"].flatMap(StudioLibrary.Order.init) ?? .newest,
                offset: max(number("offset") ?? 0, 0), limit: min(max(number("limit") ?? 200, 0), 200))
            return HTTPResponse(json: Found(total: found.total, runs: found.runs.map(answer)))
        }
        routes.appendRoute("GET /api/runs/:id") { (id: Int) in
            let run = try run(id)
            return HTTPResponse(json: try await offload(to: .files) { try detail(of: run) })
        }
        routes.appendRoute("GET /api/runs/:id/losses") { (request: HTTPRequest, id: Int) in
            let after = request.query["after"].flatMap { Int($0) } ?? -1
            return HTTPResponse(json: [
                "losses": try await offload(to: .files) { runner.losses(of: Int64(id), after: after) }
            ])
        }
        routes.appendRoute("GET /api/runs/:id/audio") { (id: Int) in try await flac(of: try result(id)) }
        routes.appendRoute("GET /api/runs/:id/snapshots/:iteration/audio") { (id: Int, iteration: Int) in
            guard try run(id).snapshots.contains(iteration) else { throw Refusal.notFound }
            return try await flac(
                of: TransferOutputs.snapshotPath(iteration, of: library.output(ofRun: Int64(id))))
        }
        routes.appendRoute("GET /api/runs/:id/spectrogram") { (id: Int) in try await spectrogram(of: try result(id)) }
        routes.appendRoute("PATCH /api/runs/:id") { (request: HTTPRequest, id: Int) in try await change(id, request) }
        routes.appendRoute("GET /api/runs/:id/export") { (request: HTTPRequest, id: Int) in
            guard let format = request.query["format"].flatMap({ Container(rawValue: $0) }),
                [.wav, .flac, .mp3].contains(format)
            else { throw Failure.unusable("the format", "it must be wav, flac or mp3") }
            return try await export(id, as: format)
        }
        routes.appendRoute("GET /api/runs/:id/record") { (id: Int) in
            try HTTPResponse(
                file: try result(id) + ".json", type: "application/json", attachment: "\(fileName(try run(id))).json")
        }
        routes.appendRoute("POST /api/runs/:id/sound") { (id: Int) in
            let (path, title) = (try result(id), try run(id).title)
            return created(try await offload { try sounds.copy(path, as: title, from: .result) })
        }
        routes.appendRoute("GET /compare") { (request: HTTPRequest) in
            let ids = (request.query["runs"] ?? "").split(separator: ",").compactMap { Int($0) }
            return try await compare(Array(ids.prefix(12)))
        }
    }

    private struct Detail: Encodable {
        let answer: RunAnswer
        let settings: SettingValues
        let losses: [[Double]]

        private enum CodingKeys: String, CodingKey { case settings, losses }

        func encode(to encoder: any Encoder) throws {
            try answer.encode(to: encoder)
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(settings, forKey: .settings)
            try values.encode(losses, forKey: .losses)
        }
    }

    private func detail(of run: KeptRun) throws -> Detail {
        let settings = try? ChosenSettings(run.settings, preset: run.preset).settings.values
        return Detail(
            answer: answer(run), settings: settings ?? run.settings,
            losses: runner.losses(of: run.id ?? 0, after: -1))
    }

    /// Where a run's result is.
    private func result(_ id: Int) throws -> String {
        guard try run(id).hasResult else { throw Refusal.notFound }
        return library.output(ofRun: Int64(id))
    }

    private func change(_ id: Int, _ request: HTTPRequest) async throws -> HTTPResponse {
        /// What is null is cleared; what is not there stays.
        struct Change: Decodable {
            let title: String?
            let rating: Int??
            let note: String?

            private enum CodingKeys: String, CodingKey { case title, rating, note }

            init(from decoder: any Decoder) throws {
                let values = try decoder.container(keyedBy: CodingKeys.self)
                title = try values.decodeIfPresent(String.self, forKey: .title)
                note = try values.decodeIfPresent(String.self, forKey: .note)
                rating =
                    values.contains(.rating) ? .some(try values.decodeIfPresent(Int.self, forKey: .rating)) : .none
            }
        }
        let change = try await request.json(Change.self)
        if let rating = change.rating ?? nil, !(1...5).contains(rating) {
            throw Failure.unusable("the rating", "it must be between 1 and 5")
        }
        let changed = try library.change(run: Int64(id)) { run in
            if let title = change.title { run.title = KeptText.name(title) }
            if let note = change.note { run.note = KeptText.note(note) }
            if let rating = change.rating { run.rating = rating }
        }
        guard let changed else { throw Refusal.notFound }
        runner.tell(changed)
        return HTTPResponse(json: answer(changed))
    }

    /// A title as a file's name.
    private func fileName(_ run: KeptRun) -> String {
        let name = String(run.title.map { "/\\:*?\"<>|".contains($0) ? "-" : $0 }.prefix(80))
        return name.hasPrefix(".") ? "-" + name : name
    }

    private func export(_ id: Int, as container: Container) async throws -> HTTPResponse {
        let (path, name) = (try result(id), "\(fileName(try run(id))).\(container.rawValue)")
        if container == .wav { return try HTTPResponse(file: path, type: "audio/wav", attachment: name) }
        let bytes = try await offload {
            let stored = try AudioFile.stored(FileSection(ofInput: path))
            let format = try AudioFormat(path: "export.\(container.rawValue)").following(stored.sampleFormat)
            var waveform = stored.waveform.limited(by: .rescale).waveform
            if format.channels(of: waveform.channels.count) < waveform.channels.count {
                waveform = waveform.downmixedToStereo()
            }
            let rate = format.rate(preferring: waveform.sampleRate, channels: waveform.channels.count)
            return try AudioFile.encoded(try waveform.resampled(to: rate), as: format, name: name)
        }
        return HTTPResponse(bytes, type: container == .mp3 ? "audio/mpeg" : "audio/flac", attachment: name)
    }

    /// The page that `report` writes of several runs.
    private func compare(_ ids: [Int]) async throws -> HTTPResponse {
        guard !ids.isEmpty else { throw Failure.unusable("the runs", "there is none to compare") }
        let runs = try ids.map { (title: try run($0).title, path: try result($0)) }
        let html = try await offload {
            let finished = try runs.map { (name: $0.title, run: try FinishedRun($0.path)) }
            return try RunsPage(title: runs.map(\.title).joined(separator: ", "), of: finished, threads: threads)
                .html(threads: threads)
        }
        var response = HTTPResponse(Array(html.utf8), type: "text/html; charset=utf-8")
        // The page says itself what it may do.
        response.headers[HTTPHeader("Content-Security-Policy")] = "frame-ancestors 'none'"
        return response
    }

    func addBin(to routes: inout RoutedHTTPHandler) {
        struct Bin: Encodable {
            let runs: [RunAnswer]
            let sounds: [SoundAnswer]
        }
        struct Items: Decodable {
            let runs: [Int64]?
            let sounds: [Int64]?
        }
        routes.appendRoute("DELETE /api/runs/:id") { (id: Int) in
            guard try library.bin(run: Int64(id)) else { throw Self.cannot("delete", try run(id)) }
            news.tell("gone", ["run": id])
            return HTTPResponse(json: ["run": id])
        }
        routes.appendRoute("GET /api/bin") { _ in
            let bin = try library.bin()
            return HTTPResponse(json: Bin(runs: bin.runs.map(answer), sounds: bin.sounds.map(SoundAnswer.init)))
        }
        routes.appendRoute("POST /api/bin/restore") { (request: HTTPRequest) in
            let items = try await request.json(Items.self)
            for id in items.runs ?? [] where try library.bin(run: id, false) {
                if let run = try library.run(id) { runner.tell(run) }
            }
            for id in items.sounds ?? [] where try library.bin(sound: id, false) {
                if let sound = try library.sound(id) { news.tell("sound", SoundAnswer(sound)) }
            }
            return HTTPResponse(json: [String: Int]())
        }
        routes.appendRoute("DELETE /api/bin") { _ in
            let gone = try library.emptyBin()
            for id in gone.runs { news.tell("gone", ["run": id]) }
            for id in gone.sounds { news.tell("gone", ["sound": id]) }
            return HTTPResponse(json: ["runs": gone.runs, "sounds": gone.sounds])
        }
    }
}
