// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Report
import Testing

@Suite struct SweepPageTests {
    /// Texts that would end an element, an attribute or a string; the accent is one that would hide a character from an escape by
    /// whole characters.
    static let hostileTexts = [
        "</script><script>alert(1)</script>", "<!--<script>", "<\u{338}/script>", "\" onerror=\"alert(1)", "'\u{301}\\",
        "</title><img src=x>", "{{title}} {{{script}}}", "a\r\nb\u{0}\u{2028}", "&lt;",
    ]

    /// The script's data are those of the page, number for number.
    @Test func theDataAreThePages() throws {
        let numbers = [0.1, -1.0 / 3, 1e300, 2.5e-308, 12, 16_777_217]
        let columns = [
            SweepPage.Column(name: "style", kind: .pair),
            SweepPage.Column(name: "loss", kind: .setting, note: "What is minimised."),
            SweepPage.Column(name: "distance", kind: .metric, unit: "dB", higherIsBetter: false),
            SweepPage.Column(name: "correlation", kind: .metric, higherIsBetter: true),
            SweepPage.Column(name: "state", kind: .figure),
        ]
        let rows = numbers.enumerated().map { index, number in
            SweepPage.Row(
                run: "\(index)", sound: index == 1 ? nil : "runs/\(index).wav",
                cells: [.text("flute.wav"), .none, .number(number), .number(.nan), .text("done")])
        }
        let page = SweepPage(
            title: "Sweep", introduction: ["One", "Two"], columns: columns, rows: rows, styleMetric: "distance")
        let html = try page.html()
        #expect(html.contains("<h1>Sweep</h1>\n<p>One</p>\n<p>Two</p>\n"))
        let data = try Data(of: html)
        #expect(data.columns.map(\.name) == columns.map(\.name))
        #expect(data.columns.map(\.kind) == ["pair", "setting", "metric", "metric", "figure"])
        #expect(data.columns.map(\.unit) == ["", "", "dB", "", ""])
        #expect(data.columns.map(\.higherIsBetter) == [nil, nil, false, true, nil])
        #expect(data.columns.map(\.note) == ["", "What is minimised.", "", "", ""])
        #expect(data.styleMetric == "distance" && data.contentMetric == nil)
        #expect(data.rows.map(\.run) == rows.map(\.run))
        #expect(data.rows.map(\.sound) == (0..<6).map { $0 == 1 ? nil : "./runs/\($0).wav" })
        for (row, number) in zip(data.rows, numbers) {
            #expect(row.cells == [.text("flute.wav"), .missing, .number(number), .missing, .text("done")])
        }
        #expect(try page.html() == html)
    }

    @Test(arguments: hostileTexts) func hostileTextsStayTexts(_ text: String) throws {
        func page(_ text: String) throws -> String {
            let columns = SweepPage.Column.Kind.all.map {
                SweepPage.Column(name: text, kind: $0, unit: text, note: text)
            }
            let row = SweepPage.Row(run: text, sound: text, cells: columns.map { _ in .text(text) })
            return try SweepPage(
                title: text, introduction: [text], columns: columns, rows: [row], styleMetric: text, contentMetric: text
            ).html()
        }
        let (html, plain) = (try page(text), try page("plain"))
        let data = try Data(of: html)
        #expect(data.rows[0].run == text && data.rows[0].cells == data.columns.map { _ in .text(text) })
        #expect(data.columns.allSatisfy { $0.name == text && $0.unit == text && $0.note == text })
        #expect(data.styleMetric == text && data.contentMetric == text)
        // Names add no markup: there are as many of its characters as without them.
        for scalar in ["<", ">"] as [Unicode.Scalar] {
            let counts = [html, plain].map { outsideData($0).unicodeScalars.count { $0 == scalar } }
            #expect(counts[0] == counts[1])
        }
        #expect(!embedded(in: html).unicodeScalars.contains("<"))
    }

    /// Sounds are found whatever they are called, below the page and nowhere else.
    @Test(arguments: [
        ("runs/3f/3fa2.wav", "./runs/3f/3fa2.wav"), ("a b#?%20.wav", "./a%20b%23%3F%2520.wav"),
        ("javascript:alert(1)", "./javascript%3Aalert%281%29"), ("//host/a.wav", ".///host/a.wav"),
        ("é\\\".wav", "./%C3%A9%5C%22.wav"), (String(path: [0x61, 0xFF]), "./a%FF"),
    ])
    func soundsAreRelativeReferences(path: String, address: String) throws {
        let row = SweepPage.Row(run: "1", sound: path, cells: [])
        let data = try Data(of: SweepPage(title: "", columns: [], rows: [row]).html())
        #expect(data.rows[0].sound == address)
    }

    /// The policy allows the script and the style that are in the page, and nothing from elsewhere.
    @Test func thePolicyAllowsWhatIsThere() throws {
        let html = try SweepPage(title: "", columns: [], rows: []).html()
        #expect(!html.contains("://") && !html.contains("url("))
        let policy = try #require(html.between("Content-Security-Policy\" content=\"", "\""))
        let digests = try ["script", "style"].map { element in
            let digits = try Array(#require(html.between("<\(element)>", "</\(element)>")).utf8)
                .withUnsafeBytes { Checksum(of: $0).description }
            let bytes = stride(from: 0, to: digits.count, by: 2).map { start in
                UInt8(digits.dropFirst(start).prefix(2), radix: 16) ?? 0
            }
            return "\(element)-src &#39;sha256-\(Foundation.Data(bytes).base64EncodedString())&#39;"
        }
        #expect(
            policy == """
                default-src &#39;none&#39;; \(digests[0]); \(digests[1]); img-src data:; media-src &#39;self&#39; file:; \
                base-uri &#39;none&#39;; form-action &#39;none&#39;
                """)
    }

    /// As the script reads them.
    private struct Data: Decodable {
        let columns: [Column]
        let rows: [Row]
        let styleMetric: String?
        let contentMetric: String?

        struct Column: Decodable {
            let name: String
            let kind: String
            let unit: String
            let higherIsBetter: Bool?
            let note: String
        }

        struct Row: Decodable {
            let run: String
            let sound: String?
            let cells: [Cell]
        }

        enum Cell: Decodable, Equatable {
            case text(String)
            case number(Double)
            case missing

            init(from decoder: any Decoder) throws {
                let value = try decoder.singleValueContainer()
                if value.decodeNil() {
                    self = .missing
                } else if let number = try? value.decode(Double.self) {
                    self = .number(number)
                } else {
                    self = .text(try value.decode(String.self))
                }
            }
        }

        init(of html: String) throws {
            self = try JSONDecoder().decode(Data.self, from: Foundation.Data(embedded(in: html).utf8))
        }
    }
}

private let opening = "<script type=\"application/json\" id=\"data\">"

private func embedded(in html: String) -> String { html.between(opening, "</script>") ?? "" }

/// The page without its data.
private func outsideData(_ html: String) -> String { html.replacingOccurrences(of: embedded(in: html), with: "") }

extension String {
    /// What is between two texts, where they are first; by scalars, as a browser reads.
    fileprivate func between(_ start: String, _ end: String) -> String? {
        guard let start = range(of: start, options: .literal),
            let end = range(of: end, options: .literal, range: start.upperBound..<endIndex)
        else { return nil }
        return String(self[start.upperBound..<end.lowerBound])
    }
}

extension SweepPage.Column.Kind {
    fileprivate static let all: [SweepPage.Column.Kind] = [.pair, .setting, .metric, .figure]
}
