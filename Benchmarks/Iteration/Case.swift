// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Transfer
import WaveEncoder

/// The work that is measured.
enum Case: String {
    /// Gram on relu1 of every block, content on the last relu2.
    case gram
    /// L2 on relu1 of blocks 1 to 5.
    case l2

    func objective(
        _ encoder: WaveEncoder, content: [Float], style: [Float], memoryLimit: Int? = nil
    ) throws -> any TransferObjective {
        let settings =
            switch self {
            case .gram: TransferSettings(.nsynth)
            case .l2: try TransferSettings([\.loss: "l2", \.layers: "relu1:1-5", \.alpha: 0])
            }
        return try TransferBackend(
            encoder, memoryLimit: memoryLimit, scratchFolder: FileManager.default.temporaryDirectory.path
        ).objective(
            content: content, styles: [StyleSignal(style)], settings: settings)
    }

    /// The losses by themselves, with targets from the clip.
    func timedLosses(_ encoder: WaveEncoder, _ clip: Clip) throws -> [LayerPoint: [any FeatureVisitor]] {
        let blocks = encoder.architecture.layers
        switch self {
        case .gram:
            var losses: [LayerPoint: [any FeatureVisitor]] = Self.styleGrams(encoder, clip).mapValues { gram in
                [GramLoss(target: gram.values, weight: 1 / Double(blocks))]
            }
            let top = LayerPoint.relu2(blocks)
            let target = encoder.activations(of: clip.content, at: [top])[top] ?? FeatureMap(rows: 0, columns: 0)
            losses[top] = [SquaredErrorLoss(target: target, weight: 1)]
            return losses
        case .l2:
            return encoder.activations(of: clip.style, at: Set((1...5).map(LayerPoint.relu1))).mapValues {
                [SquaredErrorLoss(target: $0, weight: 0.2)]
            }
        }
    }

    /// The KL loss on relu1 of every block, likewise.
    static func klLosses(_ encoder: WaveEncoder, _ clip: Clip) -> [LayerPoint: [any FeatureVisitor]] {
        styleGrams(encoder, clip).mapValues { gram in
            [GramKLLoss(target: gram.values, weight: 1 / Double(encoder.architecture.layers))]
        }
    }

    private static func styleGrams(_ encoder: WaveEncoder, _ clip: Clip) -> [LayerPoint: GramMatrix] {
        let points = (1...encoder.architecture.layers).map(LayerPoint.relu1)
        let grams = Dictionary(uniqueKeysWithValues: points.map { ($0, GramMatrix()) })
        encoder.session(samples: clip.style.count, points: Set(points), mode: .reading).read(
            clip.style, visitors: grams.mapValues { [$0] })
        return grams
    }

    /// Floating-point operations that are really carried out: Winograd's convolution takes half the products, a Gram matrix
    /// its upper triangle in strips of 32 columns.
    func executedFlops(_ architecture: EncoderArchitecture, samples: Int) -> Double {
        let width = Double(architecture.width)
        let (square, strips) = (width * width, max(width / 32, 1))
        let block = 2 * (2 * 1.5 * square + 2 * square)
        let perSample =
            switch self {
            case .gram:
                Double(architecture.layers) * (block + 2 * square * (strips + 1) / (2 * strips) + 2 * square) - 4
                    * square
            case .l2: 4 * block
            }
        return perSample * Double(samples)
    }

    /// Floating-point operations of one iteration by direct convolution, whatever the engine really does: 2 for each weight
    /// forward and 2 back; for Gram 2 C^2 for the matrix and 2 C^2 for its gradient.
    func flops(_ architecture: EncoderArchitecture, samples: Int) -> Double {
        let square = Double(architecture.width * architecture.width)
        let perSample =
            switch self {
            case .gram: Double(architecture.layers) * (2 * 8 * square + 4 * square) - 2 * 2 * square
            case .l2: 4 * (2 * 8 * square)
            }
        return perSample * Double(samples)
    }
}

/// Sounds that are the same on every run: x is the content with a little noise.
struct Clip {
    let content: [Float]
    let style: [Float]
    let x: [Float]

    init(samples: Int) {
        var generator = SeededGenerator(seed: 1)
        func sound() -> [Float] {
            var value: Float = 0
            return (0..<samples).map { _ in
                value = 0.95 * value + 0.1 * generator.uniform()
                return value
            }
        }
        content = sound()
        style = sound()
        x = content.map { min(max($0 + 0.1 * generator.uniform(), -1), 0.99) }
    }
}
