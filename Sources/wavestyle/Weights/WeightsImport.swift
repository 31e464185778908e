// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import WaveEncoder
import WeightLoader

extension WeightsCommand {
    /// `wavestyle weights import`.
    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Extract the encoder's weights from a TensorFlow checkpoint.",
            usage: """
                wavestyle weights import CHECKPOINT --output FILE.h5 [options]
                wavestyle weights import CHECKPOINT --name NAME [options]
                """,
            discussion: """
                No TensorFlow is needed. Only the encoder's tensors are read, and their checksums verified.

                \(CheckpointOptions.explanation)

                With --output an HDF5 file is written. With --name it is installed where '--weights NAME' finds it: \
                in WAVESTYLE_HOME, else in $XDG_DATA_HOME/wavestyle (~/.local/share/wavestyle), and recorded in the \
                weights-manifest.json there.

                  wavestyle weights import wavenet-ckpt.tar --name nsynth-wavenet
                  wavestyle weights import model.ckpt-200000 --output nsynth.h5
                """)

        @OptionGroup var source: CheckpointOptions

        @Option(help: .text("The HDF5 file to write.", value: "file.h5"), completion: .file())
        var output: String?

        @Option(help: .text("The name to install it under.", value: "name"))
        var name: String?

        @OptionGroup var overwriting: OverwriteOptions

        @Option(help: .text("The variables themselves (raw) or their moving averages (ema).", value: "raw|ema"))
        var variables = CheckpointImport.Variables.raw

        @Option(
            parsing: .unconditional,
            help: ArgumentHelp(
                "Blocks before the dilation starts again at 1, not stored in checkpoints. (default: 10)",
                valueName: "count"))
        var stages: Int?

        @Option(
            parsing: .unconditional,
            help: ArgumentHelp(
                "Samples of one step of the encoding, not stored in checkpoints. (default: 512)", valueName: "count"))
        var hop: Int?

        @Flag(
            help: ArgumentHelp(
                "Record the SHA-256 of all data files; files over 16 MB are not read whole otherwise."))
        var hashValues = false

        func validate() throws {
            guard (output == nil) != (name == nil) else {
                throw ValidationError("give either --output FILE.h5 or --name NAME")
            }
            let nsynth = EncoderArchitecture.nsynth
            let shape = EncoderArchitecture(
                width: 1, layers: 1, stages: stages ?? nsynth.stages, hop: hop ?? nsynth.hop)
            if let problem = shape.problem { throw ValidationError("--\(problem)") }
        }

        func run() throws {
            let library = try WeightLibrary()
            let checkpoint = try source.checkpoint()
            let inputs = [source.path] + checkpoint.paths
            let replaces = !overwriting.noClobber
            let file = try output.map { output throws(Failure) in
                try OutputFile(path: output, besides: inputs, replaces: replaces)
            }
            let imported = try CheckpointImport(
                checkpoint, variables: variables, stages: stages, hop: hop, hashesValues: hashValues)
            // The folder of weights is made for what is good only.
            let installation = try name.map { name throws(Failure) in
                try WeightInstallation(name, in: library, besides: inputs, replaces: replaces)
            }
            if let file { try imported.weights.write(to: file, attributes: imported.attributes) }
            if let installation { try install(imported, of: checkpoint, at: installation) }
            let path = file?.path ?? installation?.path ?? ""
            if !OutputFile.isStandardOutput(path) { try emit(path: path) }
        }

        private func install(
            _ imported: CheckpointImport, of checkpoint: Checkpoint, at place: WeightInstallation
        ) throws {
            // The program's own entry, not the user's of an earlier import.
            let known = try WeightManifest.builtIn()[place.name]
            let difference = known.flatMap { $0.difference(from: checkpoint, imported) }
            if let difference {
                Terminal.error.warn("this is not the checkpoint published as '\(place.name)': \(difference)")
            }
            let published = difference == nil ? known : nil
            let kind = variables == .ema ? "moving averages" : "variables themselves"
            try place.write(
                imported.weights, attributes: imported.attributes,
                title: (published?.title ?? "Imported from \(imported.attributes["source"] ?? source.path)")
                    + ", \(kind)",
                origin: published?.origin, licence: published?.licence ?? "not stated")
        }
    }
}

extension CheckpointImport.Variables: ExpressibleByArgument {}
