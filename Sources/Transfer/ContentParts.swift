// SPDX-License-Identifier: Apache-2.0
import Files

/// A content in parts of equal length, which are optimised one after the other where memory does not hold the whole.
///
/// Neighbours overlap by a second, or a quarter of a part where that is less. In the middle half of the overlap one is faded into the
/// other: with w from 0 to 1 and the correlation r of both there, at least 0,
///
///     y = ((1 - w) a + w b) / sqrt((1 - w)^2 + w^2 + 2 r w (1 - w))
///
/// so that the level stays whether both went the same way or not. What lies outside, where a part has seen no neighbour, is left out.
/// Each part is first brought to the root mean square of the content's.
struct ContentParts {
    /// Of the content, in samples.
    let ranges: [Range<Int>]
    /// The most samples of a part.
    let longest: Int
    private let samples: Int

    /// - Parameters:
    ///   - samples: of the content.
    ///   - longest: the most samples of a part.
    init(of samples: Int, longest: Int, sampleRate: Int) {
        (self.samples, self.longest) = (samples, longest)
        guard longest < samples else {
            ranges = [0..<samples]
            return
        }
        let overlap = min(sampleRate, longest / 4)
        let count = (samples - overlap + longest - overlap - 1) / (longest - overlap)
        let length = (samples + (count - 1) * overlap + count - 1) / count
        ranges = (0..<count).map { index in
            let first = min(index * (length - overlap), samples - length)
            return first..<first + length
        }
    }

    /// Bytes of so many sounds that are put together as they grow, of the content's part, and of its sound.
    func bytes(sounds: Int) -> Int { (2 * sounds + 2) * samples * MemoryLayout<Float>.size }

    /// Adds the sound of a part to what is there of the parts before.
    ///
    /// - Parameter content: the part of the content.
    func add(_ part: [Float], as content: [Float], at index: Int, to sound: inout [Float]) {
        func power(_ samples: [Float]) -> Double { samples.reduce(0) { $0 + Double($1) * Double($1) } }
        let loudest = power(part)
        let gain = loudest > 0 ? Float((power(content) / loudest).squareRoot()) : 1
        let part = gain == 1 ? part : part.map { gain * $0 }
        let range = ranges[index]
        let overlap = sound.count - range.lowerBound
        guard overlap > 0 else {
            sound += part
            return
        }
        let fade = range.lowerBound + overlap / 4..<range.lowerBound + overlap * 3 / 4
        var (product, own, other) = (0.0, 0.0, 0.0)
        for t in fade {
            let (a, b) = (Double(sound[t]), Double(part[t - range.lowerBound]))
            (product, own, other) = (product + a * b, own + a * a, other + b * b)
        }
        let r = own > 0 && other > 0 ? max(product / (own * other).squareRoot(), 0) : 1
        for t in fade {
            let w = (Double(t - fade.lowerBound) + 0.5) / Double(fade.count)
            let level = ((1 - w) * (1 - w) + w * w + 2 * r * w * (1 - w)).squareRoot()
            sound[t] = Float(((1 - w) * Double(sound[t]) + w * Double(part[t - range.lowerBound])) / level)
        }
        sound.removeSubrange(fade.upperBound...)
        sound += part[(fade.upperBound - range.lowerBound)...]
    }
}

/// The parts of a content that are finished.
struct FinishedParts: Codable, Sendable {
    /// In samples: what the parts follow from.
    var longest: Int
    var sound = SavedSamples()
    var snapshots: [Int: SavedSamples] = [:]
    /// Without waveforms.
    var outcomes: [TransferRun.Outcome] = []
}

