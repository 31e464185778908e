// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import Optimizers
import Spectrogram

/// `L(x) = w L_style(F(x)) + alpha L_content(F(x)) + energies` over the maps F of a network over spectra; x is a log magnitude
/// spectrogram `[frames, bins]`.
final class SpectrogramObjective: TransferObjective {
    let dimension: Int
    /// A log magnitude is not negative: `e^x - 1` could not be one else.
    let bounds: ClosedRange<Float>?
    let start: [Float]
    private let plan: SpectrogramPlan
    private let session: SpectralSession
    private let stored: [StoredMap]
    private let terms: [Term]
    private let visitors: [SpectralTap: [any FeatureVisitor]]
    /// The content's, where they are the first.
    private let phases: ComplexSpectrogram?

    /// A loss on one map, with its share of a named term.
    private struct Term {
        let name: String
        let tap: SpectralTap
        let share: Double
        /// Of the named term in the total.
        let weight: Double
        let loss: any FeatureLoss
    }

    init(_ plan: SpectrogramPlan, content: [Float], styles: [StyleSignal]) throws {
        let (settings, network, threads) = (plan.settings, plan.network, plan.network.threads)
        self.plan = plan
        dimension = plan.dimension

        func spectrogram(_ signal: [Float], samples: Int) -> ComplexSpectrogram {
            plan.transform.transform(LengthFit.pad.fit(signal, to: samples), threads: threads)
        }
        let complex = spectrogram(Array(content.prefix(plan.samples)), samples: plan.paddedSamples)
        let contentMap = LogSpectrogram.compressed(complex, threads: threads)
        phases = settings.phase.start == .content ? complex : nil
        let styleMaps = styles.map { style in
            let samples =
                settings.loss == .l2 ? settings.fit.fit(style.samples, to: plan.samples) : style.samples
            return LogSpectrogram.compressed(
                spectrogram(samples, samples: settings.padded(samples.count)), threads: threads)
        }

        var terms = try Self.styleTerms(plan, styleMaps, shares: styles.shares)
        (stored, terms) = try Self.addingContent(plan, contentMap, to: terms)
        terms += EnergyLoss.terms(styleMaps, shares: styles.shares, frames: plan.frames, settings: settings).map {
            Term(name: $0.name, tap: .input, share: 1, weight: $0.weight, loss: $0.loss)
        }
        self.terms = terms
        visitors = terms.reduce(into: [:]) { $0[$1.tap, default: []].append($1.loss) }
        bounds = 0...(settings.ceiling.map { Float($0) } ?? .infinity)
        start = settings.start.spectrogram(
            content: contentMap, styles: Array(zip(styleMaps, styles.shares)), noise: settings.startNoise,
            seed: settings.seed, ceiling: settings.ceiling.map { Float($0) } ?? .infinity)
        session = SpectralSession(
            network, frames: plan.frames, taps: plan.taps, rowsAtOnce: plan.rowsAtOnce, gradient: true)
    }

