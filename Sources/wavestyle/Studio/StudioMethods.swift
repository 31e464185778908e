// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Transfer

/// What the studio's page is told of methods and settings.
enum StudioMethods {
    /// A preset, as a card where it is one for musicians.
    struct Card: Encodable {
        let name: String
        let title: String
        let sentence: String
        let isCard: Bool
    }

    /// All presets, those of musicians first.
    static let cards: [Card] = {
        let cards = sentences.map { name, sentence in
            Card(name: name, title: shortTitle(name), sentence: sentence, isCard: true)
        }
        let others = Preset.all.filter { preset in !cards.contains { $0.name == preset.name } }
        return cards
            + others.map { Card(name: $0.name ?? "", title: $0.name ?? "", sentence: $0.title ?? "", isCard: false) }
    }()

    private static func shortTitle(_ name: String) -> String {
        switch name {
        case "mosaic": "Mosaic"
        case "mosaic-grains": "Grains"
        case "mosaic-tonal": "Tonal"
        case "mosaic-play": "Play"
        case "clean": "Clean"
        default: name.capitalized
        }
    }

    private static let sentences = [
        ("mosaic", "Plays the content with the style's own sound, in the way that suits both. Start here."),
        ("mosaic-grains", "Short grains of the style: for speech, drums, and noisy styles."),
        ("mosaic-tonal", "The style's notes at any pitch: for melodies and chords."),
        ("mosaic-play", "The style's recording, whose speed follows the melody."),
        ("clean", "A neural network shapes the content's waveform until it hears the style in it. Slower."),
        ("ulyanov", "The classic network on spectrograms: a shuffled style in the content's rhythm."),
    ]

    /// A setting that counts.
    struct SettingAnswer: Encodable {
        let name: String
        let kind: String
        let valueName: String
        let choices: [String]
        let help: String
        /// The preset's; null where it has none.
        let `default`: SettingValues.Value?
        /// Null where it has none.
        let value: SettingValues.Value?
        let isChanged: Bool
    }

    struct Answer: Encodable {
        let settings: [SettingAnswer]
        /// The same on a command line.
        let command: String
    }

    /// The settings that count with a preset and changes on it.
    ///
    /// - Throws: ``Failure`` of kind `usage`.
    static func answer(_ preset: String, _ changes: SettingValues) throws(Failure) -> Answer {
        let base = try ChosenSettings(SettingValues(), preset: preset).settings
        let chosen = try ChosenSettings(changes, preset: preset)
        let (own, all) = (base.values, chosen.settings.values)
        // The preset decides the method.
        let settings = SettingTable.all.filter { $0.name != "backend" && chosen.settings.hasPlace(for: $0) }
        return Answer(
            settings: settings.map { setting in
                SettingAnswer(
                    name: setting.name, kind: "\(setting.kind)", valueName: setting.valueName, choices: setting.choices,
                    help: setting.help, default: own[setting], value: all[setting],
                    isChanged: changes[setting] != nil && own[setting] != all[setting])
            },
            command: CommandLine.command(
                ["--preset", preset] + changes.arguments + ["--content", "CONTENT", "--style", "STYLE"]))
    }
}
