// SPDX-License-Identifier: Apache-2.0
import Files
import Testing

@testable import Transfer

/// Which preset lies below the options, and what they make of it.
@Suite struct ChosenSettingsTests {
    /// `--preset`, `--loss`, `--layers` and `--backend` decide it, and nothing else.
    @Test(
        arguments: [
            ([:], nil, "preset clean"), ([\.optimizer: "adam"], nil, "preset clean with --optimizer adam"),
            ([\.start: "noise"], nil, "preset clean with --init noise"),
            ([\.alpha: 0.3, \.seed: 2], nil, "preset clean with --alpha 0.3 --seed 2"),
            ([\.alpha: 0.08], nil, "preset clean"), ([\.loss: "gram", \.layers: "relu1"], nil, "preset nsynth"),
            ([\.layers: "relu1:1-5"], nil, "preset nsynth with --layers relu1:1-5"),
            ([\.backend: "nsynth"], nil, "preset nsynth"), ([\.backend: "stft", \.loss: "gram"], nil, "preset stft"),
            ([\.loss: "gram"], "clean", "preset clean with --loss gram"),
            ([\.duration: .number(.infinity)], "nsynth-voice", "preset nsynth-voice with --duration inf"),
        ] as [(SettingValues, String?, String)])
    func theBase(_ given: SettingValues, preset: String?, is description: String) throws {
        let chosen = try ChosenSettings(given, preset: preset)
        #expect(chosen.description.hasPrefix(description))
        #expect(
            chosen.description.dropFirst(description.count).prefix { $0 != "," }.isEmpty, "\(chosen.description)")
    }

    @Test func aPublishedFormIsItsPresetWithoutDurations() throws {
        for (backend, preset) in [("nsynth", "nsynth-voice"), ("stft", "ulyanov")] {
            let published = try TransferSettings([\.backend: .text(backend)], preset: nil).values
            let named = try TransferSettings([\.contentLayer: .number(.infinity)], preset: preset)
            #expect(published == named.values.without(\.duration, \.styleDuration))
        }
    }

    /// Clean's other settings stay as far as they fit.
    @Test func whatDoesNotFitIsTheVariablesOwn() throws {
        let chosen = try ChosenSettings([\.variable: "mulaw"])
        let (clean, mulaw) = (try TransferSettings(preset: "clean"), chosen.settings)
        #expect(mulaw.variable == .mulaw && mulaw.style == clean.style && mulaw.content == clean.content)
        #expect(mulaw.terms == clean.terms && mulaw.optimizer == clean.optimizer && mulaw.start == clean.start)
        #expect(chosen.dropped.map(\.name).allSatisfy { $0.hasPrefix("preconditioner-") } && chosen.dropped.count == 3)
        #expect(chosen.description.contains(", without preconditioner-floor, "))

        let framed = try ChosenSettings([\.variable: "mulaw", \.frameLength: 512])
        #expect(framed.settings.content.features?.alpha == 0.08 && framed.settings.terms.isEmpty)
        #expect(framed.description.contains("content-loss") && framed.description.contains("mean-spectrum-weight"))

        let spectra = try ChosenSettings([\.backend: "stft"], preset: "clean")
        #expect(spectra.settings.network.preconditioner != nil && spectra.settings.style?.layers.description == "relu1")
        #expect(spectra.dropped.map(\.name) == ["layers"])

        let adam = try ChosenSettings([\.optimizer: "adam"])
        #expect(adam.settings.optimizer == .adam(step: 0.02))
        #expect(adam.dropped.map(\.name) == ["corrections", "loss-tolerance", "gradient-tolerance"])
    }

    /// A preset file of 0.1 has `alpha` 0 for no content, and energies of 0 for frames.
    @Test func filesOfEarlierVersionsLoad() throws {
        let nothing = try TransferSettings([\.alpha: 0])
        #expect(nothing.content == .none)
        #expect(try TransferSettings([\.alpha: 0.3], over: [\.alpha: 0]).content.features?.alpha == 0.3)
        let frames = try TransferSettings([\.frameLength: 512, \.energyWeight: 0, \.frequencyEnergyWeight: 0])
        #expect(frames.network.frames?.hop == 128)
    }
}
