// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices

/// A cochlear band's compressed envelope, of a sound of N samples, and its statistics.
///
/// The envelope is known by its spectrum E up to 200 Hz, `e[t] = E[0] + 2 Re sum_k E[k] e^(2 pi i k t / M)`, of which M samples are
/// taken. With d = e - mean, v the mean of d^2, and small floors below everything that divides:
///
/// - modulation power: `2 sum_k |E[k]|^2 H[k]^2 / v`
/// - C1 of bands a and b: `Re sum_k E_a[k] E_b[k]* H[k]^2` over the root of both with themselves
/// - C2 of adjacent octaves with analytic modulations z and w: `mean(Re c Re w)` and `mean(Re c Im w)`, `c = z^2 / |z|`, over the root of
///   `mean (Re c)^2 mean (Re w)^2`
///
/// What goes back from a loss L through complex values X is `dL/dRe X + i dL/dIm X`.
final class EnvelopeBand: @unchecked Sendable {
    /// Below envelopes, squared: 100 dB below full scale. Without it their slope at silence would be infinite.
    private static let floor = 1e-10
    private static let compression = 0.3
    /// Below variances of compressed envelopes and of modulations; the root of it, where a sound does not vary, is small beside any mean.
    private static let leastVariance = 1e-8
    /// Below |z|^2.
    private static let leastModulation = 1e-12
    private static let octaveCount = ModulationBanks.octaveBands

    /// What one worker has for whatever band it is at.
    struct Scratch: Sendable {
        let work: AlignedBuffer<Double>
        let spare: AlignedBuffer<Double>
        /// The gradient on E.
        let slopes: AlignedBuffer<Double>
        /// ``EnvelopeBand/octaves`` where bands do not keep them.
        let octaves: AlignedBuffer<Double>?

        init(largest: Int, slow: Int, modulations: Int, gradient: Bool) {
            let count = 2 * max(largest, slow)
            (work, spare) = (AlignedBuffer(count: count), AlignedBuffer(count: count))
            slopes = AlignedBuffer(count: gradient ? 2 * modulations : 0)
            octaves = gradient ? nil : AlignedBuffer(count: EnvelopeBand.octaveCount * 2 * slow)
        }
    }

    private let first: Int
    /// Times X these are the analytic signal's values: `2 H / N`, but once at 0 and at half the sample rate.
    private let gains: BandGains
    /// The place at half the sample rate, where it is in the band.
    private let middle: Int?
    private let fast: ComplexTransform
    private let slow: ComplexTransform
    /// Values of E.
    private let modulations: Int
    private let banks: ModulationBanks
    /// The analytic signal, later the gradient on the sound's spectrum, and `de/da / a`; nil without a backward pass.
    private let subband: AlignedBuffer<Double>?
    private let factors: AlignedBuffer<Double>?
    /// E, d, and the analytic modulations of octaves, one after the other.
    private let spectrum: AlignedBuffer<Double>
    private let deviations: AlignedBuffer<Double>
    private let octaves: AlignedBuffer<Double>?

    private var mean = 0.0
    private var variance = 0.0
    private var third = 0.0
    private var fourth = 0.0
    private var subbandVariance = 0.0
    private var powers = [Double](repeating: 0, count: ModulationBanks.powerBands)
    /// `2 sum |E|^2 H^2` of each octave, with its floor.
    private var octaveVariances = [Double](repeating: 0, count: octaveCount)
    /// C2: real and imaginary part of each pair, and what they are divided by.
    private var phases = [(re: Double, im: Double, slow: Double, fast: Double)](
        repeating: (0, 0, 1, 1), count: octaveCount - 1)
    /// With the bands above, by pair.
    private var correlations: [(pair: Int, value: Double)] = []
    private var octaveCorrelations: [(pair: Int, value: Double)] = []

