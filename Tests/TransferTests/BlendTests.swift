// SPDX-License-Identifier: Apache-2.0
import Optimizers
import TestSupport
import Testing
import WaveEncoder

@testable import Transfer

/// The knob from style to content.
@Suite struct BlendTests {
    private func losses(_ blend: Double?, balance: TransferSettings.Balance) throws -> (
        losses: Losses, gradient: [Float]
    ) {
        let sample = RandomCase(width: 8, layers: 4, samples: 900, seed: 21)
        var settings = try TransferSettings([
            \.variable: "waveform", \.layers: "relu1:1-2", \.contentLayer: "residual:3", \.alpha: 0.3, \.styleWeight: 2,
            \.meanSpectrumWeight: 0.5,
        ])
        settings.balance = balance
        if let blend { settings.blend = blend }
        let objective = try TransferBackend(WaveEncoder(sample.weights, threads: 1)).objective(
            content: sample.signal(1), styles: [StyleSignal(sample.signal(2))], settings: settings)
        let start = objective.start
        return try objective.evaluate(start.map { $0 + 0.01 })
    }

    /// A half changes nothing; else weights are multiplied, and the terms told as they are. Sums in float64.
    @Test(arguments: TransferSettings.Balance.allCases) func weightsMoveBetweenStyleAndContent(
        _ balance: TransferSettings.Balance
    ) throws {
        let (usual, half) = (try losses(nil, balance: balance), try losses(0.5, balance: balance))
        #expect(usual.losses.total == half.losses.total && usual.gradient == half.gradient)
        let blended = try losses(0.2, balance: balance)
        let terms = Dictionary(uniqueKeysWithValues: blended.losses.terms.map { ($0.name, $0.value) })
        #expect(terms == Dictionary(uniqueKeysWithValues: usual.losses.terms.map { ($0.name, $0.value) }))
        let (style, content, spectrum) = (
            try #require(terms["style"]), try #require(terms["content"]), try #require(terms["mean-spectrum"])
        )
        let expected = 1.6 * (2 * style + 0.5 * spectrum) + 0.4 * 0.3 * content
        #expect(abs(blended.losses.total - expected) <= 1e-12 * expected)
        #expect(blended.gradient != usual.gradient)
    }

    /// Without one of the two there is nothing to move.
    @Test func itNeedsBoth() throws {
        var settings = TransferSettings(.nsynth)
        settings.blend = 0.3
        settings.content = .none
        #expect(settings.blend == nil)
        settings.contentLoss = .features
        #expect(settings.blend == 0.5)
        settings.styleWeight = 0
        #expect(settings.blend == nil)
    }
}
