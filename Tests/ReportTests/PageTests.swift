// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import Report
import TestSupport
import Testing

@Suite struct PageTests {
    /// The browser's test asks for it by the environment: `WAVESTYLE_SAMPLE_PAGE` is where it goes.
    @Test func thePageHoldsEverything() throws {
        let html = try SamplePage.page().html(threads: 2)
        if let path = ProcessInfo.processInfo.environment["WAVESTYLE_SAMPLE_PAGE"] {
            try OutputFile(path: path).write(text: html)
        }
        #expect(html.components(separatedBy: "<audio controls").count - 1 == 10)
        #expect(html.components(separatedBy: "src=\"data:image/png;base64,").count - 1 == 12)
        #expect(html.components(separatedBy: "srcset=\"data:image/png;base64,").count - 1 == 2)
        #expect(html.contains("<details><summary>Spectral flatness</summary><p>Geometric over"))
        #expect(html.contains("<td class=\"number\">−12.1</td>") && html.contains("<td>near 0</td>"))
        #expect(html.contains("<th scope=\"row\">learning-rate</th><td>0.05</td>"))
        #expect(html.contains("--style &#39;flute &amp; strings.wav&#39;"))
    }

    /// The sounds come back as they went in, to half a step of 16 bits.
    @Test func soundsAreWhole() throws {
        let page = try SamplePage.page()
        let html = try page.html()
        let folder = try TemporaryFolder()
        let parts = html.components(separatedBy: "src=\"data:audio/flac;base64,").dropFirst()
        let sounds = page.sections.flatMap(\.sounds)
        #expect(parts.count == sounds.count)
        for (part, sound) in zip(parts, sounds) {
            let bytes = try #require(Data(base64Encoded: String(part.prefix { $0 != "\"" })))
            try bytes.write(to: URL(fileURLWithPath: folder.file("sound.flac")))
            let read = try AudioFile.read(folder.file("sound.flac"))
            #expect(read.sampleRate == sound.sampleRate && read.channels.count == 1)
            #expect(read.channels[0].count == sound.samples.count)
            #expect(zip(read.channels[0], sound.samples).allSatisfy { abs($0 - $1) <= 0.5 / 32_768 })
        }
    }

    /// Nothing is named that a browser could load, and the policy forbids all but what is in the page.
    @Test func nothingIsLoaded() throws {
        let html = try SamplePage.page().html()
        #expect(!html.contains("://") && !html.contains("url("))
        #expect(html.contains("default-src &#39;none&#39;; script-src &#39;sha256-"))
        for attribute in ["src=\"", "srcset=\"", "href=\""] {
            for part in html.components(separatedBy: attribute).dropFirst() {
                #expect(part.hasPrefix("data:") || part.hasPrefix("#section-"), "\(part.prefix(40))")
            }
        }
    }

    /// Texts from files and users end no element and no attribute; the accent is one that would hide a quotation mark from
    /// an escape by whole characters.
    @Test(arguments: [
        "<script>alert(1)</script>", "\" onerror=\"alert(1)", "' onerror='alert(1)",
        "\"\u{301} onerror=alert(1) x=\"\u{301}",
        "<\u{338}img src=x>", "&lt;b&gt;", "</style><script>alert(1)</script>", "{{title}} {{{script}}}", "a\r\nb",
    ])
    func hostileTextsStayTexts(_ text: String) throws {
        var section = Page.Section(title: text)
        section.paragraphs = [text]
        section.sounds = [Page.Sound(title: text, caption: text, samples: [0, 0.5, 0], sampleRate: 16_000)]
        section.charts = [
            Chart(title: text, xLabel: text, yLabel: text, curves: [Chart.Curve(name: text, points: [(0, 1), (1, 2)])])
        ]
        section.tables = [Page.Table(caption: text, columns: [text, text], rows: [[text, text]], notes: [text])]
        section.settings = [(text, text)]
        section.command = text
        let html = try Page(title: text, introduction: [text], sections: [section]).html()
        // Without base64 and without our own script and style, the text must not occur where it needs an escape.
        let plain = try Page(title: "", sections: [Page.Section(title: "")]).html()
        let escaped = text.unicodeScalars.reduce(into: "") { escaped, scalar in
            let replacements: [Unicode.Scalar: String] = [
                "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;",
            ]
            escaped.unicodeScalars.append(contentsOf: (replacements[scalar] ?? String(scalar)).unicodeScalars)
        }
        func occurrences(of part: String, in html: String) -> Int {
            var (count, rest) = (0, Array(html.utf8)[...])
            while let found = rest.firstRange(of: Array(part.utf8)) {
                count += 1
                rest = rest[found.upperBound...]
            }
            return count
        }
        #expect(occurrences(of: escaped, in: html) >= 20)
        if escaped != text { #expect(occurrences(of: text, in: html) == occurrences(of: text, in: plain)) }
    }

    /// A loss that is 0 from the start has no place on a logarithmic axis; a run that broke off has no points.
    @Test func whatCannotBeDrawnIsLeftOut() throws {
        func pictures(_ points: [(x: Double, y: Double)]) throws -> Int {
            var section = Page.Section(title: "Loss")
            section.paragraphs = ["There was none."]
            let curve = Chart.Curve(name: "loss", points: points)
            section.charts = [Chart(title: "", xLabel: "", yLabel: "", isLogarithmic: true, curves: [curve])]
            let html = try Page(title: "", sections: [section]).html()
            #expect(html.contains("There was none."))
            return html.components(separatedBy: "src=\"data:image/png;base64,").count - 1
        }
        #expect(try pictures([(0, 1), (1, 0.5)]) == 1)
        #expect(try pictures([(0, 0), (1, 0)]) == 1)
        #expect(try pictures([]) == 0)
        #expect(try pictures([(0, .nan)]) == 0)
    }

    @Test func impossibleSoundsAreRefused() {
        for (samples, rate) in [([], 16_000), ([0, .nan], 16_000), ([0, 1], 0)] as [([Float], Int)] {
            var section = Page.Section(title: "Sounds")
            section.sounds = [Page.Sound(title: "it", caption: "", samples: samples, sampleRate: rate)]
            let page = Page(title: "", sections: [section])
            let failure = #expect(throws: Failure.self) { try page.html() }
            #expect(failure?.kind == .badData && failure?.location == "it")
        }
    }
}
