// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Matrices
import Optimizers
import Spectrogram
import TestSupport
import Testing

@testable import Transfer

@Suite struct SpectrogramObjectiveTests {
    private let golden: GoldenSpectra

    init() throws { golden = try GoldenSpectra() }

    private func settings(_ change: (inout TransferSettings) throws -> Void = { _ in }) throws -> TransferSettings {
        var settings = TransferSettings(.stft)
        settings.network.spectral?.fftSize = 512
        settings.network.spectral?.hop = 128
        settings.network.randomNetwork?.wide?.filters = GoldenSpectra.filters
        try change(&settings)
        return settings
    }

    /// The layer of the fixture.
    private func network(threads: Int = 2) throws -> SpectralNetwork {
        let architecture = SpectralArchitecture.wide(
            bins: GoldenSpectra.bins, filters: GoldenSpectra.filters, kernel: GoldenSpectra.kernel)
        return SpectralNetwork(
            SpectralWeights(architecture, kernels: [AlignedBuffer(try golden.values("kernel"))], biases: [[]]),
            threads: threads)
    }

    private func objective(
        _ settings: TransferSettings, network: SpectralNetwork? = nil, content: [Float]? = nil,
        styles: [StyleSignal]? = nil, limit: Int? = nil, strategy: MemoryStrategy? = nil, scratch: String? = nil
    ) throws -> any TransferObjective {
        let content = try content ?? golden.values("content")
        let styles = try styles ?? [StyleSignal(golden.values("style"))]
        return try TransferBackend(
            try network ?? self.network(), sampleRate: settings.workingRate, memoryLimit: limit, scratchFolder: scratch
        ).objective(content: content, styles: styles, settings: settings, strategy: strategy)
    }

    /// The fixture's values are float64: ours differ by float32 sums, 1e-5 of the largest.
    @Test func lossAndGradientAreThePublicCodes() throws {
        let objective = try objective(settings())
        let (losses, gradient) = try objective.evaluate(golden.values("x0"))
        #expect(abs(losses.total / 33.04619627191174 - 1) < 1e-5)
        let expected = try golden.values("gradient0")
        let largest = expected.reduce(0) { max($0, abs($1)) }
        #expect(zip(gradient, expected).allSatisfy { abs($0 - $1) < 1e-5 * largest })
        #expect(abs(losses.total - losses.terms[0].value - 0.01 * losses.terms[1].value) < 1e-9 * losses.total)
    }

    @Test func theStylesGramIsThePublicCodes() throws {
        let gram = GramMatrix(divisor: Double(GoldenSpectra.frames))
        let map = try golden.map("log1p_style")
        SpectralSession(
            try network(), frames: map.rows, points: [.layer(1)], rowsAtOnce: 7, gradient: false
        ).read(map.values, visitors: [.layer(1): [gram]])
        let expected = try golden.values("gram_style").map(Double.init)
        let largest = expected.reduce(0) { max($0, abs($1)) }
        #expect(gram.values.count == expected.count)
        #expect(zip(gram.values, expected).allSatisfy { abs($0 - $1) < 1e-5 * largest })
    }

    /// SciPy's run had no bounds.
    private final class WithoutBounds: Objective {
        let inner: any Objective
        let start: [Float]
        var dimension: Int { inner.dimension }
        var bounds: ClosedRange<Float>? { nil }
        private(set) var evaluations = 0

        init(_ inner: any Objective, start: [Float]) { (self.inner, self.start) = (inner, start) }

        func evaluate(_ x: [Float]) throws -> (losses: Losses, gradient: [Float]) {
            evaluations += 1
            return try inner.evaluate(x)
        }
    }

    /// Within 1 % at each of 60 iterations: the paths part by float32 rounding, which 60 steps amplify.
    @Test func theOptimiserFollowsSciPy() throws {
        let objective = WithoutBounds(try objective(settings()), start: try golden.values("x0"))
        var optimizer = LBFGSB()
        var iterate = try Iterate(of: objective, at: objective.start)
        for (step, expected) in try golden.values("lbfgsb_loss_per_iteration").map(Double.init).enumerated() {
            iterate = try #require(try optimizer.step(from: iterate, of: objective))
            #expect(abs(iterate.losses.total / expected - 1) < 0.01, "iteration \(step + 1)")
        }
        // SciPy took 68.
        #expect((62...74).contains(objective.evaluations))
        #expect(optimizer.state.evaluations == objective.evaluations)
    }