    /// The style's losses. Of its maps no more is kept than they need.
    private static func styleTerms(
        _ plan: SpectrogramPlan, _ maps: [FeatureMap], shares: [Double]
    ) throws(Failure) -> [Term] {
        let (settings, network) = (plan.settings, plan.network)
        func term(_ chosen: LayerSelection.Weighted<SpectralTap>, _ loss: any FeatureLoss) -> Term {
            Term(name: "style", tap: chosen.tap, share: chosen.weight, weight: settings.styleWeight, loss: loss)
        }
        func divisor(_ tap: SpectralTap, frames: Int) -> Double {
            let shape = SpectrogramPlan.shape(of: tap, frames: frames, in: plan.architecture)
            return settings.gramDivisor.value(rows: shape.rows, columns: shape.columns, frames: frames)
        }
        /// What a tap needs to see of each style.
        enum Sight {
            case whole(FeatureRecorder)
            case gram(GramMatrix)
        }
        let sights = maps.map { map in
            let sights = plan.styleTaps.map { chosen -> Sight in
                settings.loss == .l2 || plan.frameTaps.contains(chosen.tap)
                    ? .whole(FeatureRecorder()) : .gram(GramMatrix(divisor: divisor(chosen.tap, frames: map.rows)))
            }
            let visitors = zip(plan.styleTaps, sights).map { chosen, sight -> (SpectralTap, [any FeatureVisitor]) in
                switch sight {
                case .whole(let recorder): (chosen.tap, [recorder])
                case .gram(let gram): (chosen.tap, [gram])
                }
            }
            if !visitors.isEmpty {
                SpectralSession(
                    network, frames: map.rows, taps: Set(plan.styleTaps.map(\.tap)),
                    rowsAtOnce: plan.rowsAtOnce ?? 1_024, gradient: false
                ).read(map.values, visitors: Dictionary(uniqueKeysWithValues: visitors))
            }
            return sights
        }
        return plan.styleTaps.enumerated().map { index, chosen in
            let weight = settings.styleWeight * chosen.weight
            let (own, normalisation) = (divisor(chosen.tap, frames: plan.frames), settings.normalisation)
            let recorded = sights.compactMap { if case .whole(let recorder) = $0[index] { recorder.map } else { nil } }
            let grams = sights.compactMap { if case .gram(let gram) = $0[index] { gram.values } else { nil } }
            if settings.loss == .l2 {
                return term(
                    chosen,
                    SquaredErrorLoss(
                        target: MixedSource.mixing(zip(recorded, shares), slots: network.threads), weight: weight,
                        normalisation: normalisation))
            }
            if plan.frameTaps.contains(chosen.tap) {
                let scaled = zip(zip(recorded, shares), maps).map { style, map in
                    (style.0, Float((style.1 * own / divisor(chosen.tap, frames: map.rows)).squareRoot()))
                }
                let rows = SpectrogramPlan.shape(of: chosen.tap, frames: plan.frames, in: plan.architecture).rows
                return term(
                    chosen,
                    FrameGramLoss(
                        target: FeatureMap.stacked(scaled), rows: rows, divisor: own, weight: weight,
                        normalisation: normalisation, threads: network.threads))
            }
            return term(
                chosen,
                GramLoss(
                    target: GramMatrix.mean(zip(grams, shares)), weight: weight, normalisation: normalisation,
                    divisor: own))
        }
    }

    /// The content's losses behind others, and their targets that lie on disk.
    private static func addingContent(
        _ plan: SpectrogramPlan, _ map: FeatureMap, to terms: [Term]
    ) throws(Failure) -> ([StoredMap], [Term]) {
        guard !plan.contentTaps.isEmpty else { return ([], terms) }
        let (settings, network) = (plan.settings, plan.network)
        var (stored, targets): ([StoredMap], [any FeatureSource]) = ([], [])
        var visitors: [SpectralTap: [any FeatureVisitor]] = [:]
        var recorders: [FeatureRecorder] = []
        for chosen in plan.contentTaps {
            if let folder = plan.contentFolder {
                let shape = SpectrogramPlan.shape(of: chosen.tap, frames: plan.frames, in: plan.architecture)
                stored.append(
                    try StoredMap(
                        rows: shape.rows, columns: shape.columns, slots: network.threads, inFolder: folder))
                visitors[chosen.tap] = stored.suffix(1)
            } else {
                recorders.append(FeatureRecorder())
                visitors[chosen.tap] = recorders.suffix(1)
            }
        }
        SpectralSession(
            network, frames: map.rows, taps: Set(visitors.keys), rowsAtOnce: plan.rowsAtOnce ?? 1_024, gradient: false
        ).read(map.values, visitors: visitors)
        for map in stored { try map.check() }
        targets = stored.isEmpty ? recorders.map(\.map) : stored
        return (
            stored,
            terms
                + zip(plan.contentTaps, targets).map { chosen, target in
                    Term(
                        name: "content", tap: chosen.tap, share: chosen.weight, weight: settings.alpha,
                        loss: SquaredErrorLoss(
                            target: target, weight: settings.alpha * chosen.weight,
                            normalisation: settings.normalisation))
                }
        )
    }

