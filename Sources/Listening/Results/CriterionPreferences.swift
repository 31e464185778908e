// SPDX-License-Identifier: Apache-2.0

/// Preferences by one criterion, for each pair of systems.
public struct CriterionPreferences: Codable, Equatable, Sendable {
    /// How often the first and the second were preferred.
    public struct Counts: Codable, Equatable, Sendable {
        /// For the first.
        public let first: Int
        /// For the second.
        public let second: Int
    }

    /// A pair of systems.
    public struct Pair: Codable, Equatable, Sendable {
        /// A system.
        public let first: String
        /// Another one.
        public let second: String
        /// All answers. They describe; a test may not take answers of one listener as independent.
        public let answers: Counts
        /// The same for each trial of the test.
        public let trials: [Counts]
        /// Listeners by the majority of their answers.
        public let listeners: Counts
        /// Listeners without a majority.
        public let undecided: Int
        /// The exact 95 % interval of Clopper and Pearson for the share of listeners who prefer the first, 0...1; nil without any.
        public let low: Double?
        /// Its upper end.
        public let high: Double?
        /// The exact binomial test on ``listeners``; nil without any.
        public let outcome: TestOutcome?
        /// Its p-value, corrected by Holm's procedure for the number of pairs of this criterion.
        public let adjustedP: Double?

        /// The share of listeners who prefer the first, 0...1; nil without any.
        public var share: Double? {
            let count = listeners.first + listeners.second
            return count > 0 ? Double(listeners.first) / Double(count) : nil
        }
    }

    /// What was judged.
    public let criterion: Criterion
    /// All pairs of systems.
    public let pairs: [Pair]

    init(of criterion: Criterion, in test: ListeningTest, from table: AnswerTable) {
        self.criterion = criterion
        let counted = test.systems.pairs.map { names in
            let (first, second) = (Stimulus.system(names.0), Stimulus.system(names.1))
            // For each listener the trials, and whether the first was preferred there.
            let choices = table.listeners.map { listener in
                table.answers(of: listener, to: criterion).compactMap { answer in
                    answer.values[second] == nil ? nil : answer.values[first].map { (answer.answer.trial, $0 == 1) }
                }
            }
            let leads = choices.filter { !$0.isEmpty }.map { $0.reduce(0) { $0 + ($1.1 ? 1 : -1) } }
            let listeners = Counts(first: leads.count { $0 > 0 }, second: leads.count { $0 < 0 })
            let all = choices.joined()
            let trials = test.trials.indices.map { trial in
                Counts(first: all.count { $0 == (trial, true) }, second: all.count { $0 == (trial, false) })
            }
            return (names, all, trials, listeners, leads.count { $0 == 0 })
        }
        let outcomes = counted.map { _, _, _, listeners, _ in
            listeners.first + listeners.second > 0
                ? TestOutcome.binomial(listeners.first, of: listeners.first + listeners.second) : nil
        }
        var adjusted = Holm.adjust(outcomes.compactMap { $0?.p })[...]
        pairs = zip(counted, outcomes).map { counts, outcome in
            let (names, all, trials, listeners, undecided) = counts
            let interval = BinomialInterval.exact(listeners.first, of: listeners.first + listeners.second)
            return Pair(
                first: names.0, second: names.1,
                answers: Counts(first: all.count { $0.1 }, second: all.count { !$0.1 }), trials: trials,
                listeners: listeners, undecided: undecided, low: interval?.low, high: interval?.high, outcome: outcome,
                adjustedP: outcome == nil ? nil : adjusted.popFirst())
        }
    }
}