    init(
        _ filter: BandGains, of length: Int, _ fast: ComplexTransform, slow: ComplexTransform, modulations: Int,
        _ banks: ModulationBanks, gradient: Bool
    ) {
        (self.fast, self.slow, self.modulations, self.banks) = (fast, slow, modulations, banks)
        first = filter.first
        let end = length / 2
        middle = filter.first + filter.count > end ? end - filter.first : nil
        gains = BandGains(filter.first..<filter.first + filter.count) { bin in
            (bin == 0 || bin == end ? 1 : 2) * filter.gains.unsafePointer[bin - filter.first] / Double(length)
        }
        subband = gradient ? AlignedBuffer(count: 2 * fast.size) : nil
        factors = gradient ? AlignedBuffer(count: fast.size) : nil
        spectrum = AlignedBuffer(count: 2 * modulations)
        deviations = AlignedBuffer(count: slow.size)
        octaves = gradient ? AlignedBuffer(count: Self.octaveCount * 2 * slow.size) : nil
    }

    private var own: SplitComplex { SplitComplex(spectrum, count: modulations) }
    private var floored: Double { variance + Self.leastVariance }
    private func octave(_ band: Int, _ scratch: Scratch) -> SplitComplex? {
        (octaves ?? scratch.octaves).map { SplitComplex($0, at: 2 * slow.size * band, count: slow.size) }
    }

    // MARK: - Forward pass

    /// From the sound's spectrum to all that this band alone has.
    func analyse(_ sound: SplitComplex, _ scratch: Scratch) {
        findEnvelope(sound, scratch)
        findMoments(scratch)
        let own = own
        for (number, filter) in banks.power.enumerated() {
            var sum = 0.0
            filter.forEach { sum += 2 * (own.re[$0] * own.re[$0] + own.im[$0] * own.im[$0]) * $1 }
            powers[number] = sum
        }
        findOctaves(scratch)
    }

    private func findEnvelope(_ sound: SplitComplex, _ scratch: Scratch) {
        let (size, gains) = (fast.size, gains.gains.unsafePointer)
        let (work, spare) = (SplitComplex(scratch.work, count: size), SplitComplex(scratch.spare, count: size))
        let values = subband.map { SplitComplex($0, count: size) } ?? work
        values.clear(self.gains.count..<size)
        var power = 0.0
        for index in 0..<self.gains.count {
            let (re, im) = (gains[index] * sound.re[first + index], gains[index] * sound.im[first + index])
            (values.re[index], values.im[index]) = (re, im)
            // The mean is no part of a variance; what has no conjugate counts once.
            if first + index > 0 { power += (re * re + im * im) / (index == middle ? 1 : 2) }
        }
        subbandVariance = power
        fast.inverseTransform(values, spare: spare)
        for time in 0..<size {
            let power = values.re[time] * values.re[time] + values.im[time] * values.im[time] + Self.floor
            let envelope = pow(power, Self.compression / 2)
            factors?.unsafePointer[time] = Self.compression * envelope / power
            (work.re[time], work.im[time]) = (envelope, 0)
        }
        fast.transform(work, spare: spare)
        for bin in 0..<modulations {
            (own.re[bin], own.im[bin]) = (work.re[bin] / Double(size), work.im[bin] / Double(size))
        }
    }

    private func findMoments(_ scratch: Scratch) {
        let (size, deviations) = (slow.size, deviations.unsafePointer)
        let (work, spare) = (SplitComplex(scratch.work, count: size), SplitComplex(scratch.spare, count: size))
        work.clear(0..<size)
        for bin in 1..<modulations { (work.re[bin], work.im[bin]) = (2 * own.re[bin], 2 * own.im[bin]) }
        slow.inverseTransform(work, spare: spare)
        mean = own.re[0]
        var sums = (0.0, 0.0, 0.0)
        for time in 0..<size {
            let value = work.re[time]
            deviations[time] = value
            let square = value * value
            sums = (sums.0 + square, sums.1 + square * value, sums.2 + square * square)
        }
        (variance, third, fourth) = (sums.0 / Double(size), sums.1 / Double(size), sums.2 / Double(size))
    }

