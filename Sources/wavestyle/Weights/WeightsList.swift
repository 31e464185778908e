// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Report
import WaveEncoder
import WeightLoader

extension WeightsCommand {
    /// `wavestyle weights list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the weights that '--weights' accepts by name.",
            discussion: "The size is the encoder's width times its blocks.")

        @Flag(help: "Print JSON.")
        var json = false

        func run() throws {
            let library = try WeightLibrary()
            let rows = rows(library)
            if json { return try emit(try prettyJSON(rows)) }
            let table = rows.map { row in
                [
                    row.name, row.architecture?.summary ?? "", row.licence ?? "",
                    (row.path ?? (row.isBuiltIn ? "built in" : "not present")) + (row.isDefault ? ", default" : ""),
                ]
            }
            try emit(TextTable(words: [["NAME", "SIZE", "LICENCE", "WHERE"]] + table).text)
        }

        /// The manifest's entries, then the other files in the user's folders that no earlier row hides.
        private func rows(_ library: WeightLibrary) -> [Row] {
            let manifest = library.manifest
            var rows = manifest.weights.map { entry in
                Row(
                    name: entry.name, title: entry.title, architecture: entry.architecture, licence: entry.licence,
                    origin: entry.origin, sha256: entry.sha256, path: library.path(of: entry),
                    isBuiltIn: entry.generator != nil, isDefault: entry.name == manifest.default)
            }
            for path in library.files() where !rows.contains(where: { $0.path == path }) {
                let file = path.split(separator: "/").last.map(String.init) ?? path
                let stem = file.hasSuffix(".h5") ? String(file.dropLast(3)) : nil
                // What a name can't reach is listed by its path.
                let name = stem.flatMap { stem in rows.contains { $0.name == stem } ? nil : stem } ?? path
                rows.append(Row(name: name, path: path))
            }
            return rows
        }
    }

    /// One line of the list.
    private struct Row: Encodable {
        var name: String
        var title: String?
        var architecture: EncoderArchitecture?
        var licence: String?
        var origin: String?
        var sha256: String?
        var path: String?
        var isBuiltIn = false
        var isDefault = false
    }
}
