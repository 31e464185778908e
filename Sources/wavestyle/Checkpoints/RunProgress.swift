// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Transfer

/// What an optimisation has done so far, channel by channel: what it writes on the way, and what its checkpoints hold.
final class RunProgress {
    /// What there is, in this process or one before.
    private(set) var saved: RunCheckpoint.Progress
    /// Whether it goes on from a checkpoint, and nothing was done since.
    private(set) var isContinued: Bool
    /// Of the present channel.
    var parts = 1
    private let sounds: SoundPair
    private let settings: TransferSettings
    private let outputs: TransferOutputs
    private let checkpoints: RunCheckpoints?
    private let order: WorkOrder
    private var finish: WrittenForm?

    init(
        _ sounds: SoundPair, _ settings: TransferSettings, _ outputs: TransferOutputs, _ checkpoints: RunCheckpoints?,
        _ order: WorkOrder
    ) {
        (self.sounds, self.settings, self.outputs, self.checkpoints) = (sounds, settings, outputs, checkpoints)
        self.order = order
        saved = checkpoints?.takeProgress() ?? RunCheckpoint.Progress()
        isContinued = checkpoints?.found != nil
    }

    /// The number of the present channel, from 1, where there are several.
    var channel: Int? { sounds.channels.count > 1 ? saved.outcomes.count + 1 : nil }

    /// Puts back what is on disk of a run that goes on: the trace up to its checkpoint, and a look at the snapshots.
    func begin(warn: (String) -> Void) throws {
        guard isContinued else { return }
        try outputs.trace(saved.trace)
        for snapshot in saved.written where (try? RunRecord.Written(snapshot.file.path)) != snapshot.file {
            warn("\(snapshot.file.path), a snapshot of the unfinished run, is no longer there or has changed")
            saved.written.removeAll { $0 == snapshot }
        }
    }

    /// The state that the present channel goes on from, once.
    func takeState() -> RunState? {
        defer { (saved.state, isContinued) = (nil, false) }
        return saved.state
    }

    /// Adds a line to the trace.
    func trace(_ line: String) throws {
        saved.trace += line
        try outputs.trace(line)
    }

    /// Adds a channel to a snapshot, and writes it once it is complete.
    func keep(snapshot waveform: [Float], at iteration: Int, warn: (String) -> Void) throws {
        var channels = saved.partial.removeValue(forKey: iteration) ?? []
        channels.append(SavedSamples(samples: waveform))
        guard channels.count == sounds.channels.count else {
            saved.partial[iteration] = channels
            return
        }
        if let written = try outputs.write(snapshot: channels.map(\.samples), at: iteration, form(), warn: warn) {
            saved.written.append(written)
        }
    }

    /// Saves the run where that is due.
    func save(_ moment: CheckpointMoment, _ state: RunState) throws {
        try checkpoints?.save(moment) {
            var progress = saved
            progress.state = state
            let all = parts * settings.iterations
            return (
                progress, saved.outcomes.count * all + state.iteration(of: settings), sounds.channels.count * all
            )
        }
    }

    /// Ends the present channel.
    func end(_ outcome: TransferRun.Outcome) { saved.outcomes.append(outcome) }

    /// How sounds are written.
    func form() throws -> WrittenForm {
        if let finish { return finish }
        let form = try order.writtenForm(of: sounds)
        finish = form
        return form
    }
}