    private func findOctaves(_ scratch: Scratch) {
        let (size, own) = (slow.size, own)
        let spare = SplitComplex(scratch.spare, count: size)
        for (number, filter) in banks.octaves.enumerated() {
            guard let values = octave(number, scratch) else { return }
            values.clear(0..<size)
            var sum = Self.leastVariance
            filter.forEach { bin, gain in
                let (re, im) = (2 * gain * own.re[bin], 2 * gain * own.im[bin])
                (values.re[bin], values.im[bin]) = (re, im)
                sum += (re * re + im * im) / 2
            }
            octaveVariances[number] = sum
            slow.inverseTransform(values, spare: spare)
        }
        for pair in phases.indices {
            guard let z = octave(pair, scratch), let w = octave(pair + 1, scratch) else { return }
            var (re, im, slow, fast) = (0.0, 0.0, 0.0, 0.0)
            for time in 0..<size {
                let coarse = Self.doubled(z.re[time], z.im[time]).value
                re += coarse * w.re[time]
                im += coarse * w.im[time]
                slow += coarse * coarse
                fast += w.re[time] * w.re[time]
            }
            let count = Double(size)
            (slow, fast) = (slow / count + Self.leastVariance, fast / count + Self.leastVariance)
            let divisor = (slow * fast).squareRoot() * count
            phases[pair] = (re / divisor, im / divisor, slow, fast)
        }
    }

    /// `Re z^2 / |z|`, and one over |z|.
    private static func doubled(_ re: Double, _ im: Double) -> (value: Double, inverse: Double) {
        let inverse = 1 / (re * re + im * im + leastModulation).squareRoot()
        return ((re * re - im * im) * inverse, inverse)
    }

    /// What this band, by its number, has in common with those above; all have been analysed.
    func compare(_ number: Int, with bands: [EnvelopeBand]) {
        correlations.removeAll(keepingCapacity: true)
        BandPairs.envelopes.forEachUpper(of: number) { pair, partner in
            let (one, other) = (deviations.unsafePointer, bands[partner].deviations.unsafePointer)
            var sum = 0.0
            for time in 0..<slow.size { sum += one[time] * other[time] }
            let value = sum / Double(slow.size) / (floored * bands[partner].floored).squareRoot()
            correlations.append((pair, value))
        }
        octaveCorrelations.removeAll(keepingCapacity: true)
        for octave in 1..<Self.octaveCount {
            BandPairs.octaves.forEachUpper(of: number) { pair, partner in
                let (one, other) = (own, bands[partner].own)
                var sum = 0.0
                banks.octaves[octave].forEach { bin, gain in
                    sum += 2 * gain * gain * (one.re[bin] * other.re[bin] + one.im[bin] * other.im[bin])
                }
                let divisor = octaveVariances[octave] * bands[partner].octaveVariances[octave]
                octaveCorrelations.append((Self.place(octave, pair), sum / divisor.squareRoot()))
            }
        }
    }

    /// Of C1 of a pair in an octave.
    private static func place(_ octave: Int, _ pair: Int) -> Int { (octave - 1) * BandPairs.octaves.count + pair }

    /// Writes down what this band, by its number, has found.
    func enter(_ number: Int, into statistics: inout TextureStatistics) {
        statistics[.mean][number] = mean
        statistics[.variation][number] = variance / (mean * mean)
        statistics[.skewness][number] = third / pow(floored, 1.5)
        statistics[.kurtosis][number] = fourth / (floored * floored)
        statistics[.subbandVariance][number] = subbandVariance
        for (pair, value) in correlations { statistics[.correlation][pair] = value }
        for (band, power) in powers.enumerated() {
            statistics[.modulationPower][number * powers.count + band] =
                banks.power[band].count > 0 ? power / floored : .nan
        }
        for (place, value) in octaveCorrelations {
            let octave = 1 + place / BandPairs.octaves.count
            statistics[.octaveCorrelation][place] = banks.octaves[octave].count > 0 ? value : .nan
        }
        for (pair, phase) in phases.enumerated() {
            let isThere = banks.octaves[pair].count > 0
            let place = (number * phases.count + pair) * 2
            statistics[.phaseCorrelation][place] = isThere ? phase.re : .nan
            statistics[.phaseCorrelation][place + 1] = isThere ? phase.im : .nan
        }
    }