extension TransferRun {
    /// Runs part after part. Where it is stopped, the parts that were not begun are the content's own.
    func run(
        _ parts: ContentParts, of content: [Float], styles: [StyleSignal], keep: KeptIterate, snapshots: Set<Int>,
        from state: consuming RunState?, checkpoint: (CheckpointMoment, RunState) throws -> Void,
        shouldStop: () -> Bool, listener: (Event) throws -> Void
    ) throws -> Outcome {
        var done = state?.parts ?? FinishedParts(longest: parts.longest)
        state?.parts = nil
        let before = done.outcomes.count
        guard before < parts.ranges.count, done.sound.samples.count <= content.count else {
            throw Failure(.badData, "cannot go on", why: "the state is another run's")
        }
        try listener(.prepared(parts: parts.ranges.count))
        for index in before..<parts.ranges.count {
            let part = Array(content[parts.ranges[index]])
            if index > before, done.outcomes.last?.wasStopped ?? false || shouldStop() {
                parts.add(part, as: part, at: index, to: &done.sound.samples)
                continue
            }
            let seconds = done.outcomes.reduce(0) { $0 + $1.totalSeconds }
            var own = state?.partSnapshots ?? [:]
            let objective: any TransferObjective
            do {
                // All parts are of one length.
                objective = try backend.fittingObjective(
                    content: part, styles: styles, settings: settings,
                    strategy: state?.strategy ?? done.outcomes.last?.strategy)
            } catch let shortage as MemoryShortage {
                throw try backend.tooLittleMemory(shortage, part, styles, settings)
            }
            let start = state
            state = nil
            var outcome = try run(
                objective, keep: keep, snapshots: snapshots, monitor: nil, from: consume start,
                checkpoint: { moment, state in
                    var state = state
                    (state.parts, state.partSnapshots) = (done, own)
                    try checkpoint(moment, state)
                }, shouldStop: shouldStop
            ) { event in
                switch event {
                case .accepted(var line):
                    guard index == 0 || line.iteration > 0 else { return }
                    line.iteration += index * settings.iterations
                    line.seconds += seconds
                    try listener(.accepted(line))
                case .snapshot(let iteration, let waveform): own[iteration] = SavedSamples(samples: waveform)
                case .prepared, .reconstructed: try listener(event)
                }
            }
            parts.add(outcome.waveform, as: part, at: index, to: &done.sound.samples)
            for iteration in snapshots {
                parts.add(
                    own[iteration]?.samples ?? outcome.waveform, as: part, at: index,
                    to: &done.snapshots[iteration, default: SavedSamples()].samples)
            }
            outcome.waveform = []
            done.outcomes.append(outcome)
        }
        let outcomes = done.outcomes
        var whole = outcomes[0]
        whole.waveform = done.sound.samples
        whole.first = outcomes.map(\.first).mean
        whole.kept = outcomes.map(\.kept).mean
        whole.reached = outcomes.map(\.reached).max() ?? 0
        whole.wasStopped = outcomes.contains(where: \.wasStopped) || outcomes.count < parts.ranges.count
        whole.strategy.parts = parts.ranges.count
        whole.evaluations = outcomes.reduce(0) { $0 + $1.evaluations }
        whole.totalSeconds = outcomes.reduce(0) { $0 + $1.totalSeconds }
        whole.ending =
            outcomes.count < parts.ranges.count
            ? "of \(parts.ranges.count) parts the last \(parts.ranges.count - outcomes.count) are the content's own"
            : outcomes.compactMap(\.ending).first
        whole.failure = outcomes.compactMap(\.failure).first
        if !whole.wasStopped {
            for (iteration, sound) in done.snapshots.sorted(by: { $0.key < $1.key }) {
                try listener(.snapshot(iteration: iteration, waveform: sound.samples))
            }
        }
        return whole
    }
}

extension [TraceLine] {
    /// The mean of losses, at the last iteration of all; parts are equally long.
    fileprivate var mean: TraceLine {
        var line = self[0]
        line.iteration = map(\.iteration).max() ?? 0
        line.seconds = map(\.seconds).reduce(0, +)
        line.losses.total = map(\.losses.total).reduce(0, +) / Double(count)
        for index in line.losses.terms.indices {
            line.losses.terms[index].value = map { $0.losses.terms[index].value }.reduce(0, +) / Double(count)
        }
        return line
    }
}
