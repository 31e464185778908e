// SPDX-License-Identifier: Apache-2.0
import MuLaw
import TestSupport
import Testing
import WaveEncoder

@testable import Transfer

@Suite struct SoundMonitorTests {
    private let sample = RandomCase(width: 3, layers: 3, samples: 400, seed: 11)

    /// A run whose steps are so large that the loss rises after the first ones.
    private func run(
        _ keep: KeptIterate, interval: Int = 1, iterations: Int = 12, stopAfter: Int = .max,
        measure: @escaping ([Float]) -> [String: Double]
    ) throws -> (outcome: TransferRun.Outcome, lines: [TraceLine]) {
        var settings = TransferSettings(layers: try LayerSelection("relu1"), iterations: iterations)
        settings.optimizer = .adam(step: 1.5)
        var lines: [TraceLine] = []
        let outcome = try TransferRun(
            TransferBackend(WaveEncoder(sample.weights, threads: 1)), settings: settings
        ).run(
            content: sample.signal(1), styles: [StyleSignal(sample.signal(2))], keep: keep,
            monitor: SoundMonitor(interval: interval, measure: measure), shouldStop: { lines.count > stopAfter },
            listener: { if case .accepted(let line) = $0 { lines.append(line) } })
        return (outcome, lines)
    }

    @Test func theStartEveryFifthAndTheLastAreMeasured() throws {
        var sounds = 0
        let (_, lines) = try run(.last, interval: 5) { sound in
            sounds += 1
            return ["samples": Double(sound.count)]
        }
        #expect(sounds == 4)
        #expect(lines.filter { !$0.metrics.isEmpty }.map(\.iteration) == [0, 5, 10, 12])
        #expect(lines[5].metrics == ["samples": 400])
    }

    /// The figure is the sound's distance from the sound at iteration 6, which no loss knows.
    @Test(arguments: [false, true])
    func theBestFigureIsKept(_ lowerIsBetter: Bool) throws {
        var sounds: [[Float]] = []
        _ = try run(.last) { sound in
            sounds.append(sound)
            return [:]
        }
        let wanted = sounds[6]
        let (outcome, lines) = try run(.best("distance", lowerIsBetter: lowerIsBetter)) { sound in
            let distance = zip(sound, wanted).reduce(0) { $0 + abs(Double($1.0 - $1.1)) }
            return ["distance": lowerIsBetter ? distance : -distance]
        }
        #expect(outcome.kept == lines[6])
        #expect(outcome.waveform == wanted)
        #expect(outcome.reached == 12)
    }

    @Test func whatIsNotMeasuredIsNotKept() throws {
        // Only every fourth is looked at, and the figure is not defined for the first two of those.
        var calls = 0
        let (outcome, _) = try run(.best("figure", lowerIsBetter: true), interval: 4) { _ in
            calls += 1
            return calls <= 2 ? [:] : ["figure": Double(calls)]
        }
        #expect(outcome.kept.iteration == 8)
        #expect(outcome.kept.metrics == ["figure": 3])
    }

    @Test func theLowestLossNeedsNoMonitor() throws {
        let (outcome, lines) = try run(.lowestLoss, iterations: 7) { _ in [:] }
        #expect(outcome.kept == lines.min { $0.losses.total < $1.losses.total })
        #expect(outcome.kept.iteration < 7, "the last is the best: the case tests nothing")
    }

    @Test func stoppingKeepsTheBestFigureToo() throws {
        let (outcome, lines) = try run(.best("figure", lowerIsBetter: false), stopAfter: 5) { sound in
            ["figure": -abs(Double(sound[0]))]
        }
        #expect(outcome.wasStopped && lines.count == 6)
        let best = lines.prefix(5).max { $0.metrics["figure"] ?? -2 < $1.metrics["figure"] ?? -2 }
        #expect(outcome.kept == best)
    }
}
