// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import FlyingFox
import Foundation
import LocalServer
import Matrices
import StudioLibrary
import StudioPage
import Transfer

/// What the studio answers to its page.
struct StudioServer: Sendable {
    let library: StudioLibrary
    let sounds: StudioSounds
    let runner: StudioRunner
    let news: NewsStream
    let threads: Int
    private let cache = StudioCache()

    init(library: StudioLibrary, runner: StudioRunner, threads: Int) {
        (self.library, self.runner, self.threads) = (library, runner, threads)
        (sounds, news) = (StudioSounds(library: library), runner.news)
    }

    /// All of it.
    func routes() -> RoutedHTTPHandler {
        var routes = RoutedHTTPHandler()
        addPage(to: &routes)
        addSounds(to: &routes)
        addMethods(to: &routes)
        addRuns(to: &routes)
        addResults(to: &routes)
        addBin(to: &routes)
        return routes
    }

    // MARK: - The page, and the state of everything

    private func addPage(to routes: inout RoutedHTTPHandler) {
        routes.appendRoute("GET /") { _ in HTTPResponse(StudioPage.index, type: "text/html; charset=utf-8") }
        routes.appendRoute("GET /assets/:name") { (name: String) in
            try HTTPResponse(asset: name)
        }
        routes.appendRoute("GET /api/state") { _ in HTTPResponse(json: try state()) }
        routes.appendRoute("GET /api/events") { _ in news.response() }
    }

    private struct State: Encodable {
        struct Limits: Encodable {
            let uploadBytes: Int
            let seconds: Double
        }
        let version: String
        let threads: Int
        let memory: Int?
        let limits: Limits
        let presets: [StudioMethods.Card]
        let sounds: [SoundAnswer]
        let queue: [RunAnswer]
        let results: Int
        let bin: Int
    }

    private func state() throws -> State {
        let counts = try library.counts()
        return State(
            version: Wavestyle.version, threads: threads, memory: AvailableMemory.bytes,
            limits: State.Limits(uploadBytes: StudioSounds.mostBytes, seconds: StudioSounds.longest),
            presets: StudioMethods.cards, sounds: try library.sounds().map(SoundAnswer.init),
            queue: try library.queue().map(answer), results: counts.results, bin: counts.bin)
    }

    private func answer(_ run: KeptRun) -> RunAnswer { RunAnswer(run: run, progress: runner.progress(of: run.id)) }

    // MARK: - Sounds

    private func addSounds(to routes: inout RoutedHTTPHandler) {
        routes.appendRoute("POST /api/sounds") { (request: HTTPRequest) in
            let name = request.query["name"] ?? ""
            let origin: KeptSound.Origin = request.query["origin"] == "recording" ? .recording : .upload
            let path = sounds.newPath(extension: name.nameExtension)
            try await receive(request, to: path)
            return created(try await offload { try sounds.keep(path, as: name, from: origin) })
        }
        routes.appendRoute("GET /api/sounds/:id/audio") { (id: Int) in
            let path = library.path(of: try sound(id))
            return try await flac(of: path)
        }
        routes.appendRoute("GET /api/sounds/:id/spectrogram") { (id: Int) in
            try await spectrogram(of: library.path(of: try sound(id)))
        }
        routes.appendRoute("POST /api/sounds/:id/cut") { (request: HTTPRequest, id: Int) in
            struct Part: Decodable { let start, end: Double }
            let (part, sound) = (try await request.json(Part.self), try sound(id))
            return created(try await offload { try sounds.cut(sound, from: part.start, to: part.end) })
        }
        routes.appendRoute("PATCH /api/sounds/:id") { (request: HTTPRequest, id: Int) in
            struct Change: Decodable { let name: String }
            let change = try await request.json(Change.self)
            let changed = try library.change(sound: Int64(id)) { $0.name = KeptText.name(change.name) }
            guard let changed else { throw Refusal.notFound }
            news.tell("sound", SoundAnswer(changed))
            return HTTPResponse(json: SoundAnswer(changed))
        }
        routes.appendRoute("DELETE /api/sounds/:id") { (id: Int) in
            guard try library.bin(sound: Int64(id)) else { throw Refusal.notFound }
            news.tell("gone", ["sound": id])
            return HTTPResponse(json: ["sound": id])
        }
    }

    private func sound(_ id: Int) throws -> KeptSound {
        guard let sound = try library.sound(Int64(id)) else { throw Refusal.notFound }
        return sound
    }

    private func created(_ sound: KeptSound) -> HTTPResponse {
        news.tell("sound", SoundAnswer(sound))
        return HTTPResponse(json: SoundAnswer(sound), .created)
    }

