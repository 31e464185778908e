// SPDX-License-Identifier: Apache-2.0
import Files
import Report
import Testing

@Suite struct TraceTests {
    private let lines = """
        {"iteration":0,"loss":111479.2277462634,"style":100,"content":1e-05,"seconds":0.25}
        {"iteration":1,"loss":2.5,"style":2,"content":0.5,"seconds":1,"metrics":{"flatness":0.125,"note":"x"},"note":"y"}

        {"phases-of":1,"phase-iteration":1,"distance":0.5}
        {"phases-of":1,"phase-iteration":2,"distance":0.25}
        """

    @Test func linesArePoints() throws {
        let trace = try Trace(jsonLines: lines + "\n", name: "run")
        #expect(trace.points.map(\.iteration) == [0, 1] && trace.points.allSatisfy { $0.channel == nil })
        #expect(trace.points[0].values == ["loss": 111479.2277462634, "style": 100, "content": 1e-05, "seconds": 0.25])
        #expect(trace.points[1].values["flatness"] == 0.125)
        #expect(trace.phaseSteps.map(\.distance) == [0.5, 0.25] && trace.phaseSteps.map(\.step) == [1, 2])
        #expect(trace.valueNames == ["loss", "style", "content", "flatness", "seconds"])
        let curve = try #require(trace.curves(of: "flatness").first)
        #expect(curve.name == "flatness" && curve.points.map(\.x) == [1] && curve.points.map(\.y) == [0.125])
        #expect(trace.curves(of: "distance").map(\.name) == ["distance after iteration 1"])
        #expect(trace.curves(of: "nothing").isEmpty)
    }

    @Test func linesMayEndAsOnWindows() throws {
        let windows = try Trace(jsonLines: lines.replacing("\n", with: "\r\n"), name: "run")
        #expect(try windows.points == Trace(jsonLines: lines, name: "run").points)
    }

    @Test func channelsAreCurvesOfTheirOwn() throws {
        let lines = """
            {"channel":1,"iteration":0,"loss":4}
            {"channel":1,"iteration":1,"loss":3}
            {"channel":2,"iteration":0,"loss":2}
            """
        let curves = try Trace(jsonLines: lines, name: "run").curves(of: "loss")
        #expect(curves.map(\.name) == ["loss, channel 1", "loss, channel 2"])
        #expect(curves.map { $0.points.map(\.y) } == [[4, 3], [2]])
    }

    @Test(
        arguments: [
            ("{\"iteration\":0,\"loss\":1}\n{\"iteration\":1,\"loss\":", 2), ("\n\nno JSON", 3), ("[1,2]", 1),
            ("{}", 1),
            ("{\"iteration\":0.5,\"loss\":1}", 1), ("{\"iteration\":\"0\",\"loss\":1}", 1),
            ("{\"iteration\":1e300}", 1),
            ("{\"iteration\":0,\"loss\":nan}", 1), ("{\"phases-of\":3,\"distance\":1}", 1),
        ] as [(String, Int)])
    func illFormedLinesAreNamed(text: String, line: Int) {
        let failure = #expect(throws: Failure.self) { try Trace(jsonLines: text, name: "bad.jsonl") }
        #expect(failure?.kind == .badData && failure?.location == "bad.jsonl")
        #expect(failure?.why.hasPrefix("line \(line) ") == true, "\(failure?.why ?? "")")
    }

    @Test func nothingIsNoTrace() {
        for text in ["", "\n \n"] {
            let failure = #expect(throws: Failure.self) { try Trace(jsonLines: text, name: "empty.jsonl") }
            #expect(failure?.kind == .badData)
        }
    }

    @Test func chartsNameWhatTheyShow() throws {
        let trace = try Trace(jsonLines: lines, name: "a")
        let one = try Chart(of: [trace])
        #expect(
            one.curves.map(\.name) == ["loss", "style", "content"] && one.isLogarithmic && one.xLabel == "iteration")
        let two = try Chart(of: [trace, Trace(jsonLines: "{\"iteration\":0,\"loss\":1}", name: "b")], values: ["loss"])
        #expect(two.curves.map(\.name) == ["a: loss", "b: loss"] && two.yLabel == "loss")
        let phases = try Chart(of: [trace], values: ["distance"])
        #expect(phases.curves[0].points.map(\.x) == [1, 2] && phases.xLabel != "iteration")
        for values in [["nothing"], ["loss", "distance"]] {
            let failure = #expect(throws: Failure.self) { try Chart(of: [trace], values: values) }
            #expect(failure?.kind == .usage)
        }
    }
}