    func evaluate(_ x: [Float]) throws -> (losses: Losses, gradient: [Float]) {
        let gradient = session.evaluate(x, visitors: visitors)
        for map in stored { try map.check() }
        // Style and content always, as every backend has them.
        var names = ["style", "content"]
        for term in terms where !names.contains(term.name) { names.append(term.name) }
        let values = names.map { name in
            Losses.Term(
                name, terms.reduce(0) { $1.name == name ? $0 + $1.share * $1.loss.value : $0 })
        }
        let total = terms.reduce(0) { $0 + $1.weight * $1.share * $1.loss.value }
        return (Losses(total: total, terms: values), gradient)
    }

    func waveform(
        of x: [Float], listener: (PhaseReconstruction.Progress) throws -> Bool
    ) throws -> [Float] {
        try waveform(of: x, by: plan.settings.phase, listener: listener)
    }

    /// The same by another search for phases.
    func waveform(
        of x: [Float], by phase: PhaseReconstruction,
        listener: (PhaseReconstruction.Progress) throws -> Bool = { _ in true }
    ) rethrows -> [Float] {
        let magnitudes = LogSpectrogram.magnitudes(
            of: x, frames: plan.frames, bins: plan.architecture.bins, threads: plan.network.threads)
        let signal = try phase.signal(
            of: magnitudes, by: plan.transform, samples: plan.paddedSamples, phases: phases,
            threads: plan.network.threads, listener: listener)
        return Array(signal.prefix(plan.samples))
    }
}

extension FeatureMap {
    /// Maps of one width, one after the other, each times a factor.
    static func stacked(_ maps: [(FeatureMap, Float)]) -> FeatureMap {
        let result = FeatureMap(rows: maps.reduce(0) { $0 + $1.0.rows }, columns: maps.first?.0.columns ?? 0)
        var row = 0
        for (map, factor) in maps {
            let (from, to) = (map.pointer(row: 0), result.pointer(row: row))
            for index in 0..<map.rows * map.columns { to[index] = factor * from[index] }
            row += map.rows
        }
        return result
    }
}

extension StartMode {
    /// The first x: a log spectrogram `[frames, bins]` between 0 and `ceiling`.
    ///
    /// - Parameters:
    ///   - content: what `content` means.
    ///   - styles: with their shares; each repeated or cut to the content's length.
    ///   - noise: deviation of normal noise that is added at the end; `noise` is nothing else, and `mix` takes its share of a
    ///     spectrum that is uniform between 0 and the content's largest value.
    ///   - seed: decides both.
    func spectrogram(
        content: FeatureMap, styles: [(FeatureMap, Double)], noise: Double, seed: UInt64, ceiling: Float
    ) -> [Float] {
        // Another sequence than the network's.
        var generator = SeededGenerator(seed: seed ^ 0x5354_4152)
        let count = content.rows * content.columns
        var x: [Float]
        switch self {
        case .content: x = content.values
        case .noise: x = [Float](repeating: 0, count: count)
        case .style:
            x = [Float](repeating: 0, count: count)
            for (style, share) in styles {
                for row in 0..<content.rows {
                    let values = style.pointer(row: row % style.rows)
                    for column in 0..<content.columns {
                        x[row * content.columns + column] += Float(share) * values[column]
                    }
                }
            }
        case .mix(let share):
            let values = content.values
            let largest = values.max() ?? 0
            x = values.map { Float(1 - share) * $0 + Float(share) * largest * (0.5 + 0.5 * generator.uniform()) }
        }
        if noise > 0 { for index in x.indices { x[index] += Float(noise) * generator.normal() } }
        for index in x.indices { x[index] = min(max(x[index], 0), ceiling) }
        return x
    }
}
