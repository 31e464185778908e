// SPDX-License-Identifier: Apache-2.0
import Matrices
import MuLaw
import Spectrogram
import TestSupport
import Testing
import WaveEncoder

@testable import Transfer

/// Where numbers stop being finite is named: the layer and the term.
@Suite struct NumericProblemTests {
    /// An encoder whose convolutions of some blocks are too strong.
    private static func weights(_ factors: [Int: Float]) -> EncoderWeights {
        let sample = RandomCase(width: 8, layers: 6, samples: 300, seed: 5)
        return EncoderWeights(architecture: sample.weights.architecture) { tensor in
            var factor: Float = 1
            if case .dilatedKernel(let block) = tensor.role { factor = factors[block] ?? 1 }
            return sample.weights[tensor.role].map { $0 * factor }
        }
    }

    private static func objective(
        _ weights: EncoderWeights, _ settings: TransferSettings, strategy: MemoryStrategy? = nil
    ) throws -> any TransferObjective {
        let sample = RandomCase(width: 8, layers: 6, samples: 300, seed: 5)
        return try TransferBackend(WaveEncoder(weights, threads: 2, tileRows: 40)).objective(
            content: MuLaw.expand(sample.signal(1)), styles: [StyleSignal(MuLaw.expand(sample.signal(2)))],
            settings: settings, strategy: strategy)
    }

    private static func settings(_ change: (inout TransferSettings) -> Void = { _ in }) throws -> TransferSettings {
        var settings = TransferSettings(layers: try LayerSelection("relu1:1-5"), alpha: 0)
        change(&settings)
        return settings
    }

    /// Two strong blocks: activations are differences of what is beyond float32, and ReLU must not take them for 0. One: its Gram matrix
    /// is beyond it, or the loss's gradient, or that behind the block.
    @Test(
        arguments: [
            ([2: 1e25, 3: 1e25], "the activations became NaN at relu2:3"),
            ([2: 1e25], "the style loss became NaN at relu1:3"),
            ([2: 1e15], "the gradient of the style loss at relu1:3 became infinite"),
            ([2: 1e11], "the gradient of the style loss at relu1:3 became NaN in the backward pass"),
            ([2: 1e6], nil), ([:], nil),
        ] as [([Int: Float], String?)], [false, true])
    func theLayerAndTheTermAreNamed(_ strong: ([Int: Float], String?), inWindows: Bool) throws {
        let objective = try Self.objective(
            Self.weights(strong.0), Self.settings(), strategy: inWindows ? MemoryStrategy(window: 64) : nil)
        let problem = try objective.problem(at: objective.start)
        #expect(problem == strong.1)
        // It can be evaluated as before.
        let (losses, gradient) = try objective.evaluate(objective.start)
        #expect(
            losses.total.isFinite == (problem?.contains(" loss became") != true && problem?.contains("activ") != true))
        #expect(gradient.allSatisfy(\.isFinite) == (problem == nil))
    }

    /// A term that looks at no layer: the linear waveform of a companded 1,000 is infinite.
    @Test func aTermOnTheWaveformIsNamed() throws {
        let objective = try Self.objective(Self.weights([:]), Self.settings { $0[term: .meanSpectrum] = 1 })
        #expect(try objective.problem(at: objective.start) == nil)
        let problem = try objective.problem(at: objective.start.map { $0 * 1_000 })
        #expect(problem?.hasPrefix("the mean-spectrum loss became ") == true, "\(problem ?? "")")
    }

    /// x itself; and a network on spectrograms, whose layers have other names.
    @Test func spectrogramsAndTheirPoints() throws {
        var settings = TransferSettings(.stft)
        settings.network.randomNetwork?.wide?.filters = 16
        let sample = RandomCase(width: 8, layers: 6, samples: 6_000, seed: 5)
        func objective(scale: Float) throws -> any TransferObjective {
            let drawn = SpectralWeights.random(
                try settings.architecture(), .pytorch, hasBias: true, seed: 3, threads: 2)
            let weights = SpectralWeights(
                drawn.architecture, kernels: drawn.kernels.map { AlignedBuffer($0.values.map { $0 * scale }) },
                biases: drawn.biases)
            return try TransferBackend(SpectralNetwork(weights, threads: 2), sampleRate: settings.workingRate)
                .objective(
                    content: MuLaw.expand(sample.signal(1)), styles: [StyleSignal(MuLaw.expand(sample.signal(2)))],
                    settings: settings)
        }
        let usual = try objective(scale: 1)
        var x = usual.start
        #expect(try usual.problem(at: x) == nil)
        x[7] = 1e30
        #expect(try usual.problem(at: x) == "the style loss became infinite at relu1")
        #expect(try objective(scale: 1e16).problem(at: x) == "the activations became infinite at relu1")
        x[7] = .nan
        #expect(try usual.problem(at: x) == "x became NaN")
    }
}
