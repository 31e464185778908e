// SPDX-License-Identifier: Apache-2.0
import Files
import TestSupport
import Testing

@testable import Transfer

/// `--variable`, `--preconditioner-*`, `--loss kl`, `--balance`, `--content-loss`, `--mean-spectrum-weight`,
/// `--spectral-style-weight` and `--init equalised`
/// among other settings.
@Suite struct WaveformSettingsTests {
    @Test(arguments: [BackendName.nsynth, .stft]) func settingsGiveTheirValuesAgain(_ backend: BackendName) throws {
        let given: SettingValues = [
            \.backend: .text(backend.rawValue), \.variable: "waveform", \.preconditionerFloor: 0.01,
            \.preconditionerWindow: 512, \.preconditionerSpectrum: "style", \.loss: "kl",
            \.contentLoss: "envelope", \.envelopeBands: "mel", \.balance: "auto",
            \.meanSpectrumWeight: 0.02, \.spectralStyleWeight: 0.3,
            \.start: "equalised", \.optimizer: "adam",
        ]
        let settings = try TransferSettings(given)
        for setting in given.settings { #expect(settings.values[setting] == given[setting], "\(setting)") }
        #expect(try TransferSettings(settings.values) == settings)
        // Adam's step in Z; no noise; KL has no divisor to choose.
        #expect(settings.values[\.learningRate] == .number(0.02) && settings.startNoise == 0)
        #expect(settings.styleDivisor == nil && settings.values[\.gramDivisor] == nil)
        #expect(settings.values[\.phase] == nil && settings.values[\.roundCodes] == nil)
    }

    /// What is published does not know of them, or has them switched off.
    @Test func publishedForms() throws {
        for preset in Preset.all
        where !["clean", "clean-stft", "grinstein-auditory"].contains(preset.name)
            && preset.settings[\.backend] != "mosaic"
        {
            let settings = try TransferSettings(SettingValues(), over: preset.settings)
            #expect(settings.variable != .waveform)
            #expect(settings.balance == .none)
            #expect(settings.terms[.meanSpectrum] == nil && settings.terms[.spectralStyle] == nil)
            #expect(settings.content.envelope == nil && settings.statistic != .kl)
            #expect(settings.network.preconditioner == nil)
        }
    }

    @Test func noContentIsAnAlphaOfNothing() throws {
        let settings = try TransferSettings([\.contentLoss: "none"])
        #expect(settings.content == .none && settings.values[\.alpha] == 0)
        #expect(settings.values[\.contentLoss] == .text("none"))
        #expect(try TransferSettings(settings.values) == settings)
        // Over a preset's weight too.
        #expect(try TransferSettings([\.contentLoss: "none"], over: [\.alpha: 3]).alpha == 0)
    }

    @Test(
        arguments: [
            ([\.preconditionerFloor: 0.1], "--variable mulaw"),
            ([\.preconditionerSpectrum: "flat"], "--variable mulaw"),
            ([\.backend: "stft", \.preconditionerWindow: 512], "--variable spectrum"),
            (
                [
                    \.variable: "waveform", \.preconditionerSpectrum: "flat",
                    \.preconditionerFloor: 0.1,
                ], "--preconditioner-spectrum flat"
            ),
            ([\.variable: "waveform", \.roundCodes: true], "--variable waveform"),
            ([\.backend: "stft", \.variable: "waveform", \.phase: "fast"], "--variable waveform"),
            ([\.backend: "stft", \.variable: "waveform", \.ceiling: 1], "--variable waveform"),
            ([\.backend: "stft", \.meanSpectrumWeight: 1], "--variable spectrum"),
            ([\.frameLength: 512, \.meanSpectrumWeight: 1], "--frame-length"),
            ([\.backend: "stft", \.spectralStyleWeight: 1], "--variable spectrum"),
            ([\.frameLength: 512, \.spectralStyleWeight: 1], "--frame-length"),
            ([\.contentLoss: "none", \.alpha: 1], "--content-loss none"),
            ([\.contentLoss: "envelope", \.alpha: 0], "--alpha 0"),
            ([\.contentLoss: "envelope", \.contentLayer: "relu2:1"], "--content-loss envelope"),
            ([\.envelopeBands: "mel"], "--content-loss features"),
            ([\.envelopeBands: "mel", \.contentLoss: "envelope", \.alpha: 0], "--alpha 0"),
            ([\.contentLoss: "envelope", \.styleWeight: 0], "needs the style"),
            ([\.loss: "kl", \.gramDivisor: "entries"], "--loss kl"),
            ([\.loss: "kl", \.alpha: 0, \.normalisation: "sum"], "--loss kl"),
            ([\.loss: "kl", \.fit: "pad"], "--loss kl"),
            ([\.variable: "spectrum"], "mulaw and waveform"),
            ([\.backend: "stft", \.variable: "mulaw"], "waveform and spectrum"),
            ([\.variable: "mp3"], "mulaw, waveform, spectrum"),
            ([\.frameLength: 512, \.variable: "waveform"], "--frame-length"),
            ([\.backend: "stft", \.contentLoss: "envelope"], "--variable spectrum"),
            ([\.frameLength: 512, \.contentLoss: "envelope"], "--frame-length"),
            ([\.variable: "waveform", \.preconditionerFloor: 0], "between"),
            ([\.variable: "waveform", \.preconditionerFloor: 1.5], "between"),
            ([\.variable: "waveform", \.preconditionerFloor: .number(.nan)], "a number"),
            ([\.variable: "waveform", \.preconditionerWindow: 8], "between 16 and 65536"),
            ([\.meanSpectrumWeight: -1], "between 0 and"),
            ([\.spectralStyleWeight: -1], "between 0 and"),
            ([\.balance: "yes"], "auto, none"),
            ([\.contentLoss: "words"], "features, envelope, none"),
            ([\.start: "equal"], "equalised"),
            ([\.variable: "waveform", \.startNoise: 2], "between 0 and 1"),
        ] as [(SettingValues, String)])
    func whatChangesNothingOrCannotBeIsRefused(_ values: SettingValues, _ mention: String) throws {
        let error = #expect(throws: Failure.self) { try TransferSettings(values) }
        #expect(error?.kind == .usage)
        #expect(error?.description.contains(mention) == true, "\(error?.description ?? "")")
    }
}
