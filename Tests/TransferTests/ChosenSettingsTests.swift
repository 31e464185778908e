// SPDX-License-Identifier: Apache-2.0
import Files
import Mosaic
import Testing

@testable import Transfer

/// Which preset lies below the options, and what they make of it.
@Suite struct ChosenSettingsTests {
    /// `--preset`, `--loss`, `--layers` and `--backend` decide it, and nothing else.
    @Test(
        arguments: [
            ([:], nil, "preset mosaic"), ([\.mode: "tonal"], nil, "preset mosaic with --mode tonal"),
            ([\.octave: -1, \.blend: 0.2], nil, "preset mosaic with --octave -1 --blend 0.2"),
            ([\.blend: 0.5], nil, "preset mosaic"), ([\.backend: "mosaic"], nil, "preset mosaic"),
            ([\.optimizer: "adam"], "clean", "preset clean with --optimizer adam"),
            ([\.start: "noise"], "clean", "preset clean with --init noise"),
            ([\.alpha: 0.3, \.seed: 2], "clean", "preset clean with --alpha 0.3 --seed 2"),
            ([\.alpha: 0.08], "clean", "preset clean"), ([\.loss: "gram", \.layers: "relu1"], nil, "preset nsynth"),
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
        func chosen(_ given: SettingValues) throws -> (ChosenSettings, TransferSettings) {
            let chosen = try ChosenSettings(given, preset: "clean")
            return (chosen, try #require(chosen.settings.optimisation))
        }
        let (first, mulaw) = try chosen([\.variable: "mulaw"])
        let clean = try TransferSettings(preset: "clean")
        #expect(mulaw.variable == .mulaw && mulaw.style == clean.style && mulaw.content == clean.content)
        #expect(mulaw.terms == clean.terms && mulaw.optimizer == clean.optimizer && mulaw.start == clean.start)
        #expect(first.dropped.map(\.name).allSatisfy { $0.hasPrefix("preconditioner-") } && first.dropped.count == 3)
        #expect(first.description.contains(", without preconditioner-floor, "))

        let (framed, frames) = try chosen([\.variable: "mulaw", \.frameLength: 512])
        #expect(frames.content.features?.alpha == 0.08 && frames.terms.isEmpty)
        #expect(framed.description.contains("content-loss") && framed.description.contains("mean-spectrum-weight"))

        let (overSpectra, spectra) = try chosen([\.backend: "stft"])
        #expect(spectra.network.preconditioner != nil && spectra.style?.layers.description == "relu1")
        #expect(overSpectra.dropped.map(\.name) == ["layers"])

        let (adam, steps) = try chosen([\.optimizer: "adam"])
        #expect(steps.optimizer == .adam(step: 0.02))
        #expect(adam.dropped.map(\.name) == ["corrections", "loss-tolerance", "gradient-tolerance"])
    }

    /// What a mosaic has no place for is refused, and who named no method is told to name one.
    @Test func idleOptionsNameTheRemedy() {
        func text(_ given: SettingValues, _ preset: String? = nil) -> String {
            #expect(throws: Failure.self) { try ChosenSettings(given, preset: preset) }?.description ?? ""
        }
        #expect(
            text([\.iterations: 3])
                == "cannot use '--iterations': it changes nothing with --backend mosaic; name a method that has it, such as "
                + "--preset clean, or leave it out")
        #expect(text([\.weights: "random-32"]).contains("such as --preset clean"))
        #expect(text([\.iterations: 3], "mosaic").hasSuffix("with --backend mosaic; leave it out"))
        #expect(text([\.mode: "play", \.words: true]).hasSuffix("with --mode play; leave it out"))
        #expect(text([\.alpha: 0, \.blend: 0.3], "clean").hasSuffix("with --alpha 0; leave it out"))
        #expect(text([\.mode: "all"]).contains("auto, grains, tonal, play"))
    }

    /// A mode keeps nothing that it does not use.
    @Test func aModeTakesOutWhatIsIdle() {
        var settings = MethodSettings(.mosaic)
        settings.mosaic?.words = true
        settings.mosaic?.mode = .play
        var play = MosaicSettings()
        play.mode = .play
        #expect(settings == MethodSettings(play))
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