    // MARK: - Backward pass

    /// From derivatives with respect to the statistics to the gradient on the sound's spectrum, which is kept.
    func goBack(
        _ number: Int, _ slopes: TextureStatistics, _ bands: [EnvelopeBand], _ sound: SplitComplex, _ scratch: Scratch
    ) {
        let gradient = SplitComplex(scratch.slopes, count: modulations)
        goBackThroughSamples(number, slopes, bands, gradient, scratch)
        goBackThroughSpectrum(number, slopes, bands, gradient)
        goBackThroughOctaves(number, slopes, gradient, scratch)
        goBackThroughEnvelope(gradient, 2 * slopes[.subbandVariance][number], sound, scratch)
    }

    /// The part on E of what is measured of e itself.
    private func goBackThroughSamples(
        _ number: Int, _ slopes: TextureStatistics, _ bands: [EnvelopeBand], _ gradient: SplitComplex,
        _ scratch: Scratch
    ) {
        let (size, count) = (slow.size, Double(slow.size))
        let (work, spare) = (SplitComplex(scratch.work, count: size), SplitComplex(scratch.spare, count: size))
        let (skewness, kurtosis) = (slopes[.skewness][number], slopes[.kurtosis][number])
        let variation = slopes[.variation][number]
        let (onThird, onFourth) = (skewness / pow(floored, 1.5), kurtosis / (floored * floored))
        var onVariance = variation / (mean * mean) - (1.5 * onThird * third + 2 * onFourth * fourth) / floored
        for (band, power) in powers.enumerated() {
            onVariance -= slopes[.modulationPower][number * powers.count + band] * power / (floored * floored)
        }
        let onMean = slopes[.mean][number] - 2 * variation * variance / (mean * mean * mean)
        work.clear(0..<size)
        BandPairs.envelopes.forEachPartner(of: number) { pair, partner in
            let slope = slopes[.correlation][pair]
            let other = bands[partner]
            let scale = slope / (floored * other.floored).squareRoot() / count
            let lower = partner < number ? other : self
            let value = lower.correlations.first { $0.pair == pair }?.value ?? 0
            onVariance -= slope * value / (2 * floored)
            let deviations = other.deviations.unsafePointer
            for time in 0..<size { work.re[time] += scale * deviations[time] }
        }
        let deviations = deviations.unsafePointer
        for time in 0..<size {
            let value = deviations[time]
            let cubic = 3 * onThird * (value * value - variance) + 4 * onFourth * (value * value * value - third)
            work.re[time] += (onMean + 2 * onVariance * value + cubic) / count
        }
        slow.transform(work, spare: spare)
        for bin in 0..<modulations {
            let twice: Double = bin == 0 ? 1 : 2
            (gradient.re[bin], gradient.im[bin]) = (twice * work.re[bin], twice * work.im[bin])
        }
    }

    /// Modulation power, and C1.
    private func goBackThroughSpectrum(
        _ number: Int, _ slopes: TextureStatistics, _ bands: [EnvelopeBand], _ gradient: SplitComplex
    ) {
        let own = own
        for (band, filter) in banks.power.enumerated() {
            let scale = 4 * slopes[.modulationPower][number * powers.count + band] / floored
            filter.forEach { bin, gain in
                gradient.re[bin] += scale * gain * own.re[bin]
                gradient.im[bin] += scale * gain * own.im[bin]
            }
        }
        for octave in 1..<Self.octaveCount {
            BandPairs.octaves.forEachPartner(of: number) { pair, partner in
                let (place, other) = (Self.place(octave, pair), bands[partner])
                let slope = slopes[.octaveCorrelation][place]
                let lower = partner < number ? other : self
                let value = lower.octaveCorrelations.first { $0.pair == place }?.value ?? 0
                let onOther = 2 * slope / (octaveVariances[octave] * other.octaveVariances[octave]).squareRoot()
                let onOwn = -2 * slope * value / octaveVariances[octave]
                banks.octaves[octave].forEach { bin, gain in
                    let square = gain * gain
                    gradient.re[bin] += square * (onOther * other.own.re[bin] + onOwn * own.re[bin])
                    gradient.im[bin] += square * (onOther * other.own.im[bin] + onOwn * own.im[bin])
                }
            }
        }
    }