    /// The two forms of the Gram loss, windows of the last layer, threads, and targets on disk change nothing but rounding.
    @Test func everyWayGivesTheSame() throws {
        let (content, style) = (noise(7, 20_000), noise(8, 9_000))
        let folder = try TemporaryFolder()
        let settings = try settings {
            $0.alpha = 0.3
            $0[term: .energy] = 2
            $0[term: .frequencyEnergy] = 3
        }
        let x = try objective(settings, content: content, styles: [StyleSignal(style)]).start.map { $0 + 0.2 }
        let (losses, gradient) = try objective(settings, content: content, styles: [StyleSignal(style)]).evaluate(x)
        let largest = gradient.reduce(0) { max($0, abs($1)) }
        let windows = MemoryStrategy(window: 256 * 128, targets: .onDisk)
        for (threads, strategy) in [(1, MemoryStrategy.storeAll), (3, .storeAll), (2, windows)] {
            let other = try objective(
                settings, network: network(threads: threads), content: content, styles: [StyleSignal(style)],
                strategy: strategy, scratch: folder.path)
            let (otherLosses, otherGradient) = try other.evaluate(x)
            for (one, two) in zip(losses.terms, otherLosses.terms) { #expect(abs(one.value / two.value - 1) < 1e-5) }
            #expect(zip(gradient, otherGradient).allSatisfy { abs($0 - $1) < 2e-5 * largest })
        }
    }

    /// Noise that changes its loudness.
    private func noise(_ seed: UInt64, _ count: Int) -> [Float] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { generator.uniform() * (1 + sin(Float($0) / 900)) / 2 }
    }

    /// By central differences of the loss along random directions. The loss is computed in float32, so it is known to some 1e-6,
    /// and a step of 1e-2 bends it by less.
    @Test(arguments: StyleStatistic.all.filter { $0 != .kl }, [LossNormalisation.mean, .sum, .gatys])
    func theGradientIsThatOfTheLoss(loss: StyleStatistic, normalisation: LossNormalisation) throws {
        let settings = try settings {
            $0.statistic = loss
            $0.sharedNormalisation = normalisation
            $0.style?.layers = try LayerSelection("conv1@3,input", for: .stft)
            $0.alpha = 0.5
            $0.styleWeight = 2
            $0.content.features?.layers = try LayerSelection("conv1", for: .stft)
            $0[term: .energy] = 1.5
            $0[term: .frequencyEnergy] = 0.7
            $0.lengthFit = .loop
        }
        let architecture = SpectralArchitecture.wide(bins: 257, filters: 32, kernel: 5, hasReLU: false)
        let network = SpectralNetwork(
            .random(architecture, .pytorch, hasBias: true, seed: 4, threads: 2), threads: 2)
        let objective = try objective(
            settings, network: network, content: noise(1, 3_000), styles: [StyleSignal(noise(2, 2_000))])
        var generator = SeededGenerator(seed: 5)
        let x = objective.start.map { $0 + 0.5 + 0.3 * generator.uniform() }
        let (losses, gradient) = try objective.evaluate(x)
        #expect(losses.terms.map(\.name) == ["style", "content", "energy", "frequency-energy"])
        #expect(losses.terms.allSatisfy { $0.value > 0 })
        for _ in 0..<3 {
            // Along the gradient with noise: the derivative is then large beside rounding.
            let scale = gradient.reduce(0) { max($0, abs($1)) }
            let direction = gradient.map { $0 / scale + 0.2 * generator.uniform() }
            let step: Float = 1e-2
            let above = try objective.evaluate(zip(x, direction).map { $0 + step * $1 }).losses.total
            let below = try objective.evaluate(zip(x, direction).map { $0 - step * $1 }).losses.total
            let expected = zip(gradient, direction).reduce(0) { $0 + Double($1.0 * $1.1) }
            #expect(abs((above - below) / Double(2 * step) / expected - 1) < 2e-3)
        }
    }

    /// Two styles are one whose statistics are their weighted mean, in both forms.
    @Test(arguments: [StyleStatistic.gram, .covariance, .histogram, .wasserstein, .l2]) func stylesMix(
        loss: StyleStatistic
    ) throws {
        let settings = try settings {
            $0.statistic = loss
            $0.alpha = 0
            $0.lengthFit = .loop
        }
        let (content, one, two) = (noise(1, 12_800), noise(2, 6_400), noise(3, 9_000))
        let x = try objective(settings, content: content, styles: [StyleSignal(one)]).start.map { $0 + 0.3 }
        func evaluate(_ styles: [StyleSignal]) throws -> (Double, [Float]) {
            let (losses, gradient) = try objective(settings, content: content, styles: styles).evaluate(x)
            return (losses.total, gradient)
        }
        let first = try evaluate([StyleSignal(one)])
        let second = try evaluate([StyleSignal(two)])
        let mixed = try evaluate([StyleSignal(one, weight: 3), StyleSignal(two, weight: 1)])
        // The gradient is linear in the target.
        let largest = mixed.1.reduce(0) { max($0, abs($1)) }
        for index in mixed.1.indices {
            #expect(abs(0.75 * first.1[index] + 0.25 * second.1[index] - mixed.1[index]) < 5e-5 * largest)
        }
        let same = try evaluate([StyleSignal(one, weight: 1), StyleSignal(one, weight: 5)])
        #expect(abs(same.0 / first.0 - 1) < 1e-5)
    }

