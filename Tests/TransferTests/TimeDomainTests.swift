// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Matrices
import Optimizers
import Spectrogram
import TestSupport
import Testing

@testable import Transfer

/// `mital-timedomain` against PyTorch's graph of its code in float64, with SciPy's L-BFGS-B: `Tools/reference/timedomain.py`.
@Suite struct TimeDomainTests {
    struct Reference: Decodable {
        var (fftSize, length, hop, filters, taps) = (0, 0, 0, 0, 0)
        var (alpha, styleLoss, contentLoss) = (0.0, 0.0, 0.0)
        var (content, style, kernel, start): ([Float], [Float], [Float], [Float])
        var (inputs, gradient, losses): ([Double], [Double], [Double])
        var frames: Int

        private enum CodingKeys: String, CodingKey {
            case fftSize, length, hop, filters, taps, alpha, styleLoss, contentLoss, content, style, kernel, start,
                inputs,
                gradient, losses, frames
        }

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            func read<Value: Decodable>(_ key: CodingKeys) throws -> Value {
                try values.decode(Value.self, forKey: key)
            }
            (fftSize, length, hop) = (try read(.fftSize), try read(.length), try read(.hop))
            (filters, taps, frames) = (try read(.filters), try read(.taps), try read(.frames))
            (alpha, styleLoss, contentLoss) = (try read(.alpha), try read(.styleLoss), try read(.contentLoss))
            (content, style, kernel) = (try read(.content), try read(.style), try read(.kernel))
            (start, inputs, gradient, losses) = (
                try read(.start), try read(.inputs), try read(.gradient), try read(.losses)
            )
        }
    }

    private let reference: Reference

    init() throws {
        let json = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("mital/timedomain.json")))
        reference = try JSONDecoder().decode(Reference.self, from: json)
    }

    private func settings() throws -> TransferSettings {
        var values = try Preset(named: "mital-timedomain").settings
        values[\.fftSize] = .number(Double(reference.fftSize))
        values[\.windowLength] = .number(Double(reference.length))
        values[\.hop] = .number(Double(reference.hop))
        values[\.filters] = .number(Double(reference.filters))
        values[\.kernel] = .number(Double(reference.taps))
        return try #require(try MethodSettings(values).optimisation)
    }

    /// Their kernel is `[parts, taps, bins, filters]`, ours `[taps, parts bins, filters]`.
    private func network(_ settings: TransferSettings, threads: Int) throws -> SpectralNetwork {
        let (taps, filters, bins) = (reference.taps, reference.filters, reference.fftSize / 2)
        let kernel = AlignedBuffer<Float>(count: reference.kernel.count)
        for part in 0..<3 {
            for tap in 0..<taps {
                for bin in 0..<bins {
                    for filter in 0..<filters {
                        kernel.unsafePointer[((tap * 3 + part) * bins + bin) * filters + filter] =
                            reference.kernel[((part * taps + tap) * bins + bin) * filters + filter]
                    }
                }
            }
        }
        return SpectralNetwork(
            SpectralWeights(try settings.architecture(), kernels: [kernel], biases: [[]]), threads: threads)
    }

    private func objective(threads: Int) throws -> any TransferObjective {
        let settings = try settings()
        return try TransferBackend(try network(settings, threads: threads), sampleRate: settings.workingRate).objective(
            content: reference.content, styles: [StyleSignal(reference.style)], settings: settings)
    }

    /// Float32's products of 32 samples and of 12 rows of 96: some 1e-6.
    @Test(arguments: [1, 2]) func inputLossesAndGradientAreThose(threads: Int) throws {
        let settings = try settings()
        let spectral = try #require(settings.network.spectral)
        let inputs = FramePartsLayout(spectral, threads: threads).input(of: reference.content)
        #expect(largestError(inputs.doubles, reference.inputs) < 1e-5)

        let objective = try objective(threads: threads)
        let evaluation = try objective.evaluate(reference.start)
        let (style, content) = (evaluation.losses.terms[0].value, evaluation.losses.terms[1].value)
        // The weights are 2 and 0.1 of halves.
        #expect(abs(2 * style - reference.styleLoss) < 1e-5 * reference.styleLoss)
        #expect(abs(0.1 * content - reference.contentLoss) < 1e-5 * reference.contentLoss)
        #expect(largestError(evaluation.gradient.doubles, reference.gradient) < 1e-5)
    }

    /// Float32's rounding grows in line searches: losses agree to 1e-5 at first, and to 1e-3 after 20 steps.
    @Test func theRunIsTheirs() throws {
        let objective = try objective(threads: 2)
        var optimizer = LBFGSB()
        var iterate = try Iterate(of: objective, at: reference.start)
        #expect(reference.losses.count == 21)
        for (step, expected) in reference.losses.enumerated() {
            #expect(abs(iterate.losses.total - expected) < (step < 6 ? 1e-5 : 1e-3) * expected, "step \(step)")
            iterate = try #require(try optimizer.step(from: iterate, of: objective))
        }
    }

    /// As published: what the preset starts from, and how frames become a sound.
    @Test func startAndSoundAreThoseOfTheCode() throws {
        let objective = try objective(threads: 1)
        let start = objective.start
        #expect(start.count == reference.frames * reference.length)
        let deviation = (start.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(start.count)).squareRoot()
        // Of 1,024 normal numbers: 1e-3 within 4 of its own deviations.
        #expect(abs(deviation / 1e-3 - 1) < 4 / (2 * Double(start.count)).squareRoot())
        let frames = HannFrames(samples: reference.content.count, length: reference.length, hop: reference.hop)
        let sound = try objective.waveform(of: reference.start) { _ in true }
        #expect(sound == Limiter().limited(frames.added(reference.start)))
    }

    /// All weights have the deviation of the code's: fan-in counts the frequencies of one part.
    @Test func weightsAreDrawnAsTheCodeDrawsThem() throws {
        let settings = try settings()
        let architecture = try settings.architecture()
        #expect(architecture.bins == 96 && architecture.magnitudes == 64..<96)
        let weights = SpectralWeights.random(architecture, .ulyanov, hasBias: false, seed: 1, threads: 1)
        let kernel = weights.kernels[0]
        let squares = (0..<kernel.count).reduce(0.0) { $0 + pow(Double(kernel.unsafePointer[$1]), 2) }
        let expected = 4 / Double((32 + 24) * 4)
        #expect(abs(squares / Double(kernel.count) / expected - 1) < 4 * (2 / Double(kernel.count)).squareRoot())
    }

    /// Weights of a file do not say that their input has parts: magnitudes are its last third all the same.
    @Test func magnitudesAreThoseOfAnyWeights() throws {
        let settings = try settings()
        let drawn = try network(settings, threads: 1)
        var shapes = drawn.architecture
        shapes.parts = 1
        let given = SpectralNetwork(
            .random(shapes, .ulyanov, hasBias: false, seed: 1, threads: 1), threads: 1)
        let sizes = TransferSizes(content: 256, styles: [256], fit: .trim)
        let own = try SpectralTransferNetwork(
            given, sizes, try #require(settings.network.spectral), settings: settings, scratchFolder: nil)
        #expect(own.stylePoints.map(\.point) == [.channels(64..<96), .layer(1)])
    }

    /// What has no meaning for frames is refused, and short sounds are.
    @Test func whatFramesDoNotHaveIsRefused() throws {
        var values = try Preset(named: "mital-timedomain").settings
        values[\.phaseIterations] = .number(3)
        #expect(throws: Failure.self) { try MethodSettings(values) }
        let settings = try settings()
        let backend = TransferBackend(try network(settings, threads: 1), sampleRate: settings.workingRate)
        for samples in [1, 7, 20] {
            #expect(throws: Failure.self, "\(samples)") {
                try backend.objective(
                    content: Array(reference.content.prefix(samples)), styles: [StyleSignal(reference.style)],
                    settings: settings)
            }
        }
    }
}
