// SPDX-License-Identifier: Apache-2.0
import Files

/// A blind listening test: what is compared, how, and by which order.
///
/// A page asks for one criterion of one trial. Its stimuli are the outputs of all systems; for MUSHRA (ITU-R BS.1534-3) with a hidden copy of
/// the open reference (``Criterion`` says which sound that is), the low anchor, which is the reference low-passed at 3.5 kHz, and
/// the mid-range anchor, low-passed at 7 kHz, if there is one. For `ab`, a page has two systems; there are pages for all pairs.
///
/// The anchors of the standard are degraded in quality. For content and style, they say how much of a rating is mere
/// bandwidth; that listeners rate them low is expected for quality only.
public struct ListeningTest: Codable, Equatable, Sendable {
    /// How listeners answer.
    public let method: ListeningMethod
    /// What they judge.
    public let criteria: [Criterion]
    /// How many listeners are expected. More or fewer may come.
    public let listeners: Int
    /// Decides all orders and ids. Who knows it can find out which system is which, so that it stays off the pages.
    public let seed: UInt64
    /// What they hear.
    public let trials: [Trial]

    /// How many stimuli a page can have: letters A to Z. The standard recommends at most 12.
    public static let mostStimuli = 26

    /// A test.
    ///
    /// - Throws: ``Failure`` of kind `usage` when there is nothing to judge or compare, a criterion or a system's name
    ///   occurs twice, a name is empty, an anchor is missing, or there are more stimuli than letters.
    public init(
        method: ListeningMethod, criteria: [Criterion], listeners: Int, seed: UInt64, trials: [Trial]
    ) throws(Failure) {
        (self.method, self.criteria, self.listeners) = (method, criteria, listeners)
        (self.seed, self.trials) = (seed, trials)
        try check()
    }

    /// Reads a test, and checks it as the other initialiser does.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            method: container.decode(ListeningMethod.self, forKey: .method),
            criteria: container.decode([Criterion].self, forKey: .criteria),
            listeners: container.decode(Int.self, forKey: .listeners),
            seed: container.decode(UInt64.self, forKey: .seed),
            trials: container.decode([Trial].self, forKey: .trials))
    }

    /// All pages, by criterion and trial.
    public var pages: [PageID] {
        criteria.flatMap { criterion in
            trials.indices.flatMap { trial in
                method == .ab
                    ? pairs(in: trial).indices.map { PageID(criterion, trial: trial, pair: $0) }
                    : [PageID(criterion, trial: trial)]
            }
        }
    }

    /// What is heard on a page, in the order of the test and not of a listener.
    ///
    /// - Parameter page: one of ``pages``; otherwise the result is empty.
    public func stimuli(on page: PageID) -> [Stimulus] {
        guard criteria.contains(page.criterion), trials.indices.contains(page.trial) else { return [] }
        let trial = trials[page.trial]
        switch (method, page.pair) {
        case (.ab, let pair?):
            let pairs = pairs(in: page.trial)
            return pairs.indices.contains(pair) ? [.system(pairs[pair].0), .system(pairs[pair].1)] : []
        case (.rating, nil): return trial.systems.map { .system($0.name) }
        case (.mushra, nil):
            let hasMidAnchor = trial.reference(for: page.criterion).midAnchor != nil
            return trial.systems.map { .system($0.name) } + [.hiddenReference, .lowAnchor]
                + (hasMidAnchor ? [.midAnchor] : [])
        default: return []
        }
    }

    /// Where the sound of a stimulus is; nil if it is not on the page.
    public func path(of stimulus: Stimulus, on page: PageID) -> String? {
        guard stimuli(on: page).contains(stimulus) else { return nil }
        let trial = trials[page.trial]
        let reference = trial.reference(for: page.criterion)
        return switch stimulus.kind {
        case .system: trial.systems.first { $0.name == stimulus.name }?.path
        case .hiddenReference: reference.path
        case .lowAnchor: reference.lowAnchor
        case .midAnchor: reference.midAnchor
        }
    }

    /// Names of all systems, in the order in which trials mention them.
    public var systems: [String] {
        trials.flatMap(\.systems).reduce(into: []) { names, system in
            if !names.contains(system.name) { names.append(system.name) }
        }
    }

    /// All pairs of a trial's systems.
    private func pairs(in trial: Int) -> [(String, String)] {
        trials[trial].systems.map(\.name).pairs
    }

    private func check() throws(Failure) {
        func cannot(_ why: String, at place: String? = nil, remedy: String? = nil) -> Failure {
            Failure(.usage, "cannot make a listening test", at: place, why: why, remedy: remedy)
        }
        if criteria.isEmpty { throw cannot("there is no criterion", remedy: "name content, style or quality") }
        if Set(criteria).count < criteria.count { throw cannot("a criterion is named twice") }
        if listeners < 1 { throw cannot("at least one listener is needed") }
        if trials.isEmpty { throw cannot("there is no result to listen to", remedy: "name finished runs") }
        for (index, trial) in trials.enumerated() {
            let names = trial.systems.map(\.name)
            if Set(names).count < names.count {
                throw cannot("two systems have the same name", at: trial.name, remedy: "give each a name of its own")
            }
            if (names + [trial.content.name, trial.style.name]).contains("") {
                throw cannot("a name is empty", at: trial.name)
            }
            if names.count < (method == .ab ? 2 : 1) {
                throw cannot(
                    method == .ab ? "a comparison needs two systems" : "there is no result to listen to", at: trial.name
                )
            }
            for criterion in criteria where method == .mushra {
                let reference = trial.reference(for: criterion)
                if reference.lowAnchor == nil { throw cannot("'\(reference.name)' has no anchor", at: trial.name) }
            }
            let most = criteria.map { stimuli(on: PageID($0, trial: index)).count }.max() ?? 0
            if most > Self.mostStimuli {
                throw cannot(
                    "\(most) stimuli are more than a page can have, \(Self.mostStimuli)", at: trial.name,
                    remedy: "compare fewer systems")
            }
        }
    }
}

extension Array {
    /// All pairs of elements, in their order.
    var pairs: [(Element, Element)] {
        indices.flatMap { first in self[(first + 1)...].map { (self[first], $0) } }
    }
}