    /// C2: each octave is the slower one of one pair and the faster one of another.
    private func goBackThroughOctaves(
        _ number: Int, _ slopes: TextureStatistics, _ gradient: SplitComplex, _ scratch: Scratch
    ) {
        let (size, count) = (slow.size, Double(slow.size))
        let (work, spare) = (SplitComplex(scratch.work, count: size), SplitComplex(scratch.spare, count: size))
        /// Derivatives with respect to the two means of products, and to `mean (Re c)^2` and `mean (Re w)^2`, over M.
        func scales(_ pair: Int) -> (re: Double, im: Double, slow: Double, fast: Double) {
            let (place, phase) = ((number * phases.count + pair) * 2, phases[pair])
            let (re, im) = (slopes[.phaseCorrelation][place], slopes[.phaseCorrelation][place + 1])
            let divisor = (phase.slow * phase.fast).squareRoot() * count
            let both = -(re * phase.re + im * phase.im) / count
            // Of the squares: twice the half.
            return (re / divisor, im / divisor, both / phase.slow, both / phase.fast)
        }
        for (number, filter) in banks.octaves.enumerated() {
            guard let z = octave(number, scratch) else { return }
            work.clear(0..<size)
            if number < phases.count, let w = octave(number + 1, scratch) {
                let scale = scales(number)
                for time in 0..<size {
                    let (re, im) = (z.re[time], z.im[time])
                    let (value, inverse) = Self.doubled(re, im)
                    let slope = scale.re * w.re[time] + scale.im * w.im[time] + scale.slow * value
                    let fall = value * inverse
                    work.re[time] = slope * inverse * re * (2 - fall)
                    work.im[time] = -slope * inverse * im * (2 + fall)
                }
            }
            if number > 0, let slower = octave(number - 1, scratch) {
                let scale = scales(number - 1)
                for time in 0..<size {
                    let coarse = Self.doubled(slower.re[time], slower.im[time]).value
                    work.re[time] += scale.re * coarse + scale.fast * z.re[time]
                    work.im[time] += scale.im * coarse
                }
            }
            slow.transform(work, spare: spare)
            filter.forEach { bin, gain in
                gradient.re[bin] += 2 * gain * work.re[bin]
                gradient.im[bin] += 2 * gain * work.im[bin]
            }
        }
    }

    private func goBackThroughEnvelope(
        _ gradient: SplitComplex, _ onPower: Double, _ sound: SplitComplex, _ scratch: Scratch
    ) {
        guard let subband, let factors else { return }
        let (size, gains) = (fast.size, gains.gains.unsafePointer)
        let (work, spare) = (SplitComplex(scratch.work, count: size), SplitComplex(scratch.spare, count: size))
        let values = SplitComplex(subband, count: size)
        work.clear(0..<size)
        work.re.update(from: gradient.re, count: modulations)
        work.im.update(from: gradient.im, count: modulations)
        fast.inverseTransform(work, spare: spare)
        for time in 0..<size {
            let slope = work.re[time] * factors.unsafePointer[time] / Double(size)
            values.re[time] *= slope
            values.im[time] *= slope
        }
        fast.transform(values, spare: spare)
        for index in 0..<self.gains.count {
            let gain = gains[index]
            let own = first + index == 0 ? 0 : onPower * gain / (index == middle ? 1 : 2)
            values.re[index] = gain * (values.re[index] + own * sound.re[first + index])
            values.im[index] = gain * (values.im[index] + own * sound.im[first + index])
        }
    }

    /// Adds what ``goBack(_:_:_:_:_:)`` found.
    func addGradient(to spectrum: SplitComplex) {
        guard let subband else { return }
        let values = SplitComplex(subband, count: fast.size)
        for index in 0..<gains.count {
            spectrum.re[first + index] += values.re[index]
            spectrum.im[first + index] += values.im[index]
        }
    }
}
