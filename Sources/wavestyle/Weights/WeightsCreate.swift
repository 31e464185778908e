// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import WaveEncoder
import WeightLoader

extension WeightsCommand {
    /// `wavestyle weights create`.
    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write random weights to an HDF5 file.",
            usage: "wavestyle weights create --output FILE.h5 --seed NUMBER [options]",
            discussion: """
                The same options give the same file, byte for byte. The scale is chosen so that all blocks \
                stay active.

                  wavestyle weights create --seed 7 --width 64 --output mine.h5
                  wavestyle --weights mine.h5
                """)

        /// 256 MiB of values: 32 times NSynth's.
        static let maximumParameters = 64 << 20

        @Option(help: .text("The HDF5 file to write.", value: "file.h5"))
        var output: String

        @OptionGroup var overwriting: OverwriteOptions

        @Option(parsing: .unconditional, help: .text("Seed of all values.", value: "number"))
        var seed: UInt64

        @Option(parsing: .unconditional, help: .text("Channels of each block.", value: "count"))
        var width = EncoderArchitecture.nsynth.width

        @Option(parsing: .unconditional, help: .text("Residual blocks.", value: "count"))
        var layers = EncoderArchitecture.nsynth.layers

        @Option(parsing: .unconditional, help: .text("Blocks before the dilation starts again at 1.", value: "count"))
        var stages = EncoderArchitecture.nsynth.stages

        @Option(parsing: .unconditional, help: .text("Channels of the encoding.", value: "count"))
        var bottleneck = EncoderArchitecture.nsynth.bottleneck

        @Option(parsing: .unconditional, help: .text("Samples of one step of the encoding.", value: "count"))
        var hop = EncoderArchitecture.nsynth.hop

        private var architecture: EncoderArchitecture {
            EncoderArchitecture(width: width, layers: layers, stages: stages, bottleneck: bottleneck, hop: hop)
        }

        func validate() throws {
            if let problem = architecture.problem { throw ValidationError("\(problem)") }
            guard architecture.parameterCount <= Self.maximumParameters else {
                throw ValidationError(
                    "\(architecture.parameterCount) values are more than the limit of \(Self.maximumParameters)")
            }
        }

        func run() throws {
            let file = try OutputFile(path: output, replaces: !overwriting.noClobber)
            let weights = EncoderWeights.random(architecture: architecture, seed: seed)
            try weights.write(to: file, attributes: ["generator": "random", "seed": "\(seed)", "source": "wavestyle"])
            if !OutputFile.isStandardOutput(output) { try emit(path: file.path) }
        }
    }
}
