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
            .backend: .text(backend.rawValue), .variable: .text("waveform"), .preconditionerFloor: .number(0.01),
            .preconditionerWindow: .whole(512), .preconditionerSpectrum: .text("style"), .loss: .text("kl"),
            .contentLoss: .text("envelope"), .envelopeBands: .text("mel"), .balance: .text("auto"),
            .meanSpectrumWeight: .number(0.02), .spectralStyleWeight: .number(0.3),
            .start: .text("equalised"), .optimizer: .text("adam"),
        ]
        let settings = try TransferSettings(given)
        for setting in given.settings { #expect(settings.values[setting] == given[setting], "\(setting)") }
        #expect(try TransferSettings(settings.values) == settings)
        // Adam's step in Z; no noise; KL divides by positions.
        #expect(settings.values[.learningRate] == .number(0.02) && settings.startNoise == 0)
        #expect(settings.gramDivisor == .positions && settings.values[.gramDivisor] == nil)
        #expect(settings.values[.phase] == nil && settings.values[.roundCodes] == nil)
    }

    /// What is published does not know of them, or has them switched off.
    @Test func publishedForms() throws {
        for preset in Preset.all where !["clean", "clean-stft"].contains(preset.name) {
            let settings = try TransferSettings(SettingValues(), over: preset.settings)
            #expect(settings.variable == (settings.backend == .nsynth ? .mulaw : .spectrum))
            #expect((settings.balance, settings.meanSpectrumWeight, settings.spectralStyleWeight) == (.none, 0, 0))
            #expect(settings.contentLoss == .features && settings.loss != .kl)
            for setting in [Setting.preconditionerFloor, .preconditionerWindow, .preconditionerSpectrum] {
                #expect(settings.values[setting] == nil)
            }
        }
    }

    @Test func noContentIsAnAlphaOfNothing() throws {
        let settings = try TransferSettings([.contentLoss: .text("none")])
        #expect(settings.alpha == 0 && settings.values[.alpha] == nil)
        #expect(settings.values[.contentLoss] == .text("none"))
        #expect(try TransferSettings(settings.values) == settings)
        // Over a preset's weight too.
        #expect(try TransferSettings([.contentLoss: .text("none")], over: [.alpha: .number(3)]).alpha == 0)
    }

    @Test(
        arguments: [
            ([.preconditionerFloor: .number(0.1)], "--variable mulaw"),
            ([.preconditionerSpectrum: .text("flat")], "--variable mulaw"),
            ([.backend: .text("stft"), .preconditionerWindow: .whole(512)], "--variable spectrum"),
            (
                [
                    .variable: .text("waveform"), .preconditionerSpectrum: .text("flat"),
                    .preconditionerFloor: .number(0.1),
                ], "--preconditioner-spectrum flat"
            ),
            ([.variable: .text("waveform"), .roundCodes: .flag(true)], "--variable waveform"),
            ([.backend: .text("stft"), .variable: .text("waveform"), .phase: .text("fast")], "--variable waveform"),
            ([.backend: .text("stft"), .variable: .text("waveform"), .ceiling: .number(1)], "--variable waveform"),
            ([.backend: .text("stft"), .meanSpectrumWeight: .number(1)], "--variable spectrum"),
            ([.frameLength: .whole(512), .meanSpectrumWeight: .number(1)], "--frame-length"),
            ([.backend: .text("stft"), .spectralStyleWeight: .number(1)], "--variable spectrum"),
            ([.frameLength: .whole(512), .spectralStyleWeight: .number(1)], "--frame-length"),
            ([.contentLoss: .text("none"), .alpha: .number(1)], "--content-loss none"),
            ([.contentLoss: .text("envelope"), .alpha: .number(0)], "--alpha 0"),
            ([.contentLoss: .text("envelope"), .contentLayer: .text("relu2:1")], "--content-loss envelope"),
            ([.envelopeBands: .text("mel")], "--content-loss features"),
            ([.envelopeBands: .text("mel"), .contentLoss: .text("envelope"), .alpha: .number(0)], "--alpha 0"),
            ([.contentLoss: .text("envelope"), .styleWeight: .number(0)], "needs the style"),
            ([.loss: .text("kl"), .gramDivisor: .text("entries")], "--loss kl"),
            ([.loss: .text("kl"), .alpha: .number(0), .normalisation: .text("sum")], "--loss kl"),
            ([.loss: .text("kl"), .fit: .text("pad")], "--loss kl"),
            ([.variable: .text("spectrum")], "mulaw and waveform"),
            ([.backend: .text("stft"), .variable: .text("mulaw")], "spectrum and waveform"),
            ([.variable: .text("mp3")], "mulaw, waveform, spectrum"),
            ([.frameLength: .whole(512), .variable: .text("waveform")], "--frame-length"),
            ([.backend: .text("stft"), .contentLoss: .text("envelope")], "--variable spectrum"),
            ([.frameLength: .whole(512), .contentLoss: .text("envelope")], "--frame-length"),
            ([.variable: .text("waveform"), .preconditionerFloor: .number(0)], "between"),
            ([.variable: .text("waveform"), .preconditionerFloor: .number(1.5)], "between"),
            ([.variable: .text("waveform"), .preconditionerFloor: .number(.nan)], "between"),
            ([.variable: .text("waveform"), .preconditionerWindow: .whole(8)], "between 16 and 65536"),
            ([.meanSpectrumWeight: .number(-1)], "between 0 and"),
            ([.spectralStyleWeight: .number(-1)], "between 0 and"),
            ([.balance: .text("yes")], "auto, none"),
            ([.contentLoss: .text("words")], "features, envelope, none"),
            ([.start: .text("equal")], "equalised"),
            ([.variable: .text("waveform"), .startNoise: .number(2)], "between 0 and 1"),
        ] as [(SettingValues, String)])
    func whatChangesNothingOrCannotBeIsRefused(_ values: SettingValues, _ mention: String) throws {
        let error = #expect(throws: Failure.self) { try TransferSettings(values) }
        #expect(error?.kind == .usage)
        #expect(error?.description.contains(mention) == true, "\(error?.description ?? "")")
    }
}
