// SPDX-License-Identifier: Apache-2.0
import Matrices
import Optimizers
import TestSupport
import Testing
import WaveEncoder

@testable import Transfer

/// Runs that TensorFlow made with its own Adam: 20 steps of size 0.005 from the companded content.
@Suite struct GoldenRunTests {
    struct Run: Sendable, CustomStringConvertible {
        var name: String
        var loss: StyleStatistic
        var layers: String
        var alpha: Double
        /// Of the first gradient, in parts of its largest entry.
        var tolerance: Double
        var description: String { name }

        func settings() throws -> TransferSettings {
            TransferSettings(
                loss: loss, layers: try LayerSelection(layers), alpha: alpha, learningRate: 0.005, iterations: 20,
                startNoise: 0)
        }
    }

    static let runs = [
        Run(
            name: "gram_relu1_all_alpha1", loss: .gram, layers: "relu1", alpha: 1, tolerance: 1e-4),
        Run(
            name: "l2_relu1_blocks1to5_alpha0", loss: .l2, layers: "relu1:1-5", alpha: 0, tolerance: 1e-4),
        Run(
            name: "gram_relu2_blocks3and7_alpha0.1", loss: .gram, layers: "relu2:3,relu2:7", alpha: 0.1,
            tolerance: 1e-2),
    ]

    @Test(arguments: runs, [1, 2])
    func theFirstGradientIsTensorFlows(_ run: Run, threads: Int) throws {
        let golden = try Golden()
        let backend = TransferBackend(WaveEncoder(try golden.weights(), threads: threads, tileRows: 128))
        let objective = try backend.objective(
            content: golden.values("content"), styles: [StyleSignal(golden.values("style"))], settings: run.settings())
        #expect(objective.start == (try golden.values("content_companded")))
        let gradient = try objective.evaluate(objective.start).gradient
        let expected = try golden.values("runs/\(run.name)/initial_gradient")
        // 1e-4 of the largest entry; an independent float64 program agrees to 1e-6 of it.
        #expect(largestError(gradient.doubles, expected.doubles) < 1e-4)
    }

    /// On every level of kernels, and with activations kept or computed again. The hand-written kernels serve widths from 32
    /// on: channels of zeros are added, so that the mean over C^2 entries of a Gram loss becomes a sixteenth, and that over C
    /// channels of a squared error a quarter.
    @Test(arguments: runs, KernelLevel.available)
    func theFirstGradientIsTensorFlowsInEveryWay(_ run: Run, _ kernels: KernelLevel) throws {
        let golden = try Golden()
        let encoder = WaveEncoder(
            try golden.widenedWeights(to: 32), threads: 2, kernels: kernels, tileRows: 64)
        var settings = try run.settings()
        if run.loss == .gram { settings.alpha /= 4 }
        let scale = run.loss == .gram ? 16.0 : 4
        let (content, style) = (try golden.values("content"), try golden.values("style"))
        let expected = try golden.values("runs/\(run.name)/initial_gradient").doubles
        for strategy in [MemoryStrategy.storeAll, MemoryStrategy(window: 200, targets: .recomputed)] {
            let objective = try TransferBackend(encoder).objective(
                content: content, styles: [StyleSignal(style)], settings: settings, strategy: strategy)
            let gradient = try objective.evaluate(objective.start).gradient
            // In the third run one ReLU's side depends on the order of summation; it is worth 3e-3.
            #expect(largestError(gradient.map { scale * Double($0) }, expected) < run.tolerance, "\(strategy)")
        }
    }

    @Test(arguments: runs)
    func theLossesAreTensorFlowsAtEveryStep(_ run: Run) throws {
        let golden = try Golden()
        let backend = TransferBackend(WaveEncoder(try golden.weights(), threads: 2))
        var lines: [TraceLine] = []
        let outcome = try TransferRun(backend, settings: run.settings()).run(
            content: golden.values("content"), styles: [StyleSignal(golden.values("style"))],
            listener: { if case .accepted(let line) = $0 { lines.append(line) } })
        let expected = try golden.values("runs/\(run.name)/losses").doubles
        #expect(lines.count == 21 && expected.count == 63)
        for (index, line) in lines.enumerated() {
            let own = [line.losses.total, line.losses.terms[0].value, line.losses.terms[1].value]
            let tolerance = Golden.tolerance(of: run.name, iteration: index)
            let tolerances = [tolerance.loss, tolerance.loss, tolerance.content]
            for column in 0..<3 {
                let wanted = expected[3 * index + column]
                #expect(abs(own[column] - wanted) <= tolerances[column] * abs(wanted) + 1e-9, "iteration \(index)")
            }
        }
        #expect(outcome.waveform.count == Golden.samples)
        #expect(outcome.kept == lines[20])
    }
}
