// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Files
import Foundation
import Matrices
import Report
import Transfer

/// The main job, `wavestyle` or `wavestyle transfer`: two sounds or more, a run, a sound.
struct TransferCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transfer", abstract: "Give one sound the style of another.")

    @OptionGroup(title: "Sounds") var sounds: SoundOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup var method: MethodOptions
    @OptionGroup(title: "Monitoring", visibility: .rare) var monitoring: MonitorOptions
    @OptionGroup(title: "Reports") var reports: ReportOptions
    @OptionGroup(title: "Checkpoints", visibility: .rare) var resuming: ResumeOptions
    @OptionGroup var help: HelpAllOption

    func run() throws { try run(as: CommandLine.pathArguments) }

    /// - Parameter arguments: its words, for the record and for checkpoints.
    func run(as arguments: [String]) throws {
        if reports.printSettings { return try printSettings() }
        if AllModes.isWanted(by: self) { return try AllModes(self).run() }
        let (events, quiet, display) = (reports.events, reports.quiet, ProgressDisplay(redraws: true))
        func tell(_ event: RunEvent) {
            if events { event.write() } else if !quiet { display.show(event) }
        }
        do {
            let ending = try perform(as: arguments, tell: tell)
            tell(.ended(how: ending))
            if [.stopped, .notBegun].contains(ending) { throw ExitCode(Interruption.exitCode) }
        } catch let failure as Failure where events {
            tell(.ended(how: JobEnding(failure)))
            if ErrorLine.isWanted { Terminal.error.fail(failure) }
            throw ExitCode(failure.kind.exitCode)
        }
    }

    /// Does it, and says on standard output what came of it, unless events are to go there.
    ///
    /// - Parameters:
    ///   - arguments: its words.
    ///   - shared: what there is already, where others run in this process; nil to load it.
    ///   - tell: told how it goes, but for the ending.
    func perform(
        as arguments: [String], sharing shared: SharedEngine? = nil, tell: (RunEvent) -> Void
    ) throws -> JobEnding {
        // Everything that can be refused is refused before anything is computed.
        let chosen = try chosen()
        let snapshots = try snapshots(chosen)
        if !method.resources.dryRun { try output.check(reports, path: path) }
        let settings = chosen.settings
        let threads = try method.encoder.threads.count()
        try method.parts.check()
        try resuming.check()
        let paths = try inputs()
        if reports.report != nil { try sounds.requireFiles(for: "--report") }
        try monitoring.check(styles: paths.styles.count, keep: method.transfer.keep?.rule)
        let form = try SoundForm(path, as: output.outputFormat, method.format, settings)
        let outputs = try method.resources.dryRun ? nil : outputs(paths, settings)
        if let omission = outputs?.omission { tell(.warning(text: omission)) }
        var pair = try SoundPair(
            content: paths.content, styles: paths.styles, method.parts, form, settings: settings,
            memory: try method.resources.soundLimit()
        ) { tell(.warning(text: $0)) }
        if let spectral = settings.optimisation?.network.spectral, let factor = spectral.transform.slowFactor {
            let size = spectral.transform.size
            tell(.warning(text: "--n-fft \(size) has the prime factor \(factor): its transforms are slow"))
        }
        try form.check(pair) { tell(.warning(text: $0)) }
        if try isFinished(pair, form, chosen, arguments, shared) { return try end(.finishedBefore, nil) }
        let order = try WorkOrder(
            chosen, form: form, samples: pair.frames, threads: threads, method.resources,
            monitoring: monitorPlan(settings), arguments: arguments, sharing: shared)
        let work = try order.work(on: pair, snapshots: snapshots, output: path)
        guard let outputs else {
            var estimate = try work.estimate(pair)
            estimate.disk = pair.fileBytes
            return try end(.estimated(report: estimate), nil)
        }
        Interruption.listen()
        let interval = try outputs.takesCheckpoints(resuming) { tell(.warning(text: $0)) } ? resuming.interval : nil
        let checkpointBytes = try interval == nil ? 0 : work.checkpointBytes(pair)
        try outputs.requireRoom(sound: pair.fileBytes, checkpoint: checkpointBytes)
        let checkpoints = try interval.map {
            try RunCheckpoints(
                of: path, every: $0, resuming, wanted: order.record(of: pair, output: path), snapshots: snapshots,
                arguments: arguments
            ) { tell(.warning(text: $0)) }
        }
        // With --quiet there is no estimate: its trial takes a moment.
        let announcements =
            try reports.quiet ? [] : announcements(pair, chosen, order, work, checkpoints, bytes: checkpointBytes)
        guard
            let record = try work.run(
                &pair, to: outputs, checkpoints: checkpoints, announcing: announcements, tell: tell)
        else { return try end(.notBegun, nil) }
        let isFinished = !record.results.contains(where: \.wasStopped)
        // Also those of a run before, where this one wrote none.
        if isFinished, !OutputFile.isStream(path) { CheckpointPair(of: path).remove() }
        let ending = try end(isFinished ? .finished : .stopped, record)
        if let page = outputs.reportFile {
            let run = (
                FinishedRun.name(path), try FinishedRun(path, trace: record.mosaic == nil ? outputs.traceText : nil)
            )
            try RunsPage(title: run.0, of: [run], threads: threads).write(to: page, threads: threads)
            if !page.isStream { tell(.message(text: "To hear and see it, open \(page.path) in a browser.")) }
        }
        return ending
    }

    /// Where the sound goes.
    var path: String {
        // What is wrong with the settings is said elsewhere.
        let followsContent = (try? chosen())?.settings.followsContent ?? false
        return output.path(like: followsContent ? sounds.content : nil)
    }

    private func chosen() throws(Failure) -> ChosenSettings {
        try ChosenSettings(method.given, preset: method.transfer.preset)
    }

    /// The iterations whose sound is written too. What only a run with iterations has is refused where there are none.
    func snapshots(_ chosen: ChosenSettings) throws(Failure) -> Set<Int> {
        if let settings = chosen.settings.optimisation { return try reports.snapshots(upTo: settings.iterations) }
        let given = [
            "--trace": reports.trace != nil, "--snapshots": reports.snapshots != nil,
            "--every": monitoring.every != nil,
            "--keep \(method.transfer.keep?.rule ?? .last)": method.transfer.keep?.rule != nil,
            "--high-band": method.format.highBand != nil,
        ]
        for (option, isGiven) in given.sorted(by: { $0.key < $1.key }) where isGiven {
            throw Failure.unusable(
                option, "it changes nothing with --backend \(chosen.settings.name.rawValue)", remedy: chosen.remedy)
        }
        return []
    }

    private func monitorPlan(_ settings: MethodSettings) -> MonitorPlan {
        MonitorPlan(monitoring, keep: method.transfer.keep?.rule, hasIterations: settings.optimisation != nil)
    }

    private func printSettings() throws {
        let chosen = try chosen()
        _ = try snapshots(chosen)
        if let settings = chosen.settings.optimisation, settings.network.randomNetwork != nil {
            _ = try settings.depth(in: settings.architecture())
        }
        try emit(Preset(chosen.settings).json)
    }

    private func outputs(
        _ paths: (content: String, styles: [StyleFile]), _ settings: MethodSettings
    ) throws -> TransferOutputs {
        try TransferOutputs(
            path, trace: reports.trace, snapshots: reports.snapshots, report: reports.report,
            // What an unfinished run left is its own.
            replaces: !output.overwriting.noClobber || CheckpointPair(of: path).exists,
            inputs: [paths.content] + paths.styles.map(\.path)
                + [settings.optimisation?.weights, method.transfer.preset].compactMap { $0 })
    }

    /// Whether the output is there as this run would make it. The network is not made for that: it can take longer.
    private func isFinished(
        _ pair: SoundPair, _ form: SoundForm, _ chosen: ChosenSettings, _ arguments: [String], _ shared: SharedEngine?
    ) throws -> Bool {
        guard reports.unlessFinished, fileExists(path), !OutputFile.isStream(path) else { return false }
        let wanted = RunRecord(
            pair, chosen, form, method.resources, monitorPlan(chosen.settings),
            weights: try shared?.engine.weights ?? RunRecord.Weights.of(chosen.settings), threads: 1, output: path,
            arguments: arguments)
        return FinishedRun.isThere(path, as: wanted, trace: reports.trace, snapshots: try snapshots(chosen))
    }

    /// What is said before it begins.
    private func announcements(
        _ pair: SoundPair, _ chosen: ChosenSettings, _ order: WorkOrder, _ work: any TransferWork,
        _ checkpoints: RunCheckpoints?, bytes: Int
    ) throws -> [String] {
        let estimate = try work.estimate(pair)
        var lines = [start(pair, chosen, order), estimate.text]
        if let interval = resuming.interval, bytes > 0, estimate.seconds > interval, chosen.settings.optimisation != nil
        {
            lines.append("Checkpoints of up to \(AvailableMemory.text(bytes)), every \(durationText(interval)).")
        }
        if let found = checkpoints?.found { lines.append("Continuing an unfinished run, from \(found.place).") }
        return lines
    }

    /// What is done, with what.
    private func start(_ pair: SoundPair, _ chosen: ChosenSettings, _ order: WorkOrder) -> String {
        func seconds(_ frames: Int) -> String { String(format: "%.2f s", Double(frames) / Double(pair.workingRate)) }
        let bundled = sounds.content == nil ? " (the bundled voice and flute)" : ""
        return "\(seconds(pair.frames)) of content, \(seconds(pair.styleFrames)) of style\(bundled), "
            + "\(chosen.description), \(order.engine.description)"
    }

    /// Says what came of it on standard output.
    private func end(_ ending: JobEnding, _ record: RunRecord?) throws -> JobEnding {
        if reports.events {
            if reports.json, let record { try emit(try jsonLine(["record": record])) }
            return ending
        }
        if case .estimated(let report) = ending {
            try emit(reports.json ? try prettyJSON(report) : report.text + "\n")
            return ending
        }
        if ending == .notBegun {
            if !reports.quiet { Terminal.error.say("Stopped: nothing was written.") }
            return ending
        }
        if !reports.quiet, ending == .finishedBefore {
            Terminal.error.say("Nothing to do: \(path) was finished before.")
        } else if !reports.quiet, ending == .stopped, let record {
            let iterations = record.results.compactMap { $0.iteration.map { "\($0)" } }.joined(separator: ", ")
            Terminal.error.say("Stopped: this is the best so far (iteration \(iterations)).\(continuation)")
        }
        if OutputFile.isStandardOutput(path) { return ending }
        try reports.json ? emit((record ?? FinishedRun(path).record).json()) : emit(path: path)
        return ending
    }

    /// How a stopped run is continued.
    private var continuation: String {
        guard CheckpointPair(of: path).exists else { return "" }
        return " To continue: \(CommandLine.command(["resume", path]))"
    }

    private func inputs() throws(Failure) -> (content: String, styles: [StyleFile]) {
        guard ([sounds.content].compactMap(\.self) + sounds.style.map(\.path)).count(where: { $0 == "-" }) < 2 else {
            throw Failure(
                .usage, "cannot run", why: "standard input (-) can be one sound only",
                remedy: "give a file for the others")
        }
        switch (sounds.content, sounds.style.isEmpty) {
        case (let content?, false): return (content, sounds.style)
        case (nil, true):
            let bundled = try BundledSounds.pair()
            return (bundled.content, [StyleFile(path: bundled.style)])
        case (_?, true), (nil, false):
            throw Failure(
                .usage, "cannot run", why: "--\(sounds.content == nil ? "content" : "style") is missing",
                remedy: "give both --content and --style, or neither for the bundled pair")
        }
    }
}
