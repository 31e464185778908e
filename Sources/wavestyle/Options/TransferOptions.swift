// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Transfer

/// What is optimised, and how.
struct TransferOptions: ParsableArguments {
    @Option(help: ArgumentHelp("What computes.", valueName: "nsynth"))
    var backend: Backend = .nsynth

    @Option(
        help: ArgumentHelp(
            "The style loss: gram compares statistics, l2 the activations step by step.", valueName: "gram|l2"))
    var loss: TransferSettings.StyleLoss = .gram

    @Option(
        help: ArgumentHelp(
            """
            Where the style is compared: relu1, relu2, residual, bottleneck or encoding, with blocks and relative \
            weights as in relu1:1-5@0.2,relu2:30.
            """, valueName: "layers"))
    var layers = "relu1"

    @Option(
        help: ArgumentHelp(
            "Where the content is compared. (default: relu2 of the last block)", valueName: "layers"))
    var contentLayer: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The weight of the content beside the style; 0 for none.", valueName: "weight"))
    var alpha: Double = 1

    @Option(help: ArgumentHelp("The optimiser.", valueName: "adam"))
    var optimizer: OptimizerName = .adam

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Adam's step size; 0.05 is 6.4 of the 256 levels.", valueName: "size"))
    var learningRate: Double = 0.05

    @Option(parsing: .unconditional, help: ArgumentHelp("Steps to take.", valueName: "count"))
    var iterations: Int = 100

    @Option(
        name: .customLong("init"),
        help: ArgumentHelp(
            "The start: content, noise, style, or mix:0.3 for 0.3 of noise and 0.7 of content.",
            valueName: "start"))
    var start: StartMode = .content

    @Option(
        name: .customLong("init-noise"), parsing: .unconditional,
        help: ArgumentHelp("Noise added to the start, as a share of full scale.", valueName: "amplitude"))
    var startNoise: Double = 1e-6

    @Option(parsing: .unconditional, help: ArgumentHelp("Decides all random numbers.", valueName: "number"))
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp(
            """
            For --loss l2, which needs equal lengths: trim cuts the longer sound, pad adds silence to the style, loop \
            repeats it. (default: trim)
            """, valueName: "trim|pad|loop"))
    var fit: LengthFit?
}

/// The backends there are.
enum Backend: String, CaseIterable, ExpressibleByArgument {
    case nsynth
}

/// The optimisers there are.
enum OptimizerName: String, CaseIterable, ExpressibleByArgument {
    case adam
}

extension TransferSettings.StyleLoss: ExpressibleByArgument {}
extension LengthFit: ExpressibleByArgument {}

extension StartMode: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
    public var defaultValueDescription: String { description }
}
