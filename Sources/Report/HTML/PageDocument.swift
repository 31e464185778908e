// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import Matrices

extension Page {
    /// The page as HTML, with everything in it: style, script, sounds as FLAC of 16 bits, pictures as PNG. Nothing is loaded
    /// from anywhere, and the page forbids it: its policy allows one script and one style, by their SHA-256.
    ///
    /// Samples over full scale are clipped. Spectrograms of a section's sounds have the same limits and a mel scale. A
    /// page of eight sounds of three seconds at 16 kHz is about 1.5 MB large.
    ///
    /// - Parameter threads: for pictures and sounds, at least 1.
    /// - Throws: ``Failure`` when a sound cannot be written or a picture cannot be drawn.
    public func html(threads: Int = 1) throws -> String {
        try HTMLTemplate.rendered(PackageResources.page_mustache, with: PageDocument(self, threads: threads))
    }
}

/// The template's data, under the template's names.
private struct PageDocument {
    let title: String
    let introduction: [String]
    let sections: [Section]
    let style = String(decoding: PackageResources.page_css, as: UTF8.self)
    let script = String(decoding: PackageResources.page_js, as: UTF8.self)
    let policy: String
    let hasContents: Bool
    let hasSounds: Bool

    init(_ page: Page, threads: Int) throws(Failure) {
        (title, introduction) = (page.title, page.introduction)
        var sections: [Section] = []
        for (index, section) in page.sections.enumerated() {
            sections.append(try Section(section, id: "section-\(index + 1)", threads: threads))
        }
        self.sections = sections
        hasContents = sections.count > 2
        hasSounds = page.sections.contains { !$0.sounds.isEmpty }
        policy = HTMLTemplate.policy(script: script, style: style, media: "data: blob:")
    }

    struct Section {
        let id: String
        let title: String
        let paragraphs: [String]
        let seconds: Double
        let sounds: [Sound]
        let charts: [Chart]
        let tables: [Table]
        let settings: [NamedValue]
        let command: String?

        init(_ section: Page.Section, id: String, threads: Int) throws(Failure) {
            (self.id, title, paragraphs) = (id, section.title, section.paragraphs)
            seconds = section.sounds.map { Double($0.samples.count) / Double(max($0.sampleRate, 1)) }.max() ?? 0
            sounds = try Sound.all(section.sounds, threads: threads)
            var charts: [Chart] = []
            for chart in section.charts.compactMap(\.drawable) { charts.append(try Chart(chart)) }
            self.charts = charts
            tables = section.tables.map(Table.init)
            settings = section.settings.map { NamedValue(name: $0.name, value: $0.value) }
            command = section.command
        }
    }

    struct NamedValue {
        let name: String
        let value: String
    }

    struct Sound {
        let title: String
        let caption: String
        /// The key that selects it.
        let key: Int?
        let isFirst: Bool
        let audio: String
        let picture: String
        let pictureText: String
        let pictureWidth: Int
        let pictureHeight: Int
        let plotStart: Double
        let plotWidth: Double
        let plotTop: Double
        let plotHeight: Double

        /// A picture that a phone shows at its own size.
        private static let size = PictureSize(width: 760, height: 380)

        /// The sounds of a section, with comparable pictures.
        static func all(_ sounds: [Page.Sound], threads: Int) throws(Failure) -> [Sound] {
            guard !sounds.isEmpty else { return [] }
            // Dark around dark colours, in both of the page's themes.
            var spectrograms = SpectrogramPicture(
                sounds: sounds.map { PicturedSound(title: $0.title, samples: $0.samples, sampleRate: $0.sampleRate) },
                scale: .mel, theme: .dark, size: size)
            spectrograms.pixelsOfCell = 2
            let (pictures, plot) = (try spectrograms.pngs(threads: threads), try spectrograms.plotShare())
            let highest = try spectrograms.axes().frequency.range.upperBound
            let flac = try AudioFormat(path: "sound.flac", sampleFormat: .pcm16)
            let files = Workers(count: threads).map(pieces: sounds.count) { index, _ in
                Result { () throws(Failure) in
                    let sound = sounds[index]
                    return try AudioFile.encoded(
                        Waveform(mono: sound.samples, sampleRate: sound.sampleRate), as: flac, name: sound.title)
                }
            }
            var result: [Sound] = []
            for (index, sound) in sounds.enumerated() {
                result.append(
                    Sound(
                        title: sound.title, caption: sound.caption, key: index < 9 ? index + 1 : nil,
                        isFirst: index == 0,
                        audio: dataURI(try files[index].get(), "audio/flac"),
                        picture: dataURI(pictures[index], "image/png"),
                        pictureText: """
                            Spectrogram of \(sound.title): up to \(Int(highest)) Hz, \(Int(SpectrogramPicture.range)) dB below \
                            the loudest of the section
                            """,
                        pictureWidth: size.width / 2, pictureHeight: size.height / 2, plotStart: plot.x,
                        plotWidth: plot.width, plotTop: plot.y, plotHeight: plot.height))
            }
            return result
        }
    }

    struct Chart {
        let light: String
        let dark: String
        let text: String
        let width = size.width / 2
        let height = size.height / 2

        private static let size = PictureSize(width: 760, height: 560)

        init(_ chart: Report.Chart) throws(Failure) {
            light = dataURI(try ChartPicture(chart, theme: .light, size: Self.size).png(), "image/png")
            dark = dataURI(try ChartPicture(chart, theme: .dark, size: Self.size).png(), "image/png")
            let names = chart.curves.map(\.name).joined(separator: ", ")
            text = "\(chart.title): \(names); \(chart.yLabel) over \(chart.xLabel)"
        }
    }

    struct Table {
        struct Cell {
            let text: String
            let isNumeric: Bool
        }

        struct Row {
            let name: String
            let note: String?
            let cells: [Cell]
        }

        let caption: String
        let columns: [Cell]
        let rows: [Row]

        init(_ table: Page.Table) {
            caption = table.caption
            // The first column has the rows' names.
            let isNumeric = table.columns.indices.map { column in
                column > 0 && table.rows.allSatisfy { column >= $0.count || Self.isNumber($0[column]) }
            }
            columns = zip(table.columns, isNumeric).map { Cell(text: $0, isNumeric: $1) }
            rows = table.rows.enumerated().map { index, row in
                let note = index < table.notes.count ? table.notes[index] : ""
                return Row(
                    name: row.first ?? "", note: note.isEmpty ? nil : note,
                    cells: zip(row, isNumeric).dropFirst().map { Cell(text: $0, isNumeric: $1) })
            }
        }

        /// Whether a cell is aligned to the right: a number, with a unit or without, or nothing.
        static func isNumber(_ cell: String) -> Bool {
            guard let first = cell.unicodeScalars.first else { return true }
            return ("0"..."9").contains(first) || "+-−±.–—<>≈".unicodeScalars.contains(first)
        }
    }
}

private func dataURI(_ bytes: [UInt8], _ type: String) -> String {
    "data:\(type);base64,\(Data(bytes).base64EncodedString())"
}
