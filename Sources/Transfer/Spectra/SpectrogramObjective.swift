// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import Optimizers
import Spectrogram

/// `L(x) = w L_style(F(x)) + alpha L_content(F(x)) + energies` over the maps F of a network over spectra; x is a log magnitude
/// spectrogram `[frames, bins]`, or that of a waveform under a preconditioner, whose phases are its own.
final class SpectrogramObjective: TransferObjective {
    let dimension: Int
    /// A log magnitude is not negative: `e^x - 1` could not be one else.
    let bounds: ClosedRange<Float>?
    let start: [Float]
    private let plan: SpectrogramPlan
    private let session: SpectralSession
    private let stored: [StoredMap]
    private let terms: [LossTerm]
    private let isBalanced: Bool
    private let visitors: [SpectralTap: [any FeatureVisitor]]
    /// The content's, where they are the first.
    private let phases: ComplexSpectrogram?
    /// nil where the spectrogram is the variable.
    private let waveform: TransformedWaveform?
    private let waveformLosses: [any WaveformLoss]

    init(_ plan: SpectrogramPlan, content: [Float], styles: [StyleSignal]) throws {
        let (settings, network, threads) = (plan.settings, plan.network, plan.network.threads)
        self.plan = plan
        dimension = plan.dimension

        func spectrogram(_ signal: [Float], samples: Int) -> ComplexSpectrogram {
            plan.transform.transform(LengthFit.pad.fit(signal, to: samples), threads: threads)
        }
        let linear = Array(content.prefix(plan.samples))
        let complex = spectrogram(linear, samples: plan.paddedSamples)
        let contentMap = LogSpectrogram.compressed(complex, threads: threads)
        phases = settings.variable == .spectrum && settings.phase.start == .content ? complex : nil
        let styleMaps = styles.map { style in
            let samples =
                settings.loss == .l2 ? settings.fit.fit(style.samples, to: plan.samples) : style.samples
            return LogSpectrogram.compressed(
                spectrogram(samples, samples: settings.padded(samples.count)), threads: threads)
        }

        let styleLosses = Self.styleLosses(plan, styleMaps, shares: styles.shares)
        let contentLosses: [TapLoss<SpectralTap>]
        (stored, contentLosses) = try Self.contentLosses(plan, contentMap)
        let energies = EnergyLoss.terms(styleMaps, shares: styles.shares, frames: plan.frames, settings: settings)
        let onWaveform = WaveformTerms(content: linear, styles: styles, settings: settings, threads: threads)
        waveformLosses = onWaveform.losses
        let visitors = (styleLosses + contentLosses).visitors().merging(
            energies.isEmpty ? [:] : [.input: energies.map(\.loss)]
        ) { $0 + $1 }
        self.visitors = visitors
        let session = SpectralSession(
            network, frames: plan.frames, taps: plan.taps, rowsAtOnce: plan.rowsAtOnce, gradient: true)
        self.session = session

        var terms =
            styleLosses.terms("style", weight: settings.styleWeight)
            + contentLosses.terms("content", weight: settings.alpha) + onWaveform.terms
        isBalanced = settings.balance == .auto
        if isBalanced {
            LossBalance.balance(
                &terms, envelope: onWaveform.envelope, contentAt: contentLosses.map(\.tap), settings.normalisation
            ) { watchers in
                session.read(
                    contentMap.values, visitors: visitors.merging(watchers.mapValues { [$0] }) { $0 + $1 })
            }
        }
        self.terms = terms + energies.map { LossTerm($0.name, weight: $0.weight, $0.loss) }

        waveform = TransformedWaveform(plan, content: linear, styles: styles)
        if let waveform {
            bounds = nil
            start = [Float](repeating: 0, count: waveform.dimension)
        } else {
            let ceiling = settings.ceiling.map { Float($0) } ?? .infinity
            bounds = 0...ceiling
            let startMap =
                settings.start.changesContent
                ? LogSpectrogram.compressed(
                    spectrogram(
                        settings.startingContent(linear, styles: styles, threads: threads),
                        samples: plan.paddedSamples), threads: threads)
                : contentMap
            start = settings.start.spectrogram(
                content: startMap, styles: Array(zip(styleMaps, styles.shares)), noise: settings.startNoise,
                seed: settings.seed, ceiling: ceiling)
        }
    }

    /// The style's losses. Of its maps no more is kept than they need.
    private static func styleLosses(
        _ plan: SpectrogramPlan, _ maps: [FeatureMap], shares: [Double]
    ) -> [TapLoss<SpectralTap>] {
        let (settings, network) = (plan.settings, plan.network)
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
            let own = divisor(chosen.tap, frames: plan.frames)
            let recorded = sights.compactMap { if case .whole(let recorder) = $0[index] { recorder.map } else { nil } }
            let grams = sights.compactMap { if case .gram(let gram) = $0[index] { gram.values } else { nil } }
            let loss: any FeatureLoss
            if settings.loss == .l2 {
                loss = SquaredErrorLoss(
                    target: MixedSource.mixing(zip(recorded, shares), slots: network.threads), weight: 1,
                    normalisation: settings.normalisation)
            } else if plan.frameTaps.contains(chosen.tap) {
                let scaled = zip(zip(recorded, shares), maps).map { style, map in
                    (style.0, Float((style.1 * own / divisor(chosen.tap, frames: map.rows)).squareRoot()))
                }
                let rows = SpectrogramPlan.shape(of: chosen.tap, frames: plan.frames, in: plan.architecture).rows
                loss = settings.frameStatisticsLoss(
                    target: FeatureMap.stacked(scaled), rows: rows, divisor: own, threads: network.threads)
            } else {
                loss = settings.statisticsLoss(target: GramMatrix.mean(zip(grams, shares)), divisor: own)
            }
            return TapLoss(tap: chosen.tap, share: chosen.weight, loss: loss)
        }
    }

    /// The content's losses on maps, and their targets that lie on disk.
    private static func contentLosses(
        _ plan: SpectrogramPlan, _ map: FeatureMap
    ) throws(Failure) -> ([StoredMap], [TapLoss<SpectralTap>]) {
        guard !plan.contentTaps.isEmpty else { return ([], []) }
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
        let losses = zip(plan.contentTaps, targets).map { chosen, target in
            TapLoss(
                tap: chosen.tap, share: chosen.weight,
                loss: SquaredErrorLoss(target: target, weight: 1, normalisation: settings.normalisation))
        }
        return (stored, losses)
    }

    func evaluate(_ variables: [Float]) throws -> (losses: Losses, gradient: [Float]) {
        let linear = waveform?.signal(of: variables)
        let x = linear.flatMap { waveform?.logMagnitudes(of: $0) } ?? variables
        var gradient = session.evaluate(x, visitors: visitors)
        for map in stored { try map.check() }
        if let waveform, let linear {
            var own = waveform.signalGradient(of: gradient)
            for loss in waveformLosses { loss.evaluate(linear, addingTo: &own) }
            gradient = waveform.gradient(of: own)
        }
        return (terms.losses(balanced: isBalanced), gradient)
    }

    func waveform(
        of x: [Float], listener: (PhaseReconstruction.Progress) throws -> Bool
    ) throws -> [Float] {
        if let waveform { return waveform.signal(of: x) }
        return try waveform(of: x, by: plan.settings.phase, listener: listener)
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
        case .content, .equalised, .vocoded: x = content.values
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
