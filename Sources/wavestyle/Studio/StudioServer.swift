// SPDX-License-Identifier: Apache-2.0
import FlyingFox
import Foundation
import LocalServer
import Matrices
import StudioLibrary
import StudioPage

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

    func answer(_ run: KeptRun) -> RunAnswer { RunAnswer(run: run, progress: runner.progress(of: run.id)) }

    func flac(of path: String) async throws -> HTTPResponse {
        HTTPResponse(
            try await cache.value("audio \(path)", of: path) { try PlayedForm(reading: path).flac() },
            type: "audio/flac")
    }

    func spectrogram(of path: String) async throws -> HTTPResponse {
        HTTPResponse(
            try await cache.value("picture \(path)", of: path) { try PlayedForm(reading: path).spectrogram() },
            type: "image/png")
    }
}
