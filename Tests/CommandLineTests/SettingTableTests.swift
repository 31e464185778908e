// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation
import Matrices
import Testing

@testable import Transfer
@testable import wavestyle

/// The one table of settings against the options, the presets and JSON.
@Suite struct SettingTableTests {
    /// Every group that has settings among its options.
    private static let groups: [any SettingOptions.Type] = [
        TransferOptions.self, SpectrogramOptions.self, EncoderOptions.self, PartOptions.self, FormatOptions.self,
    ]

    /// A value that it can take.
    private func sample(_ setting: Setting) -> SettingValues.Value {
        switch setting.kind {
        case .flag: true
        case .number: 3
        case .text: .text(setting.choices.first ?? "relu1")
        }
    }

    @Test func everySettingIsOneOptionAndTheReverse() throws {
        var taken: [Setting] = []
        for group in Self.groups {
            let options = Mirror(reflecting: group.init()).children.filter {
                $0.value is Option<GivenSetting?> || $0.value is Flag<Bool?> || $0.value is Option<KeepOption?>
            }
            let settings = SettingTable.all.filter { setting in
                var given = SettingValues()
                given[setting] = sample(setting)
                return (try? group.parse(given.arguments))?.values == given
            }
            #expect(options.count == settings.count, "\(group)")
            taken += settings
        }
        #expect(taken.count == SettingTable.all.count && Set(taken) == Set(SettingTable.all))
        #expect(Set(SettingTable.all.map(\.name)).count == SettingTable.all.count)
    }

    /// What help gives as a default changes nothing where it is given as an option, for each form that it names.
    @Test(arguments: ["mosaic", "clean", "nsynth", "stft"]) func theDefaultInHelpIsTheDefault(_ base: String) throws {
        let preset = try Preset(named: base)
        let settings = try MethodSettings(preset.settings)
        for setting in SettingTable.all where setting.unset == nil && setting.hasPlace(settings) {
            let shown = try #require(setting.helpText.firstMatch(of: /\(default: (.*?)\)/), "\(setting.name)").1
            let parts = shown.split(separator: "; ").map(String.init)
            let own = parts.dropFirst().compactMap { part in
                let halves = part.split(separator: ": ", maxSplits: 1)
                return halves[0].split(separator: ", ").contains(Substring(base)) ? String(halves[1]) : nil
            }
            let text = own.first ?? parts[0]
            var given = SettingValues()
            given[setting] =
                setting.kind == .flag
                ? .flag(!text.hasPrefix("--no-")) : try #require(SettingValues.Value(text, of: setting.kind))
            #expect(try MethodSettings(given, over: preset.settings) == settings, "\(base) \(setting.name) \(text)")
        }
    }

    /// Written as JSON and read again, they are the same settings with the same JSON, in the table's order.
    private func expectRoundTrip(_ settings: MethodSettings) throws {
        let json = Preset(settings).json
        let read = try JSONDecoder().decode(Preset.self, from: Data(json.utf8))
        #expect(try MethodSettings(read.settings) == settings, "\(json)")
        #expect(read.json == json)
        let names = json.matches(of: /\n    "([^"]*)":/).map { String($0.1) }
        #expect(names == SettingTable.all.map(\.name).filter(Set(names).contains))
    }

    @Test func presetsGoRound() throws {
        for preset in Preset.all {
            try expectRoundTrip(MethodSettings(preset.settings))
            #expect(try JSONDecoder().decode(Preset.self, from: Data(preset.json.utf8)) == preset)
        }
    }

    /// Some values of each setting, wherever they have a place.
    @Test func randomSettingsGoRound() throws {
        var generator = SeededGenerator(seed: 18)
        func number(_ range: ClosedRange<Double>) -> Double {
            Double(abs(generator.uniform())) * (range.upperBound - range.lowerBound) + range.lowerBound
        }
        func pick<Element>(_ elements: [Element]) -> Element {
            elements[min(Int(number(0...Double(elements.count))), elements.count - 1)]
        }
        var usable = 0
        for _ in 0..<400 {
            var settings = MethodSettings(pick(MethodName.allCases))
            for setting in SettingTable.all where number(0...1) < 0.4 && setting != SettingTable.shared.backend {
                let values: [SettingValues.Value] =
                    switch setting.kind {
                    case .flag: [true, false]
                    case .text where setting.choices.isEmpty: ["relu1", "residual:2", "mix:0.25", "style"]
                    case .text: setting.choices.map { .text($0) }
                    case .number:
                        setting.range(settings).map { range in
                            [.number(number(range).rounded()), .number(number(range)), .number(range.lowerBound)]
                        } ?? [1, 0.125]
                    }
                _ = settings.takes(pick(values), setting)
            }
            guard (try? settings.validate()) != nil else { continue }
            usable += 1
            try expectRoundTrip(settings)
        }
        #expect(usable > 100)
    }

    /// The ends of a range are taken; what lies beyond is refused in one line that names the option and both ends.
    @Test func rangesHaveTheirEnds() throws {
        var checked = 0
        for form in MethodName.allCases.map(MethodSettings.init) {
            let forms = [form] + form.variants().map(\.settings)
            for setting in SettingTable.all {
                guard let settings = forms.first(where: setting.hasPlace), let range = setting.range(settings) else {
                    continue
                }
                checked += 1
                for end in [range.lowerBound, range.upperBound] {
                    var other = settings
                    let isTaken = other.takes(.number(end), setting)
                    #expect(isTaken && setting.problem(other) == nil, "\(setting.name) \(end)")
                }
                let isWhole = setting.read(settings).map { if case .whole = $0 { true } else { false } } ?? false
                let step = isWhole ? 1 : range.upperBound * 1e-9
                for beyond in [range.lowerBound - step, range.upperBound + step] {
                    var given = SettingValues()
                    given[setting] = .number(beyond)
                    let error = #expect(throws: Failure.self, "\(setting.name) \(beyond)") {
                        try MethodSettings(given, over: settings.values)
                    }
                    let text = error?.description ?? ""
                    #expect(error?.kind == .usage && text.contains(setting.option), "\(text)")
                    #expect(text.contains("between") || text.contains("a whole number"), "\(text)")
                }
            }
        }
        #expect(checked > 40)
    }

    /// Whatever has no place is refused with the choice that leaves none.
    @Test func idleSettingsAreRefusedWithTheReason() throws {
        for base in ["mosaic", "mosaic-play", "clean", "nsynth", "stft", "mital-encoder", "mital-timedomain", "cmu"] {
            let preset = try Preset(named: base)
            let settings = try MethodSettings(preset.settings)
            for setting in SettingTable.all where !setting.hasPlace(settings) {
                var given = SettingValues()
                given[setting] = sample(setting)
                let error = #expect(throws: Failure.self, "\(base) \(setting.name)") {
                    try MethodSettings(given, over: preset.settings)
                }
                let text = error?.description ?? ""
                #expect(text.contains(setting.option) && text.contains("changes nothing with"), "\(base): \(text)")
            }
        }
    }
}
