// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Transfer

/// What decides a transfer whatever its sounds are: the same for one and for a whole batch.
struct MethodOptions: ParsableArguments {
    @OptionGroup(title: "Parts") var parts: PartOptions
    @OptionGroup(title: "Transfer") var transfer: TransferOptions
    @OptionGroup(title: "Spectrogram (--backend stft only)") var spectrogram: SpectrogramOptions
    @OptionGroup(title: "Network") var encoder: EncoderOptions
    @OptionGroup(title: "Resources") var resources: ResourceOptions
    @OptionGroup(title: "Form of the output", visibility: .rare) var format: FormatOptions

    /// What is given of the settings.
    var given: SettingValues {
        [parts.values, transfer.values, spectrogram.values, encoder.values, format.values].reduce(SettingValues()) {
            $1.over($0)
        }
    }

    /// The words that give the same method to another run, but for threads and memory.
    var arguments: [String] { arguments(given) }

    /// The same with other settings.
    func arguments(_ given: SettingValues) -> [String] {
        argument("--preset", transfer.preset) + given.arguments + parts.arguments + format.arguments
            + argument("--keep", transfer.keep?.rule) + argument("--precision", resources.precision?.rawValue)
            + (resources.dryRun ? ["--dry-run"] : [])
    }
}
