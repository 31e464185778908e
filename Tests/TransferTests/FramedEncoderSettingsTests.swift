// SPDX-License-Identifier: Apache-2.0
import Files
import TestSupport
import Testing

@testable import Transfer

/// `--frame-length`, `--frame-hop` and `--as-published` among other settings.
@Suite struct FramedEncoderSettingsTests {
    private static let framed: SettingValues = [
        \.frameLength: 512, \.frameHop: 100, \.asPublished: true, \.fit: "pad",
    ]

    @Test func settingsGiveTheirValuesAgain() throws {
        let settings = try TransferSettings(Self.framed)
        let frames = try #require(settings.network.frames)
        #expect((frames.length, frames.hop, frames.asPublished) == (512, 100, true))
        #expect(try TransferSettings(settings.values) == settings)
        #expect(settings.values[\.frameLength] == 512 && settings.values[\.frameHop] == 100)
        #expect(settings.values[\.asPublished] == .flag(true) && settings.values[\.fit] == .text("pad"))
        // A quarter of a frame where nothing is said.
        let quarter = try TransferSettings([\.frameLength: 600])
        #expect(quarter.values[\.frameHop] == .whole(150) && quarter.values[\.asPublished] == .flag(false))
        // Whole sounds know nothing of frames.
        let whole = try TransferSettings(SettingValues())
        #expect(whole.values == whole.values.without(\.frameLength, \.frameHop, \.asPublished))
    }

    @Test func thePresetIsMitals() throws {
        let preset = try Preset(named: "mital-encoder")
        let settings = try TransferSettings(SettingValues(), over: preset.settings)
        let frames = try #require(settings.network.frames)
        #expect((frames.length, frames.hop, frames.asPublished) == (2_048, 512, false))
        // The sum over two layers in place of their mean, and alpha 1e-3 beside it.
        #expect((settings.styleWeight, settings.alpha, settings.sharedNormalisation) == (2, 2e-3, .sum))
        let published = try TransferSettings([\.asPublished: true], over: preset.settings)
        #expect(published.network.frames?.asPublished == true)
        // Over another backend's settings its own fall away.
        let spectra = try TransferSettings([\.backend: "stft"], over: [\.frameLength: 512])
        #expect(spectra.network.frames == nil && spectra.values[\.frameLength] == nil)
    }

    @Test(
        arguments: [
            ([\.asPublished: true], "--frame-length"), ([\.frameHop: 10], "--frame-length"),
            ([\.backend: "stft", \.frameLength: 512], "--backend stft"),
            ([\.backend: "stft", \.asPublished: true], "--backend stft"),
            ([\.frameLength: 512, \.roundCodes: true], "--frame-length"),
            ([\.frameLength: 512, \.energyWeight: 1], "--frame-length"),
            ([\.frameLength: 512, \.frequencyEnergyWeight: 1], "--frame-length"),
            ([\.frameLength: 512, \.frameHop: 513], "between 1 and 512"),
            ([\.frameLength: 512, \.frameHop: 0], "between 1 and 512"),
            ([\.frameLength: 15], "between 16 and 16384"),
            ([\.frameLength: 16_385], "between 16 and 16384"),
            ([\.frameLength: 0.5], "whole number"),
        ] as [(SettingValues, String)])
    func whatChangesNothingOrCannotBeIsRefused(_ values: SettingValues, _ mention: String) throws {
        let error = #expect(throws: Failure.self) { try TransferSettings(values) }
        #expect(error?.kind == .usage)
        #expect(error?.description.contains(mention) == true, "\(error?.description ?? "")")
    }
}
