// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

@testable import Listening

/// Tests with made-up names and paths, and answers to them.
enum ExampleTest {
    static let systems = ["vast", "mosaic", "control"]

    static func trial(_ content: String, _ style: String, systems: [String] = systems, midAnchor: Bool = true) -> Trial
    {
        func original(_ name: String) -> Trial.Original {
            Trial.Original(
                name: name, path: "/sounds/\(name).wav", lowAnchor: "/anchors/\(name)-3500.wav",
                midAnchor: midAnchor ? "/anchors/\(name)-7000.wav" : nil)
        }
        return Trial(
            content: original(content), style: original(style),
            systems: systems.map { Trial.System(name: $0, path: "/runs/\(content)-\(style)/\($0).wav") })
    }

    static let trials = [
        trial("Speech", "Drums"), trial("Rhythm", "Violin"), trial("Rhythm", "Drums"), trial("Song", "Harp"),
    ]

    static func make(
        _ method: ListeningMethod, criteria: [Criterion] = Criterion.allCases, listeners: Int = 8, seed: UInt64 = 7,
        trials: [Trial] = trials
    ) throws -> ListeningTest {
        try ListeningTest(method: method, criteria: criteria, listeners: listeners, seed: seed, trials: trials)
    }

    /// When all answers are stored.
    static let time = Date(timeIntervalSince1970: 1_546_300_800)

    /// The answer that gives each stimulus the value that a closure says; for `ab`, prefers the one with the larger value.
    static func answer(
        _ test: ListeningTest, _ listener: String, _ page: PageID, comment: String = "",
        _ value: (Stimulus) -> Double
    ) -> Answer {
        let values = test.key(to: page, for: listener).mapValues(value)
        return Answer(
            listener: listener, page: page, ratings: test.method == .ab ? [:] : values,
            preference: test.method == .ab ? values.max { $0.value < $1.value }?.key : nil, comment: comment, time: time
        )
    }

    /// Whether a failure of a kind is thrown.
    static func fails(_ kind: Failure.Kind, _ work: () throws -> Void) -> Bool {
        do {
            try work()
        } catch {
            return (error as? Failure)?.kind == kind
        }
        return false
    }
}
