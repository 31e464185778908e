// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import LocalServer
import Report
import StudioLibrary
import Synchronization
import Transfer

/// Runs what waits in the studio's queue, one after the other, each in a process of its own.
final class StudioRunner: Sendable {
    let library: StudioLibrary
    let news: NewsStream
    private let threads: Int
    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)

    private struct State {
        var isClosing = false
        /// The run that is running, and what becomes of it where it shall end early.
        var current: (id: Int64, wanted: KeptRun.State?)?
        var progress: StudioProgress?
        var losses: [(iteration: Int, loss: Double)] = []
        var told = Date.distantPast
    }

    init(library: StudioLibrary, news: NewsStream, threads: Int) {
        (self.library, self.news, self.threads) = (library, news, threads)
    }

    /// Begins to work, on a thread of its own.
    ///
    /// - Returns: what is signalled when it has ended.
    func start() -> DispatchSemaphore {
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread { [self] in
            while !state.withLock({ $0.isClosing }) {
                guard let next = stubbornly({ try self.takeNext() }) else { break }
                if let run = next { perform(run) } else { work.wait() }
            }
            ended.signal()
        }
        return ended
    }

    /// Takes the next run. Whoever asks afterwards finds it running, and whoever asked before waiting.
    private func takeNext() throws -> KeptRun? {
        try state.withLock { state in
            let run = try library.takeNext()
            if let id = run?.id {
                state.current = (id, nil)
                state.progress = StudioProgress()
                state.losses = Self.traced(library.trace(ofRun: id))
            }
            return run
        }
    }

    /// Does what the disk may refuse for a while, until it is done; nil where the studio ends before.
    private func stubbornly<Value>(_ work: () throws -> Value) -> Value? {
        var isSaid = false
        while true {
            do { return try work() } catch {
                if !isSaid { Terminal.error.fail("\(error); trying again") }
                isSaid = true
            }
            if state.withLock({ $0.isClosing }) { return nil }
            Thread.sleep(forTimeInterval: 1)
        }
    }

    /// Something waits now.
    func wake() { work.signal() }

    /// Ends: what runs is saved, and goes on at the next start.
    func close() {
        state.withLock { $0.isClosing = true }
        wake()
    }

    /// Ends a run early.
    ///
    /// - Returns: whether it is running.
    func end(_ id: Int64, as wanted: KeptRun.State) -> Bool {
        state.withLock { state in
            guard state.current?.id == id else { return false }
            state.current?.wanted = wanted
            return true
        }
    }

    /// How far a run is.
    func progress(of id: Int64?) -> StudioProgress? {
        state.withLock { $0.current?.id == id ? $0.progress : nil }
    }

    /// Losses of a run after an iteration: of the one that runs as it tells them, of others from their trace.
    func losses(of id: Int64, after iteration: Int) -> [[Double]] {
        let running = state.withLock { state in state.current?.id == id ? state.losses : nil }
        let losses = running ?? Self.traced(library.trace(ofRun: id))
        return losses.filter { $0.iteration > iteration }.map { [Double($0.iteration), $0.loss] }
    }

    private static func traced(_ path: String) -> [(iteration: Int, loss: Double)] {
        guard let bytes = contents(ofFile: path),
            let trace = try? Trace(jsonLines: String(decoding: bytes, as: UTF8.self), name: path)
        else { return [] }
        return trace.points.filter { ($0.channel ?? 1) == 1 }.compactMap { point in
            point.values["loss"].map { (point.iteration, $0) }
        }
    }

    /// The words that make a run.
    func arguments(of run: KeptRun) throws -> [String] {
        let settings = try ChosenSettings(run.settings, preset: run.preset).settings
        let (id, output) = (run.id ?? 0, library.output(ofRun: run.id ?? 0))
        var words = try StudioRunner.arguments(
            content: run.content.id, styles: run.styles.map { ($0.id, $0.weight) }, preset: run.preset, run.settings,
            in: library)
        words += ["--output=\(output)", "--threads=\(threads)", "--checkpoint-every=10", "--allow-drift"]
        if let iterations = settings.optimisation?.iterations {
            let snapshots = Self.snapshots(of: iterations).map { "\($0)" }.joined(separator: ",")
            words += ["--trace=\(library.trace(ofRun: id))"] + (snapshots.isEmpty ? [] : ["--snapshots=\(snapshots)"])
        }
        return words
    }

    /// Sounds and settings of a run, as words.
    ///
    /// - Throws: ``Failure`` where a sound is no longer there.
    static func arguments(
        content: Int64, styles: [(id: Int64, weight: Double)], preset: String, _ settings: SettingValues,
        in library: StudioLibrary
    ) throws -> [String] {
        func path(_ id: Int64) throws -> String {
            guard let sound = try library.sound(id) else {
                throw Failure(
                    .noInput, "cannot run", why: "one of its sounds is no longer there", remedy: "choose another one")
            }
            return library.path(of: sound)
        }
        return ["--content=\(try path(content))", "--preset=\(preset)"] + settings.arguments
            + (try styles.map { "--style=\(try path($0.id))@\($0.weight)" })
    }

    /// Some dozen iterations whose sound can be heard on the way, close together at the beginning, where it changes most.
    static func snapshots(of iterations: Int) -> [Int] {
        let most = 12
        let chosen = (1...most).map { step in
            Int((Double(iterations) * pow(Double(step) / Double(most), 1.5)).rounded())
        }
        return Set(chosen).filter { $0 > 0 && $0 < iterations }.sorted()
    }

    // MARK: - One run

    private func perform(_ run: KeptRun) {
        guard let id = run.id else { return }
        tell(run)
        let output = library.output(ofRun: id)
        var ending: JobEnding
        do {
            let planned = try snapshots(of: run)
            ending =
                try !isFree(output)
                ? .notBegun
                : JobChild.run(
                    try arguments(of: run) + ["--events", "--unless-finished"], while: { self.isWanted },
                    tell: { self.take($0, of: run, planned: planned) })
        } catch {
            ending = JobEnding(error)
        }
        if case .failed(let code, let reason) = ending { ending = .failed(code: code, reason: named(reason, run)) }
        let wanted = state.withLock { $0.current?.wanted }
        let ended = stubbornly {
            try self.library.change(run: id) { Self.end(&$0, ending, wanted: wanted, output: output) }
        }
        state.withLock { ($0.current, $0.progress, $0.losses) = (nil, nil, []) }
        if let ended = ended ?? nil { tell(ended) }
    }

    /// A text with names that people gave in place of files' paths.
    private func named(_ text: String, _ run: KeptRun) -> String {
        let sources = [run.content] + run.styles
        return sources.reduce(text.replacing(library.output(ofRun: run.id ?? 0), with: run.title)) { text, source in
            guard let sound = try? library.sound(source.id) else { return text }
            return text.replacing(library.path(of: sound), with: source.name)
        }
    }

    /// Whether the present run shall go on.
    private var isWanted: Bool { state.withLock { !$0.isClosing && $0.current?.wanted == nil } }

    /// Waits until nobody else writes an output: the child of a server that was killed stops by itself, after its iteration.
    ///
    /// - Returns: false where the run is not wanted any more before that.
    private func isFree(_ output: String) -> Bool {
        while isWanted {
            // Each try waits a moment; what else is wrong with the place, the run itself says.
            guard let file = try? OutputFile(path: output), (try? OutputLock(of: file)) == nil else { return true }
        }
        return false
    }

    private func snapshots(of run: KeptRun) throws -> [Int] {
        let settings = try ChosenSettings(run.settings, preset: run.preset).settings
        return settings.optimisation.map { Self.snapshots(of: $0.iterations) } ?? []
    }

    /// What became of a run.
    private static func end(_ run: inout KeptRun, _ ending: JobEnding, wanted: KeptRun.State?, output: String) {
        let hasCheckpoint = CheckpointPair(of: output).exists
        switch ending {
        case .finished, .finishedBefore:
            run.state = .finished
            describe(&run, output)
        case .stopped, .notBegun, .estimated:
            // Stopped by nobody means that the studio ends: it goes on at the next start.
            run.state = wanted ?? .waiting
            if ending == .stopped { describe(&run, output) }
            run.canResume = hasCheckpoint || ending == .notBegun
        case .failed(_, let reason):
            (run.state, run.error, run.finished, run.canResume) = (.failed, reason, Date(), true)
        }
        if run.state == .stopped || run.state == .finished { run.finished = Date() }
        if run.state == .finished { run.canResume = false }
    }

    /// What its record says of its result.
    private static func describe(_ run: inout KeptRun, _ output: String) {
        guard let finished = try? FinishedRun(output), let played = try? PlayedForm(reading: output) else { return }
        run.hasResult = true
        run.summary = finished.summary
        run.took = finished.record.results.reduce(0) { $0 + $1.totalSeconds }
        run.seconds = played.waveform.duration
        (run.loudness, run.peak) = (played.loudness, Double(played.waveform.peak))
        run.snapshots = finished.snapshots.map(\.iteration)
    }

    private func take(_ event: RunEvent, of own: KeptRun, planned: [Int]) {
        guard let id = own.id else { return }
        var written: [Int] = []
        switch event {
        case .warning(let given):
            let text = named(given, own)
            if let run = try? library.change(run: id, { if !$0.warnings.contains(text) { $0.warnings.append(text) } }) {
                tell(run)
            }
            return
        case .iteration(let number, _, let channel, let loss, _):
            if channel ?? 1 == 1 { state.withLock { $0.losses.append((number, loss)) } }
            written = planned.filter { $0 <= number }
        case .message, .phases, .stage, .ended: break
        }
        let isDue = state.withLock { state in
            state.progress?.take(event)
            guard Date().timeIntervalSince(state.told) > 0.1 else { return false }
            state.told = Date()
            return true
        }
        guard isDue, var run = try? library.run(id) else { return }
        let there = written.filter { fileExists(TransferOutputs.snapshotPath($0, of: library.output(ofRun: id))) }
        if there != run.snapshots, !there.isEmpty {
            run = (try? library.change(run: id) { $0.snapshots = there }) ?? run
        }
        tell(run)
    }

    /// Tells the page.
    func tell(_ run: KeptRun) { news.tell("run", RunAnswer(run: run, progress: progress(of: run.id))) }
}

extension KeptRun {
    /// What was changed on the preset.
    var settings: SettingValues {
        (try? JSONDecoder().decode(SettingValues.self, from: Data(changed.utf8))) ?? SettingValues()
    }
}
