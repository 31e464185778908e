// SPDX-License-Identifier: Apache-2.0
import Files
import MuLaw
import Optimizers
import TestSupport
import Testing
import WaveEncoder

@testable import Transfer

@Suite struct TransferRunTests {
    private let sample = RandomCase(width: 3, layers: 3, samples: 400, seed: 11)

    private func run(_ change: (inout TransferSettings) throws -> Void) throws -> TransferRun {
        var settings = TransferSettings(layers: try LayerSelection("relu1"), iterations: 6)
        try change(&settings)
        return TransferRun(TransferBackend(WaveEncoder(sample.weights, threads: 1)), settings: settings)
    }

    @Test func everyIterateIsReportedOnce() throws {
        var iterations: [Int] = []
        var snapshots: [Int: [Float]] = [:]
        let outcome = try run { _ in }.run(
            content: sample.signal(1), styles: [StyleSignal(sample.signal(2, samples: 90))], snapshots: [0, 6],
            listener: { event in
                switch event {
                case .prepared: #expect(iterations.isEmpty)
                case .accepted(let line): iterations.append(line.iteration)
                case .snapshot(let iteration, let waveform): snapshots[iteration] = waveform
                case .reconstructed: Issue.record("a waveform has no phases to search for")
                }
            })
        #expect(iterations == Array(0...6))
        #expect(snapshots.keys.sorted() == [0, 6])
        #expect(snapshots[6] == outcome.waveform)
        #expect(outcome.kept.iteration == 6 && !outcome.wasStopped)
        #expect(outcome.kept.losses.total < outcome.first.losses.total)
    }

    @Test func noIterationsGiveTheStart() throws {
        let content = sample.signal(1)
        let outcome = try run {
            $0.iterations = 0; $0.startNoise = 0
        }.run(content: content, styles: [StyleSignal(content)])
        #expect(outcome.waveform == MuLaw.expand(MuLaw.companded(content)))
        #expect(outcome.kept == outcome.first)
    }

    @Test func stoppingGivesTheBestSoFar() throws {
        // Steps so large that the loss rises after the first ones: the best is not the last.
        var lines: [TraceLine] = []
        let outcome = try run {
            $0.optimizer = .adam(step: 1.5); $0.iterations = 50
        }.run(
            content: sample.signal(1), styles: [StyleSignal(sample.signal(2))], shouldStop: { lines.count == 8 },
            listener: { if case .accepted(let line) = $0 { lines.append(line) } })
        let best = lines.min { $0.losses.total < $1.losses.total }
        #expect(outcome.wasStopped)
        #expect(lines.count == 8)
        #expect(outcome.kept == best)
        #expect(outcome.kept.iteration != 7, "the last is the best: the case tests nothing")
    }

