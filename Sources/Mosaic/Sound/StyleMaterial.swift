// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices

/// All styles one after the other, each at a root mean square of 0.1, as what a mosaic is made of. Each begins on a step of 10 ms.
struct StyleMaterial {
    /// `[channels][samples]`: the content's number of channels, or one.
    var channels: [[Float]]
    /// Their mean.
    var mix: [Float]
    /// Of the mix, every 10 ms.
    var pitch: PitchTrack
    /// `E` of the mix every 10 ms.
    var envelope: BandEnvelope
    /// The rise of bands: ``Score/flux(of:_:steps:)``.
    var flux: [Float]
    /// For each style the steps that are its own.
    var steps: [Range<Int>]
    /// Of each style, to 1.
    var shares: [Double]
    /// Each style's mix at ``YIN/rate``.
    var low: [[Float]] = []
    /// Of all styles.
    var statistics: EnvelopeStatistics
    /// The share of power in partials, 0 to 1, the mean over styles.
    var tonalShare = 0.0
}

extension StyleMaterial {
    /// - Parameter channels: the content's number.
    /// - Throws: ``Failure`` of kind `badData` for a silent style.
    init(
        _ styles: [Mosaic.Style], channels count: Int, _ grid: Grid, _ scale: BandScale, workers: Workers
    ) throws(Failure) {
        let width = styles.allSatisfy { $0.channels.count == count } ? count : 1
        // Steps after which both a step and a sample begin.
        let unit = (1...100).first { grid.rate * $0 % 100 == 0 } ?? 1
        var channels = [[Float]](repeating: [], count: width)
        var (mix, f0, voiced): ([Float], [Float], [Bool]) = ([], [], [])
        var envelopes: [(envelope: BandEnvelope, share: Double)] = []
        var (atSteps, flux, steps, low) = ([Float](), [Float](), [Range<Int>](), [[Float]]())
        var tonal = 0.0
        let weights = styles.reduce(0) { $0 + $1.weight }
        for (index, style) in styles.enumerated() {
            let heard = style.channels.map(withoutMean)
            var own = mixed(heard, grid)
            let level = soundLevel(of: [own])
            guard level > 1e-6 else {
                throw Failure(
                    .badData, "cannot transfer", why: "the style\(styles.count > 1 ? " \(index + 1)" : "") is silent",
                    remedy: "give another one, or another part of it (--style-start)")
            }
            let gain = Float(0.1 / level)
            for t in own.indices { own[t] *= gain }
            let rough = try analysed(own, gain: 1, grid)
            let pitch = YIN.track(rough, workers: workers).fitted(to: grid.steps(own.count))
            let envelope = DensityEnvelope.measure(
                own, gain: 1, f0: pitch.atFrames(grid.frames(own.count), of: grid), grid, scale, workers: workers)
            let share = style.weight / weights
            envelopes.append((envelope, share))
            tonal += share * TonalShare.of(rough)
            low.append(rough)
            let first = f0.count
            let padded = styles.count == 1 ? pitch.count : (pitch.count + unit - 1) / unit * unit
            let fitted = pitch.fitted(to: padded)
            f0 += fitted.f0
            voiced += fitted.isVoiced
            atSteps += envelope.atSteps(padded, of: grid).values
            flux += Score.flux(of: envelope, grid, steps: padded)
            steps.append(first..<first + pitch.count)
            let end = styles.count == 1 ? own.count : Int((Double(f0.count) * grid.step).rounded())
            mix += own + [Float](repeating: 0, count: end - mix.count - own.count)
            for c in 0..<width {
                let samples = width == 1 ? own : heard[c].map { $0 * gain }
                channels[c] += samples + [Float](repeating: 0, count: end - channels[c].count - samples.count)
            }
        }
        var envelope = BandEnvelope(frames: 0, bands: scale.count)
        envelope.values = atSteps
        self.init(
            channels: channels, mix: mix, pitch: PitchTrack(f0: f0, isVoiced: voiced), envelope: envelope, flux: flux,
            steps: steps,
            shares: styles.map { $0.weight / weights }, low: low, statistics: EnvelopeStatistics(envelopes),
            tonalShare: tonal)
    }
}

extension StyleMaterial {
    /// Finds a way through several styles on which each has its share of the time, within 2 %: what is used too much is made to cost more, up to
    /// eight times.
    ///
    /// - Parameters:
    ///   - find: finds the best way, given what each step costs besides; nil where it was ended.
    ///   - usage: the steps that a way uses.
    func balanced<Way>(_ find: ([Float]?) -> Way?, usage: (Way) -> [Int]) -> Way? {
        guard steps.count > 1 else { return find(nil) }
        var costs = [Float](repeating: 0, count: steps.count)
        var best: (way: Way, error: Double)?
        for round in 0..<8 {
            var biases = [Float](repeating: 4, count: pitch.count)
            for (range, cost) in zip(steps, costs) { for step in range { biases[step] = cost } }
            guard let way = find(biases) else { return nil }
            let used = usage(way)
            let excesses = zip(steps, shares).map { range, share in
                Double(used.count { range.contains($0) }) / Double(max(used.count, 1)) - share
            }
            let error = excesses.map(abs).max() ?? 0
            if error < best?.error ?? .infinity { best = (way, error) }
            if error < 0.02 { break }
            // Smaller steps later, so that it settles.
            for index in costs.indices { costs[index] += Float(4 * excesses[index] / Double(round + 1).squareRoot()) }
        }
        return best?.way
    }
}
