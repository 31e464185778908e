// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Testing

@testable import Listening

/// CSV and Markdown, and that what users wrote does no harm there.
@Suite struct TableTests {
    @Test func csvIsQuotedAndGuarded() {
        let fields = [
            ("plain", "plain"), ("", ""), ("a,b", "\"a,b\""), ("say \"a\"", "\"say \"\"a\"\"\""), ("a\nb", "\"a\nb\""),
            ("a\r\nb", "\"a\r\nb\""), ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"),
            ("\r\nx", "\"'\r\nx\""), ("=\u{301}1", "'=\u{301}1"),
            ("=HYPERLINK(\"x\",1)", "\"'=HYPERLINK(\"\"x\"\",1)\""),
            ("\u{FF1D}1", "'\u{FF1D}1"), ("a=1", "a=1"), ("caf\u{E9} \u{1F3BA}", "caf\u{E9} \u{1F3BA}"),
        ]
        for (text, field) in fields { #expect(CSV.text(text) == field) }
        #expect(CSV.line(["a", "", "b"]) == "a,,b\r\n")
    }

    @Test func figuresHaveAllDigitsInCSV() {
        let table = ResultTable(
            caption: "c", header: ["name", "value", "n", "p"],
            rows: [
                [.text("-x"), .number(-1.0 / 3, decimals: 2), .count(3), .p(1e-9)],
                [.text("y"), .number(nil, decimals: 2), .number(nil, decimals: 0), .p(nil)],
            ])
        #expect(table.csv == "name,value,n,p\r\n'-x,-0.3333333333333333,3,1e-09\r\ny,,,\r\n")
        #expect(
            table.markdown
                == "c\n\n| name | value | n | p |\n|---|---:|---:|---:|\n| -x | -0.33 | 3 | < 0.001 |\n| y | - | - | - |\n"
                .replacingOccurrences(of: "< ", with: "&lt; "))
    }

    @Test func markdownIsEscaped() {
        let table = ResultTable(caption: "c", header: ["h"], rows: [[.text("a|b\n<script>*_[x]`\\&")]])
        #expect(table.markdown.hasSuffix("| a\\|b\\\\u{a}&lt;script>\\*\\_\\[x\\]\\`\\\\&amp; |\n"))
    }

    @Test func allAnswersAreInTheCSV() throws {
        let test = try ExampleTest.make(
            .mushra, criteria: [.style], trials: [ExampleTest.trial("Speech, slow", "Drums", systems: ["=x"])])
        let page = PageID(.style, trial: 0)
        let answers = [
            ExampleTest.answer(test, "Ada", page, comment: "too\nloud") { $0.kind == .hiddenReference ? 80 : 20.5 },
            ExampleTest.answer(test, "@Bob", page) { $0.kind == .hiddenReference ? 100 : 30 },
        ]
        let csv = try ListeningResults(of: test, answers: answers).answersCSV
        let lines = csv.components(separatedBy: "\r\n")
        #expect(lines.count == 1 + 2 * 4 + 1 && lines.last == "")
        #expect(lines[0] == "listener,screened out,trial,content,style,criterion,kind,stimulus,value,comment,time")
        #expect(
            lines[1] == "Ada,yes,1,\"Speech, slow\",Drums,style,system,'=x,20.5,\"too\nloud\",2019-01-01T00:00:00Z")
        #expect(
            lines[6]
                == "'@Bob,no,1,\"Speech, slow\",Drums,style,hidden-reference,hidden reference,100.0,,2019-01-01T00:00:00Z"
        )
    }

    @Test func summariesHaveARowForEachFigure() throws {
        let test = try ExampleTest.make(.rating)
        let answers = (0..<3).flatMap { listener in
            test.pages.map { page in
                ExampleTest.answer(test, "\(listener)", page) { $0.name == "vast" ? 4 : Double(1 + listener) }
            }
        }
        let results = try ListeningResults(of: test, answers: answers)
        let lines = results.summaryCSV.components(separatedBy: "\r\n")
        // Three criteria, four trials and all of them, three systems.
        #expect(lines.count == 1 + 3 * 5 * 3 + 1)
        #expect(
            lines[0] == "Criterion,Type of music,System,Average rating,95 % from,95 % to,Standard deviation,Listeners")
        #expect(lines[1] == "content,Speech + Drums,vast,4.0,4.0,4.0,0.0,3")
        let tests = results.comparisonCSV.components(separatedBy: "\r\n")
        #expect(tests[2].hasPrefix("content,vast,mosaic,2.0,-0.4841"))
        // Friedman's and three pairs for each.
        #expect(tests.count == 1 + 3 * 4 + 1)
        #expect(tests[1].hasPrefix("content,all systems,,,,,Friedman,3,"))
    }
}