    @Test func aListenerCanEndTheRun() throws {
        struct DiskFull: Error {}
        #expect(throws: DiskFull.self) {
            try run { _ in }.run(content: [0.1], styles: [StyleSignal([0.2])], listener: { _ in throw DiskFull() })
        }
    }

    /// The first x over the companded waveform.
    private func start(
        _ mode: StartMode, content: [Float], style: [Float], noise: Double = 0, seed: UInt64 = 3
    ) throws -> [Float] {
        var settings = TransferSettings(layers: try LayerSelection("relu1"), startNoise: noise, seed: seed)
        settings.start = mode
        return try TransferBackend(WaveEncoder(sample.weights, threads: 1)).objective(
            content: content, styles: [StyleSignal(style)], settings: settings
        ).start
    }

    @Test(arguments: [StartMode.content, .equalised, .vocoded, .noise, .style, .mix(0.25)])
    func startsAreWhatTheySay(_ mode: StartMode) throws {
        let sounds = (content: sample.signal(1), style: sample.signal(2, samples: 150))
        let (content, style) = (MuLaw.companded(sounds.content), MuLaw.companded(sounds.style))
        let start = try start(mode, content: sounds.content, style: sounds.style)
        let noise = try self.start(.noise, content: sounds.content, style: sounds.style)
        switch mode {
        case .content: #expect(start == content)
        // Made of the content; what of it: `WaveformVariableTests.starts`.
        case .equalised, .vocoded: #expect(start != content && start.contains { $0 != 0 })
        case .noise:
            #expect(start.contains { $0 > 0.9 } && start.contains { $0 < -0.9 })
            #expect(try start != self.start(.noise, content: sounds.content, style: sounds.style, seed: 4))
        case .style: #expect(start == style + style + style.prefix(100))
        case .mix:
            // Noise alone is cut at the highest code, blended noise is not.
            for (value, (content, noise)) in zip(start, zip(content, noise)) where noise < MuLaw.maximum {
                #expect(abs(value - (0.75 * content + 0.25 * noise)) < 1e-6)
            }
        }
        #expect(start.allSatisfy { (MuLaw.minimum...MuLaw.maximum).contains($0) })
    }

    @Test func startNoiseComesAfterQuantising() throws {
        let silence = [Float](repeating: 0, count: 1_000)
        let start = try start(.content, content: silence, style: silence, noise: 1e-6)
        #expect(start.allSatisfy { abs($0) <= 1e-6 })
        #expect(Set(start).count > 500)
    }

    @Test(arguments: LengthFit.allCases)
    func lengthsAreFitted(_ fit: LengthFit) throws {
        #expect(fit.fit([1, 2, 3], to: 2) == [1, 2])
        switch fit {
        case .trim: #expect(fit.length(content: 5, style: 3) == 3)
        case .pad: #expect(fit.fit([1, 2], to: 5) == [1, 2, 0, 0, 0])
        case .loop: #expect(fit.fit([1, 2], to: 5) == [1, 2, 1, 2, 1])
        }
        for (content, style) in [(30, 50), (50, 30), (1, 40), (40, 1)] {
            let outcome = try run {
                $0.statistic = .l2; $0.lengthFit = fit; $0.iterations = 1
            }.run(
                content: sample.signal(1, samples: content), styles: [StyleSignal(sample.signal(2, samples: style))])
            #expect(outcome.waveform.count == (fit == .trim ? min(content, style) : content))
        }
    }

    @Test(arguments: [1, 2, 7, 399])
    func anyLengthsWorkForGram(_ length: Int) throws {
        for style in [1, 400, 1_000] {
            let outcome = try run { $0.iterations = 1 }.run(
                content: sample.signal(1, samples: length), styles: [StyleSignal(sample.signal(2, samples: style))])
            #expect(outcome.waveform.count == length)
            #expect(outcome.waveform.allSatisfy { $0.isFinite })
        }
    }

    @Test func resultsCanBeRoundedToCodes() throws {
        let outcome = try run { $0.network.roundsCodes = true }.run(
            content: sample.signal(1), styles: [StyleSignal(sample.signal(2))])
        let codes = Set((Int8.min...Int8.max).map { MuLaw.expand(code: $0) })
        #expect(outcome.waveform.allSatisfy { codes.contains($0) })
    }

    @Test func aLossThatIsNotFiniteEndsTheRun() throws {
        let poisoned = EncoderWeights(architecture: sample.weights.architecture) { tensor in
            sample.weights[tensor.role].map { $0 * 1e30 }
        }
        let settings = TransferSettings(layers: try LayerSelection("relu1"))
        let run = TransferRun(TransferBackend(WaveEncoder(poisoned, threads: 1)), settings: settings)
        let error = #expect(throws: Failure.self) {
            try run.run(content: sample.signal(1), styles: [StyleSignal(sample.signal(2))])
        }
        #expect(error?.kind == .badData)
    }

    @Test func numbersOutOfRangeAreRefused() throws {
        let changes: [(inout TransferSettings) -> Void] = [
            { $0.alpha = -1 }, { $0.alpha = .nan }, { $0.alpha = .infinity }, { $0.optimizer.step = 0 },
            { $0.optimizer.step = .nan }, { $0.iterations = -5 }, { $0.startNoise = -1e-6 }, { $0.startNoise = 2 },
            { $0.start = .mix(1.5) },
        ]
        for change in changes {
            let error = #expect(throws: Failure.self) {
                try run { change(&$0) }.run(content: [0.1], styles: [StyleSignal([0.1])])
            }
            #expect(error?.kind == .usage)
        }
    }
}