    /// Stores a request's body as a file; what breaks off leaves none.
    private func receive(_ request: HTTPRequest, to path: String) async throws {
        do {
            let file = try LineWriter(path: path, as: "the sound")
            var bytes = 0
            for try await part in request.bodySequence {
                bytes += part.count
                guard bytes <= StudioSounds.mostBytes else {
                    throw Refusal(
                        .tooLarge,
                        Failure(
                            .badData, "cannot take the sound",
                            why: "its file is larger than \(StudioSounds.mostBytes >> 20) MB"))
                }
                try file.write(bytes: Array(part))
            }
            try file.sync()
            try file.close()
        } catch {
            unlink(path.cPath)
            throw error
        }
    }

    // MARK: - Methods

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
                throw Failure.unusable("a style's share", "it must be above 0")
            }
            _ = try ChosenSettings(settings ?? SettingValues(), preset: preset)
        }
    }

    private func addMethods(to routes: inout RoutedHTTPHandler) {
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
            let ending = try await offload {
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

    // MARK: - The queue

    private func addRuns(to routes: inout RoutedHTTPHandler) {
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
            let state = try run(id).state
            guard state == .waiting || state == .paused || state == .stopped || state == .failed else {
                throw Self.cannot("resume", try run(id))
            }
            guard let run = try library.enqueue(Int64(id), first: state == .waiting) else { throw Refusal.notFound }
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

    private func run(_ id: Int) throws -> KeptRun {
        guard let run = try library.run(Int64(id)) else { throw Refusal.notFound }
        return run
    }

    private static func cannot(_ what: String, _ run: KeptRun) -> Refusal {
        Refusal(.conflict, Failure(.usage, "cannot \(what)", at: run.title, why: "it is \(run.state.rawValue)"))
    }

    /// Pauses or stops a run. One that runs tells of it once it has ended.
    private func end(_ id: Int, as wanted: KeptRun.State) throws -> HTTPResponse {
        if runner.end(Int64(id), as: wanted) { return HTTPResponse(json: answer(try run(id))) }
        let run = try run(id)
        switch (run.state, wanted) {
        case (.waiting, .paused):
            guard let paused = try library.change(run: Int64(id), { $0.state = .paused }) else {
                throw Refusal.notFound
            }
            runner.tell(paused)
            return HTTPResponse(json: answer(paused))
        case (.waiting, .stopped), (.paused, .stopped):
            // Without a result there is nothing to keep but the order; the bin has it.
            guard run.hasResult else {
                _ = try library.change(run: Int64(id)) { ($0.state, $0.canResume) = (.stopped, true) }
                _ = try library.bin(run: Int64(id))
                news.tell("gone", ["run": id])
                return HTTPResponse(json: answer(try self.run(id)))
            }
            let stopped = try library.change(run: Int64(id)) { ($0.state, $0.finished) = (.stopped, Date()) }
            guard let stopped else { throw Refusal.notFound }
            runner.tell(stopped)
            return HTTPResponse(json: answer(stopped))
        default:
            throw Self.cannot(wanted == .paused ? "pause" : "stop", run)
        }
    }

    // MARK: - Results

    private func addResults(to routes: inout RoutedHTTPHandler) {
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
        routes.appendRoute("GET /api/runs/:id") { (id: Int) in HTTPResponse(json: try detail(of: try run(id))) }
        routes.appendRoute("GET /api/runs/:id/losses") { (request: HTTPRequest, id: Int) in
            let after = request.query["after"].flatMap { Int($0) } ?? -1
            return HTTPResponse(json: ["losses": runner.losses(of: Int64(id), after: after)])
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

    // MARK: - The bin

    private func addBin(to routes: inout RoutedHTTPHandler) {
        struct Bin: Encodable {
            let runs: [RunAnswer]
            let sounds: [SoundAnswer]
        }
        struct Items: Decodable {
            let runs: [Int64]?
            let sounds: [Int64]?
        }
        routes.appendRoute("DELETE /api/runs/:id") { (id: Int) in
            let run = try run(id)
            guard run.state != .running else { throw Self.cannot("delete", run) }
            // What waits would begin.
            if run.state == .waiting || run.state == .paused {
                _ = try library.change(run: Int64(id)) { ($0.state, $0.canResume) = (.stopped, true) }
            }
            _ = try library.bin(run: Int64(id))
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

    // MARK: - Files as they are played and seen

    private func flac(of path: String) async throws -> HTTPResponse {
        HTTPResponse(
            try await cache.value("audio \(path)", of: path) { try PlayedForm(reading: path).flac() },
            type: "audio/flac")
    }

    private func spectrogram(of path: String) async throws -> HTTPResponse {
        HTTPResponse(
            try await cache.value("picture \(path)", of: path) { try PlayedForm(reading: path).spectrogram() },
            type: "image/png")
    }
}
