// SPDX-License-Identifier: Apache-2.0

/// Ratings of one criterion: means, and whether systems differ.
public struct CriterionRatings: Codable, Equatable, Sendable {
    /// A stimulus with its mean.
    public struct Row: Codable, Equatable, Sendable {
        /// What was rated.
        public let stimulus: Stimulus
        /// Over listeners, of each one's mean over trials.
        public let estimate: Estimate
    }

    /// Two systems, compared.
    public struct Comparison: Codable, Equatable, Sendable {
        /// A system.
        public let first: String
        /// Another one.
        public let second: String
        /// Of the first's rating minus the second's, over listeners.
        public let difference: Estimate
        /// Wilcoxon's signed-rank test of these differences; nil without listeners who rated both.
        public let outcome: TestOutcome?
        /// Its p-value, corrected by Holm's procedure for the number of pairs of this criterion.
        public let adjustedP: Double?
    }

    /// What was judged.
    public let criterion: Criterion
    /// Over all trials: systems, then the hidden reference and anchors.
    public let overall: [Row]
    /// The same for each trial of the test.
    public let trials: [[Row]]
    /// For three systems or more: whether any differ. Over trials that have all of them; nil if there is none.
    public let friedman: TestOutcome?
    /// All pairs of systems.
    public let comparisons: [Comparison]

    init(of criterion: Criterion, in test: ListeningTest, from table: AnswerTable) {
        func row(_ stimulus: Stimulus, trial: Int?) -> Row {
            let means = table.listeners.compactMap {
                table.means(of: [stimulus], by: $0, criterion: criterion, trial: trial)?.first
            }
            return Row(stimulus: stimulus, estimate: Estimate(of: means))
        }
        let stimuli = test.trials.indices.map { test.stimuli(on: PageID(criterion, trial: $0)) }
        let systems = test.systems.map(Stimulus.system)
        let others = [Stimulus.hiddenReference, .lowAnchor, .midAnchor].filter(stimuli.joined().contains)
        self.criterion = criterion
        overall = (systems + others).map { row($0, trial: nil) }
        trials = stimuli.enumerated().map { trial, stimuli in stimuli.map { row($0, trial: trial) } }

        friedman = TestOutcome.friedman(
            table.listeners.compactMap { table.means(of: systems, by: $0, criterion: criterion) })
        let pairs = test.systems.pairs.map { first, second in
            let differences = table.listeners
                .compactMap { table.means(of: [.system(first), .system(second)], by: $0, criterion: criterion) }
                .map { $0[0] - $0[1] }
            return (first, second, Estimate(of: differences), TestOutcome.wilcoxon(differences))
        }
        var adjusted = Holm.adjust(pairs.compactMap { $0.3?.p })[...]
        comparisons = pairs.map { first, second, difference, outcome in
            Comparison(
                first: first, second: second, difference: difference, outcome: outcome,
                adjustedP: outcome == nil ? nil : adjusted.popFirst())
        }
    }
}
