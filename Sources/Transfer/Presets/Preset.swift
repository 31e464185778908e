// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// Settings under a name: a published system, or a user's own.
///
/// As JSON: `{"name": ..., "title": ..., "source": ..., "departures": [...], "settings": {...}}`, of which only the settings must
/// be there.
public struct Preset: Codable, Equatable, Sendable {
    /// What `--preset` takes.
    public var name: String?
    /// One line.
    public var title: String?
    /// The paper or code it follows.
    public var source: String?
    /// Where it differs from its source, and why.
    public var departures: [String]?
    /// The settings that it decides; the method's defaults hold for the others.
    public var settings: SettingValues

    /// A preset.
    public init(
        name: String, title: String, source: String, departures: [String], settings: SettingValues
    ) {
        self.name = name
        self.title = title
        self.source = source
        self.departures = departures
        self.settings = settings
    }

    /// All settings of a run, without a name.
    public init(_ settings: MethodSettings) {
        self.settings = settings.values
    }

    /// Departures of every system on spectrograms.
    static let common = [
        "x stays at 0 or above; the code lets log magnitudes fall below, where e^x - 1 is not a magnitude.",
        "The last frame is centred after the last sample, so that windows cover every sample well.",
        "A style of another length is used whole; it need not be as long as the content.",
    ]

    /// Our own systems, the backends' published forms, then the published systems.
    public static let all: [Preset] =
        [.mosaic, .mosaicGrains, .mosaicTonal, .mosaicPlay, .clean, .cleanSTFT, .nsynth, .stft] + published

    /// The published systems.
    public static let published: [Preset] = [
        .nsynthPitch, .nsynthChord, .nsynthVoice, .mitalEncoder, .mitalTimeDomain, .ulyanov, .srm, .ijca, .dipani, .cmu,
        .grinstein, .grinsteinAuditory, .vermaSmith,
    ]

    /// The published form of a backend, which has its name.
    static func published(by backend: BackendName) -> Preset { backend == .nsynth ? .nsynth : .stft }

    /// Finds a preset.
    ///
    /// - Parameter nameOrPath: a known name comes first; what has a slash, or ends on `.json`, or is a file, is a path.
    /// - Throws: ``Failure`` of kind `usage` for an unknown name, `noInput` or `badData` for a file.
    public init(named nameOrPath: String) throws(Failure) {
        if let known = Self.all.first(where: { $0.name == nameOrPath }) {
            self = known
            return
        }
        guard
            nameOrPath.contains("/") || nameOrPath.hasSuffix(".json")
                || fileExists(nameOrPath)
        else {
            let names = Self.all.compactMap(\.name)
            throw Failure(
                .usage, "cannot use the preset", at: nameOrPath,
                why: "the presets are \(names.joined(separator: ", ")), or a file that ends in .json",
                remedy: Nearest.name(to: nameOrPath, among: names).map { "did you mean \($0)?" })
        }
        let json = try contents(ofFile: nameOrPath, or: "cannot read the preset")
        do {
            self = try JSONDecoder().decode(Preset.self, from: Data(json))
            // It must be valid by itself: settings in a file are intentional.
            _ = try MethodSettings(settings)
        } catch let failure as Failure {
            throw Failure(
                .badData, "cannot use the preset", at: nameOrPath,
                why: "\(failure.location ?? failure.what): \(failure.why)",
                remedy: failure.remedy)
        } catch {
            throw Failure(
                .badData, "cannot use the preset", at: nameOrPath, why: Self.explanation(of: error),
                remedy: "compare with the output of --print-settings")
        }
    }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(intValue: Int) { nil }
        init(stringValue: String) { self.stringValue = stringValue }
    }

    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: Key.self).allKeys.map(\.stringValue).sorted()
        if let unknown = keys.first(where: { CodingKeys(stringValue: $0) == nil }) {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "'\(unknown)' is not allowed next to 'settings'"))
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decodeIfPresent(String.self, forKey: .name)
        title = try container.decodeIfPresent(String.self, forKey: .title)
        source = try container.decodeIfPresent(String.self, forKey: .source)
        departures = try container.decodeIfPresent([String].self, forKey: .departures)
        settings = try container.decode(SettingValues.self, forKey: .settings)
    }

    private enum CodingKeys: String, CodingKey {
        case name, title, source, departures, settings
    }

    private static func explanation(of error: any Error) -> String {
        switch error {
        case DecodingError.dataCorrupted(let context) where !context.debugDescription.contains("valid JSON"):
            context.debugDescription
        case DecodingError.keyNotFound(let key, _): "'\(key.stringValue)' is missing"
        case DecodingError.typeMismatch(_, let context):
            "'\(context.codingPath.last?.stringValue ?? "it")' has the wrong type"
        default: "it is not JSON"
        }
    }

    /// The preset as ``init(named:)`` reads it, settings in their order.
    public var json: String {
        func text(_ text: String) -> String { SettingValues.Value.text(text).json }
        let items = departures.map { $0.map { "\n    " + text($0) }.joined(separator: ",") }
        let fields = [
            ("name", name.map(text)), ("title", title.map(text)), ("source", source.map(text)),
            ("departures", items.map { "[\($0)\($0.isEmpty ? "" : "\n  ")]" }),
            ("settings", settings.json(indent: "  ")),
        ]
        return "{\n" + fields.compactMap { key, json in json.map { "  \"\(key)\": \($0)" } }.joined(separator: ",\n")
            + "\n}\n"
    }
}
