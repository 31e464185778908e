// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import TestSupport
import Testing

@testable import Texture

/// The sounds of `Tools/reference/texture/fixtures.py`.
enum TextureSound: String, CaseIterable {
    case noise, tone, clicks, modulated

    func samples(_ count: Int, sampleRate: Int) -> [Double] {
        var generator = SeededGenerator(seed: 7)
        return (0..<count).map { index in
            let (time, noise) = (Double(index) / Double(sampleRate), Double(generator.uniform()))
            return switch self {
            case .noise: 0.2 * noise
            case .tone: 0.3 * sin(2 * .pi * 1_000 * time)
            case .clicks: abs(noise) > 0.999 ? noise : 0
            case .modulated: 0.2 * noise * (1 + sin(2 * .pi * 8 * time))
            }
        }
    }

    func statistics(_ count: Int, sampleRate: Int, threads: Int = 2) -> TextureStatistics {
        TextureModel(samples: count, sampleRate: sampleRate, threads: threads, gradient: false)
            .statistics(of: samples(count, sampleRate: sampleRate))
    }
}

@Suite struct TextureTests {
    @Test(arguments: TextureSound.allCases) func reference(sound: TextureSound) throws {
        struct File: Decodable {
            let rate: Int
            let samples: Int
        }
        let data = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("texture/\(sound.rawValue).json")))
        let file = try JSONDecoder().decode(File.self, from: data)
        let fields = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        let own = sound.statistics(file.samples, sampleRate: file.rate)
        for kind in TextureClass.allCases {
            let expected = try #require(fields[kind.rawValue] as? [Double])
            #expect(own[kind].count == expected.count && kind.count == expected.count)
            let size = expected.map(abs).max() ?? 0
            for (own, expected) in zip(own[kind], expected) {
                // A sound of a second has a bin of modulations at 1 Hz: lower bands have none.
                if own.isNaN {
                    #expect(expected == 0)
                    continue
                }
                // Rounding of float64 among transforms of 1e4 values, through e^-0.85 and cubes; more where all is nearly 0.
                #expect(abs(own - expected) < 1e-8 * size + 1e-12, "\(kind)")
            }
        }
    }

    /// Two thirds of Rayleigh's: the envelope of Gaussian noise, to the power of 0.3, has these moments before it is cut off at 200 Hz. Only bands much
    /// narrower than that keep them, and they have few independent values in 20 s: some 400.
    @Test func momentsOfNoise() {
        var generator = SeededGenerator(seed: 3)
        let samples = (0..<400_000).map { _ in 0.1 * Double(generator.normal()) }
        let own = TextureModel(samples: samples.count, sampleRate: 20_000, threads: 2, gradient: false)
            .statistics(of: samples)
        // E R^s of a Rayleigh variable is 2^(s/2) Gamma(1 + s/2).
        func raw(_ order: Double) -> Double { exp(0.15 * order * log(2) + lgamma(1 + 0.15 * order)) }
        let (m1, m2, m3, m4) = (raw(1), raw(2), raw(3), raw(4))
        let variance = m2 - m1 * m1
        let third = m3 - 3 * m2 * m1 + 2 * m1 * m1 * m1
        let fourth = m4 - 4 * m3 * m1 + 6 * m2 * m1 * m1 - 3 * m1 * m1 * m1 * m1
        func mean(_ kind: TextureClass) -> Double { own[kind][1..<6].reduce(0, +) / 5 }
        #expect(abs(mean(.variation) / (variance / (m1 * m1)) - 1) < 0.1)
        #expect(abs(mean(.skewness) - third / pow(variance, 1.5)) < 0.15)
        #expect(abs(mean(.kurtosis) - fourth / (variance * variance)) < 0.3)
        // Power in a band is its share of the spectrum: all of them, the whole variance.
        #expect(abs(own[.subbandVariance].reduce(0, +) / 0.01 - 1) < 0.01)
        // Bands that share no frequencies are independent.
        #expect(own[.correlation].suffix(11).allSatisfy { abs($0) < 0.15 })
    }

    /// A steady tone does not vary; its mean is its amplitude's, 0.3 dB or so below where the band is widest.
    @Test func tone() {
        let own = TextureSound.tone.statistics(40_000, sampleRate: 20_000)
        let band = own[.mean].enumerated().max { $0.element < $1.element }?.offset ?? 0
        #expect(own[.variation][band] < 1e-12)
        #expect(abs(own[.skewness][band]) < 1e-6 && own[.kurtosis][band] < 1e-6)
        #expect(abs(own[.subbandVariance].reduce(0, +) - 0.045) < 1e-9)
        let loudest = pow(0.3, 0.3)
        #expect(own[.mean][band] < loudest + 1e-9 && own[.mean][band] > pow(0.3 / 2.0.squareRoot(), 0.3) - 1e-9)
    }

    /// Noise that is modulated at 8 Hz has more power there than anywhere else.
    @Test func modulatedNoise() {
        let own = TextureSound.modulated.statistics(80_000, sampleRate: 20_000)
        for band in 8..<30 {
            let powers = own[.modulationPower][band * 20..<band * 20 + 20]
            let peak = powers.enumerated().max { $0.element < $1.element }?.offset ?? 0
            let centre = 0.5 * pow(400, Double(peak) / 19)
            #expect(abs(log2(centre / 8)) < 0.3, "band \(band): \(centre) Hz")
        }
        // All bands rise and fall together, in the octave around 8 Hz too.
        #expect(own[.correlation][8..<29].allSatisfy { $0 > 0.5 })
    }

    /// Clicks are rare and high, and the same in all bands.
    @Test func clicks() {
        let (own, noise) = (
            TextureSound.clicks.statistics(40_000, sampleRate: 20_000),
            TextureSound.noise.statistics(40_000, sampleRate: 20_000)
        )
        for band in 20..<31 {
            #expect(own[.kurtosis][band] > noise[.kurtosis][band] + 1)
            #expect(own[.skewness][band] > 1)
        }
        #expect(own[.correlation][20..<30].allSatisfy { $0 > 0.9 })
    }

    /// Squares of all gains sum to 1, at every rate.
    @Test(arguments: [1_000, 8_000, 16_000, 20_000, 44_100]) func cochlearBank(sampleRate: Int) {
        var sums = [Double](repeating: 0, count: sampleRate + 1)
        let bank = CochlearBank(bins: sums.count, seconds: 2, sampleRate: sampleRate)
        #expect(bank.filters.count == 32)
        for filter in bank.filters { filter.forEach { sums[$0] += $1 * $1 } }
        #expect(sums.allSatisfy { abs($0 - 1) < 1e-12 })
    }

    @Test(arguments: [1, 2, 3, 4, 5, 60, 96, 125, 1_000]) func transforms(size: Int) {
        var generator = SeededGenerator(seed: 1)
        let values = (0..<size).map { _ in (Double(generator.uniform()), Double(generator.uniform())) }
        let (buffer, spare) = (AlignedBuffer<Double>(count: 2 * size), AlignedBuffer<Double>(count: 2 * size))
        let (x, other) = (SplitComplex(buffer, count: size), SplitComplex(spare, count: size))
        for (index, value) in values.enumerated() { (x.re[index], x.im[index]) = value }
        let transform = ComplexTransform(size: size)
        transform.transform(x, spare: other)
        for bin in 0..<size {
            var sum = (0.0, 0.0)
            for (time, value) in values.enumerated() {
                let angle = 2 * Double.pi * Double(bin * time % size) / Double(size)
                sum.0 += value.0 * cos(angle) + value.1 * sin(angle)
                sum.1 += value.1 * cos(angle) - value.0 * sin(angle)
            }
            // n values of 1, each rounded.
            #expect(
                abs(x.re[bin] - sum.0) < 1e-15 * Double(size * 4) && abs(x.im[bin] - sum.1) < 1e-15 * Double(size * 4))
        }
        transform.inverseTransform(x, spare: other)
        for (index, value) in values.enumerated() {
            #expect(abs(x.re[index] / Double(size) - value.0) < 1e-14)
            #expect(abs(x.im[index] / Double(size) - value.1) < 1e-14)
        }
        extendLifetime(buffer)
        extendLifetime(spare)
    }

    /// Along random directions and along single samples, each class by itself and all of them.
    @Test(arguments: [(2_500, 1_000), (3_001, 2_205)], [nil] + TextureClass.allCases.map { $0 })
    func gradient(sizes: (samples: Int, rate: Int), kind: TextureClass?) {
        var generator = SeededGenerator(seed: 11)
        var burst = 0.0
        func signal() -> [Double] {
            (0..<sizes.samples).map { time in
                burst = generator.uniform() > 0.98 ? 1 : 0.95 * burst
                let noise: Double = Double(generator.uniform())
                return 0.1 * noise * (0.3 + burst + 0.2 * sin(Double(time) / 30))
            }
        }
        let model = TextureModel(samples: sizes.samples, sampleRate: sizes.rate, threads: 2, gradient: true)
        let distance = TextureDistance(to: model.statistics(of: signal()))
        let x = signal()
        func value(_ x: [Double]) -> Double {
            let statistics = model.statistics(of: x)
            guard let kind else { return distance.meanSquare(of: statistics) }
            return (distance.distances(of: statistics)[kind] ?? 0) / 9
        }
        let statistics = model.statistics(of: x)
        var slopes = distance.slopes(at: statistics, weight: 1)
        if let kind {
            for other in TextureClass.allCases where other != kind { slopes[other] = slopes[other].map { _ in 0 } }
        }
        let own = model.gradient(of: slopes)
        for trial in 0..<6 {
            let direction: [Double] =
                trial < 3
                ? x.map { _ in Double(generator.uniform()) }
                : x.indices.map { $0 == 400 * trial + 7 ? 1 : 0 }
            let slope = centralDifference(of: value, at: x, along: direction, step: 1e-7)
            let expected = zip(own, direction).reduce(0) { $0 + $1.0 * $1.1 }
            let size = (own.reduce(0) { $0 + $1 * $1 } * direction.reduce(0) { $0 + $1 * $1 }).squareRoot()
            // Single samples are of the gradient's own size only on average: relative to it.
            #expect(abs(slope - expected) < 1e-5 * max(abs(expected), 1e-2 * size), "\(trial): \(slope) \(expected)")
        }
    }

    /// Threads change nothing, neither does what was asked before, and a model without a backward pass has the same statistics.
    @Test func sameStatistics() {
        let (x, y) = (
            TextureSound.noise.samples(20_500, sampleRate: 20_000),
            TextureSound.clicks.samples(20_500, sampleRate: 20_000)
        )
        func found(_ threads: Int, _ gradient: Bool) -> TextureModel {
            TextureModel(samples: x.count, sampleRate: 20_000, threads: threads, gradient: gradient)
        }
        let (one, two, reading) = (found(1, true), found(2, true), found(2, false))
        let statistics = one.statistics(of: x)
        let slopes = TextureDistance(to: reading.statistics(of: y)).slopes(at: statistics, weight: 2)
        let gradient = one.gradient(of: slopes)
        _ = two.statistics(of: y)
        _ = two.gradient(of: slopes)
        func bits(_ statistics: TextureStatistics) -> [[UInt64]] {
            TextureClass.allCases.map { statistics[$0].map(\.bitPattern) }
        }
        #expect(bits(two.statistics(of: x)) == bits(statistics) && bits(reading.statistics(of: x)) == bits(statistics))
        #expect(two.gradient(of: slopes) == gradient)
    }

    /// Nothing is infinite about silence, single samples and what is full scale.
    @Test(arguments: [1, 2, 999, 20_000]) func extremes(samples: Int) {
        let silence = [Double](repeating: 0, count: samples)
        let model = TextureModel(samples: samples, sampleRate: 20_000, threads: 1, gradient: true)
        let loud = (0..<samples).map { $0 % 2 == 0 ? 1.0 : -1.0 }
        for (one, other) in [(silence, loud), (loud, silence), (silence, silence)] {
            let distance = TextureDistance(to: model.statistics(of: one))
            let statistics = model.statistics(of: other)
            #expect(distance.meanSquare(of: statistics).isFinite)
            if one == other { #expect(distance.meanSquare(of: statistics) == 0) }
            #expect(model.gradient(of: distance.slopes(at: statistics, weight: 1)).allSatisfy { $0.isFinite })
        }
    }

    /// Sounds of other lengths, and of other rates, are not far from each other.
    @Test func otherLengthsAndRates() {
        var generator = SeededGenerator(seed: 5)
        let noise = (0..<80_000).map { _ in Double(generator.uniform()) * 0.2 }
        func statistics(_ samples: [Double]) -> TextureStatistics {
            TextureModel(samples: samples.count, sampleRate: 20_000, threads: 2, gradient: false).statistics(
                of: samples)
        }
        let distances = TextureDistance(to: statistics(Array(noise.prefix(41_000))))
            .distances(of: statistics(Array(noise.suffix(33_333))))
        for kind in [TextureClass.mean, .variation, .kurtosis, .modulationPower, .subbandVariance] {
            #expect(distances[kind, default: 1] < 0.1, "\(kind)")
        }
    }
}