    /// Gatys' own formula for sounds of one length: 1 / (4 N^2 M^2) of Gram matrices that are not divided.
    @Test func gatysNormalisationIsHis() throws {
        // As the command line gives it: the normalisation brings its divisor.
        let settings = try TransferSettings([
            \.backend: "stft", \.fftSize: 512, \.hop: 128, \.filters: 64,
            \.normalisation: "gatys", \.alpha: 1,
        ])
        let objective = try objective(settings)
        let x = try golden.values("log1p_content").map { _ in Float(0.1) }
        let (losses, _) = try objective.evaluate(x)
        let network = try network()
        let flat = FeatureMap(rows: GoldenSpectra.frames, columns: GoldenSpectra.bins)
        flat.unsafePointer(row: 0).update(from: x, count: x.count)
        func features(_ map: FeatureMap) throws -> [Double] {
            try #require(network.activations(of: map, at: [.layer(1)])[.layer(1)]).values.map(Double.init)
        }
        let (own, style, content) = (
            try features(flat), try features(golden.map("log1p_style")), try features(golden.map("log1p_content"))
        )
        let (n, m) = (GoldenSpectra.filters, own.count / GoldenSpectra.filters)
        func gram(_ f: [Double], _ i: Int, _ j: Int) -> Double {
            (0..<m).reduce(0) { $0 + f[$1 * n + i] * f[$1 * n + j] }
        }
        var sum = 0.0
        for i in 0..<n { for j in 0..<n { sum += pow(gram(own, i, j) - gram(style, i, j), 2) } }
        #expect(abs(losses.terms[0].value / (sum / Double(4 * n * n * m * m)) - 1) < 1e-5)
        let half = zip(own, content).reduce(0) { $0 + pow($1.0 - $1.1, 2) } / 2
        #expect(abs(losses.terms[1].value / half - 1) < 1e-5)
    }

    @Test func tooShortSoundsAndTooLittleMemoryAreRefused() throws {
        let short = #expect(throws: Failure.self) {
            _ = try objective(settings(), content: [Float](repeating: 0.1, count: 900))
        }
        #expect(short?.kind == .badData && short?.description.contains("9 frames") == true)
        let small = #expect(throws: Failure.self) { _ = try objective(settings(), limit: 1_000_000) }
        #expect(small?.kind == .badData && small?.description.contains("more (--max-memory)") == true)
    }

    @Test func startsAreWhatTheySay() throws {
        let content = try golden.map("log1p_content").values
        func start(_ mode: StartMode, noise: Double = 0, ceiling: Double? = nil) throws -> [Float] {
            try objective(
                settings {
                    $0.start = mode
                    $0.startNoise = noise
                    $0.network.logSpectrum?.ceiling = ceiling
                }
            ).start
        }
        #expect(zip(try start(.content), content).allSatisfy { abs($0 - $1) < 1e-4 })
        #expect(try start(.noise).allSatisfy { $0 == 0 })
        let noise = try start(.noise, noise: 0.5)
        #expect(noise.allSatisfy { $0 >= 0 } && noise.contains { $0 > 1 })
        #expect(try start(.content, ceiling: 1).allSatisfy { (0...1).contains($0) })
        let style = try golden.map("log1p_style").values
        #expect(zip(try start(.style), style).allSatisfy { abs($0 - $1) < 1e-4 })
        let mixed = try start(.mix(0.5))
        #expect(zip(mixed, content).contains { abs($0 - $1) > 0.1 })
        #expect(try start(.mix(0)) == start(.content))
    }

    /// From the content's own spectrogram and phases the inverse gives the content.
    @Test func theWayBackIsTheContent() throws {
        let objective = try objective(
            settings {
                $0.start = .content
                $0.startNoise = 0
                $0.network.logSpectrum?.iterations = 0
                $0.network.logSpectrum?.start = .content
            })
        let content = try golden.values("content")
        let back = try objective.waveform(of: objective.start) { _ in true }
        let largest = content.reduce(0) { max($0, abs($1)) }
        // Magnitudes went through log and exp in float32.
        #expect(zip(back, content).allSatisfy { abs($0 - $1) < 1e-4 * largest } && back.count == content.count)
    }
}
