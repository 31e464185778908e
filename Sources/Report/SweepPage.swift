// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// The results of many runs on one page: a table to sort, filter and hear; the best runs by a metric; what each setting does;
/// and the Pareto front of style and content.
///
/// Unlike ``Page``, it carries no sounds: they are files in the folder that the page is written to.
public struct SweepPage: Sendable {
    /// A column of the table: what each run has one value of.
    public struct Column: Sendable {
        /// What a column is about.
        public enum Kind: String, Sendable {
            /// One of the run's input sounds.
            case pair
            /// A setting.
            case setting
            /// A metric of the result.
            case metric
            /// Anything else, as the run's duration. One named `state` says why a run has no sound.
            case figure
        }

        /// The heading.
        public var name: String
        /// What it is about.
        public var kind: Kind
        /// Of its numbers; empty for none.
        public var unit: String
        /// Whether higher numbers are better, or lower ones; nil if neither.
        public var higherIsBetter: Bool?
        /// An explanation, shown on demand; empty for none.
        public var note: String

        /// A column.
        public init(name: String, kind: Kind, unit: String = "", higherIsBetter: Bool? = nil, note: String = "") {
            (self.name, self.kind, self.unit) = (name, kind, unit)
            (self.higherIsBetter, self.note) = (higherIsBetter, note)
        }
    }

    /// A value of a run.
    public enum Cell: Sendable {
        /// A text.
        case text(String)
        /// A number; one that is not finite is shown as missing.
        case number(Double)
        /// Missing.
        case none
    }

    /// A run.
    public struct Row: Sendable {
        /// Its name, unique on the page.
        public var run: String
        /// The path of its sound, relative to the page, of any characters; nil if there is none.
        public var sound: String?
        /// One for each column.
        public var cells: [Cell]

        /// A run.
        public init(run: String, sound: String?, cells: [Cell]) {
            (self.run, self.sound, self.cells) = (run, sound, cells)
        }
    }

    /// The page's title.
    public var title: String
    /// Paragraphs before the results.
    public var introduction: [String]
    /// From left to right.
    public var columns: [Column]
    /// In the order that the table has at first; some thousands at most.
    public var rows: [Row]
    /// The metric, by its name, that the page shows first, and on the upward axis of the front. If it is nil, or neither high
    /// nor low values are better, the first one is taken of which either is.
    public var styleMetric: String?
    /// The same of the front's other axis.
    public var contentMetric: String?

    /// A page. Each row must have as many cells as there are columns.
    public init(
        title: String, introduction: [String] = [], columns: [Column], rows: [Row], styleMetric: String? = nil,
        contentMetric: String? = nil
    ) {
        precondition(rows.allSatisfy { $0.cells.count == columns.count }, "a row has not one cell for each column")
        (self.title, self.introduction, self.columns, self.rows) = (title, introduction, columns, rows)
        (self.styleMetric, self.contentMetric) = (styleMetric, contentMetric)
    }

    /// The page as HTML, with its data, style and script in it. Its policy allows no other script and style, and sounds from
    /// where the page is only.
    ///
    /// A page of 2,000 runs with 17 columns is about 0.6 MB large.
    public func html() throws -> String {
        try HTMLTemplate.rendered(PackageResources.sweep_mustache, with: SweepDocument(self))
    }
}

/// The template's data, under the template's names.
private struct SweepDocument {
    let title: String
    let introduction: [String]
    let style = String(decoding: PackageResources.page_css + PackageResources.sweep_css, as: UTF8.self)
    let script = String(decoding: PackageResources.sweep_js, as: UTF8.self)
    let policy: String
    let data: String

    init(_ page: SweepPage) throws {
        (title, introduction) = (page.title, page.introduction)
        // In a page that is opened as a file, not every browser takes its neighbours for its own.
        policy = HTMLTemplate.policy(script: script, style: style, media: "'self' file:")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Whatever ends a script's element, or opens a comment in it, starts with `<`, which JSON has in strings only. By bytes:
        // as a character it may be one with an accent that follows.
        let bytes = try encoder.encode(SweepData(page)).reduce(into: [UInt8]()) { bytes, byte in
            if byte == UInt8(ascii: "<") { bytes += Array("\\u003c".utf8) } else { bytes.append(byte) }
        }
        data = String(decoding: bytes, as: UTF8.self)
    }
}

/// What the script reads.
private struct SweepData: Encodable {
    let columns: [Column]
    let rows: [Row]
    let styleMetric: String?
    let contentMetric: String?

    struct Column: Encodable {
        let name: String
        let kind: String
        let unit: String
        let higherIsBetter: Bool?
        let note: String
    }

    struct Row: Encodable {
        let run: String
        let sound: String?
        let cells: [Cell]
    }

    enum Cell: Encodable {
        case text(String)
        case number(Double)
        case missing

        init(_ cell: SweepPage.Cell) {
            self =
                switch cell {
                case .text(let text): .text(text)
                case .number(let number) where number.isFinite: .number(number)
                case .number, .none: .missing
                }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .number(let number): try container.encode(number)
            case .missing: try container.encodeNil()
            }
        }
    }

    init(_ page: SweepPage) {
        columns = page.columns.map {
            Column(
                name: $0.name, kind: $0.kind.rawValue, unit: $0.unit, higherIsBetter: $0.higherIsBetter, note: $0.note)
        }
        rows = page.rows.map { Row(run: $0.run, sound: $0.sound.map(Self.address), cells: $0.cells.map(Cell.init)) }
        (styleMetric, contentMetric) = (page.styleMetric, page.contentMetric)
    }

    /// A path as a relative reference (RFC 3986): byte by byte, so that names that are not UTF-8 are found, too.
    private static func address(of path: String) -> String {
        path.pathBytes.reduce(into: "./") { address, byte in
            let scalar = Unicode.Scalar(byte)
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", "~", "/": address.unicodeScalars.append(scalar)
            default: address += String(format: "%%%02X", Int(byte))
            }
        }
    }
}
