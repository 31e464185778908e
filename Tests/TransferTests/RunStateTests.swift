// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Optimizers
import TestSupport
import Testing
import WaveEncoder

@testable import Transfer

/// A run that goes on from a state gives the same as one without a break.
@Suite struct RunStateTests {
    private let sample = RandomCase(width: 4, layers: 3, samples: 900, seed: 11)

    private func settings(_ optimizer: OptimizerSettings) throws -> TransferSettings {
        var settings = TransferSettings(layers: try LayerSelection("relu1"), iterations: 7)
        settings.optimizer = optimizer
        return settings
    }

    /// Through a file, as between two processes.
    private func stored(_ state: RunState) throws -> RunState {
        let folder = try TemporaryFolder()
        let file = try OutputFile(path: folder.file("state"))
        _ = try file.write { try CheckpointFile.write(state, to: $0) }
        return try CheckpointFile.read(RunState.self, from: file.path)
    }

    private func run(
        _ settings: TransferSettings, memoryLimit: Int? = nil, from state: RunState? = nil, keep: KeptIterate = .last,
        checkpoint: (CheckpointMoment, RunState) throws -> Void = { _, _ in },
        listener: (TransferRun.Event) throws -> Void = { _ in }
    ) throws -> TransferRun.Outcome {
        let backend = TransferBackend(WaveEncoder(sample.weights, threads: 2), memoryLimit: memoryLimit)
        return try TransferRun(backend, settings: settings).run(
            content: sample.signal(1), styles: [StyleSignal(sample.signal(2, samples: 400))], keep: keep,
            snapshots: [2, 6], from: state, checkpoint: checkpoint, listener: listener)
    }

    private static let optimizers: [OptimizerSettings] = [.adam(step: 0.05), .lbfgsb(LBFGSBSettings())]

    @Test(arguments: optimizers) func everyStateContinuesToTheSameBytes(_ optimizer: OptimizerSettings) throws {
        let settings = try settings(optimizer)
        var states: [RunState] = []
        var lines: [TraceLine] = []
        let whole = try run(
            settings, checkpoint: { states.append(try stored($1)) },
            listener: {
                if case .accepted(let line) = $0 { lines.append(line) }
            })
        #expect(states.count == 8)
        for (index, state) in states.enumerated() {
            var own: [TraceLine] = []
            let outcome = try run(
                settings, from: state, listener: { if case .accepted(let line) = $0 { own.append(line) } })
            #expect(own.map(\.losses) == lines.dropFirst(index + 1).map(\.losses))
            #expect(outcome.waveform == whole.waveform)
            #expect(outcome.kept.losses == whole.kept.losses && outcome.evaluations == whole.evaluations)
        }
    }
}
