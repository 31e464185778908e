// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Testing

@testable import Report

@Suite struct ChartPictureTests {
    private let size = PictureSize(width: 500, height: 400, scale: 1)

    private func chart(_ points: [(x: Double, y: Double)]..., isLogarithmic: Bool = false) -> Chart {
        Chart(
            title: "", xLabel: "x", yLabel: "y", isLogarithmic: isLogarithmic,
            curves: points.map { Chart.Curve(name: "c", points: $0) })
    }

    @Test func pointsThatCannotBeDrawnAreGaps() {
        let points: [(x: Double, y: Double)] = [(0, 1), (1, .nan), (2, 3), (3, 0), (4, 5), (5, 6)]
        let curve = Chart.Curve(name: "", points: points)
        #expect(curve.runs(isLogarithmic: false).map { $0.map(\.x) } == [[0], [2, 3, 4, 5]])
        #expect(curve.runs(isLogarithmic: true).map { $0.map(\.x) } == [[0], [2], [4, 5]])
    }

    @Test func axesHoldAllCurves() throws {
        let (x, y) = try ChartPicture(chart([(0, -2), (10, 3)], [(5, 8), (20, 1)]), size: size).axes()
        #expect(x.range == 0...20)
        #expect(y.range.lowerBound < -2 && y.range.upperBound > 8 && y.layout == .linear)
        let (_, logarithmic) = try ChartPicture(
            chart([(0, 0.01), (1, 0), (2, 100)], isLogarithmic: true), size: size
        ).axes()
        #expect(logarithmic.layout == .decades)
        #expect(
            (0.005..<0.01).contains(logarithmic.range.lowerBound) && (100..<200).contains(logarithmic.range.upperBound))
        // What starts at almost nothing does not press the rest together.
        let (_, deep) = try ChartPicture(chart([(0, 1e-30), (1, 1), (2, 2)], isLogarithmic: true), size: size).axes()
        #expect(deep.range.lowerBound > 1e-9)
    }

    /// A curve's pixels lie where the axes say, in its colour; the legend is outside of the plot.
    @Test(arguments: Theme.allCases, [false, true])
    func curvesLieWhereTheAxesSay(theme: Theme, isLogarithmic: Bool) throws {
        let points = (0...100).map { (x: Double($0), y: 1 + 99 * Double($0) / 100) }
        let picture = ChartPicture(chart(points, isLogarithmic: isLogarithmic), theme: theme, size: size)
        let pixels = try DecodedPicture(png: picture.png())
        let canvas = try Canvas(size, background: 0)
        let panel = try picture.panel(on: canvas, above: Legend(["c"], on: canvas))
        let colour = theme.curves[0].code
        let rows = Int(panel.area.y)..<Int(panel.area.bottom)
        for value in [20.0, 50, 80] {
            let (x, y) = panel.place(value, 1 + 99 * value / 100)
            let drawn = rows.filter { near(pixels[Int(x), $0], colour, by: 120) }
            // The line is 1.6 pixels wide, and some 4 high where it is steep; nothing else has its colour.
            #expect(!drawn.isEmpty && drawn.allSatisfy { abs(Double($0) + 0.5 - y) <= 4 }, "\(value): \(drawn), \(y)")
        }
        // Of the legend's line, below the plot.
        let below = (Int(panel.area.bottom) + 30..<pixels.height).flatMap { row in
            (0..<pixels.width).filter { near(pixels[$0, row], colour, by: 120) }
        }
        #expect(below.count >= 20)
    }

    private func near(_ a: UInt32, _ b: UInt32, by limit: Int) -> Bool {
        [0, 8, 16].map { shift in abs(Int(a >> shift & 0xFF) - Int(b >> shift & 0xFF)) }.reduce(0, +) <= limit
    }

    /// Also where these have many digits.
    @Test(arguments: [(0.0, 1.0), (0.0015, 0.0021), (1e5, 9e5)])
    func theLabelIsBesideTheNumbers(low: Double, high: Double) throws {
        var chart = chart([(0, low), (1, high)])
        chart.yLabel = "a label that is as long as the axis"
        let picture = ChartPicture(chart, size: size)
        let pixels = try DecodedPicture(png: picture.png())
        let canvas = try Canvas(size, background: 0)
        let area = try picture.panel(on: canvas, above: Legend(["c"], on: canvas)).area
        let columns = (0..<Int(area.x) - 4).map { x in
            (Int(area.y)..<Int(area.bottom)).contains { pixels[x, $0] != pixels[0, 0] }
        }
        let label = try #require(columns.firstIndex(of: true))
        let gap = try #require(columns[label...].firstIndex(of: false))
        #expect(label > 0 && gap - label <= 15, "\(columns)")
    }

    @Test func extremeValuesDraw() throws {
        for points: [(x: Double, y: Double)] in [
            [(0, 0)], [(5, 1e-300), (6, 1e300)], [(0, 7), (1, 7)], [(0, -1e6), (1e9, 1e6)], [(3, 1e-12)], [(1e18, 5)],
            [(0, 3), (1, 1e308), (2, .leastNonzeroMagnitude)], [(0, 1e-300), (1, 1e-300.nextUp)],
            [(0, 1e-299), (1e-299, 2e-299)],
        ] {
            for isLogarithmic in [false, true] where !isLogarithmic || points[0].y > 0 {
                _ = try DecodedPicture(png: ChartPicture(chart(points, isLogarithmic: isLogarithmic), size: size).png())
            }
        }
        let many = Chart(
            title: String(repeating: "long ", count: 50), xLabel: "x", yLabel: "y",
            curves: (0..<20).map { Chart.Curve(name: "curve \($0)", points: [(0, Double($0)), (1, 2)]) })
        _ = try DecodedPicture(png: ChartPicture(many, size: size).png())
    }

    /// Denormal numbers have too few digits for an axis: they are 0.
    @Test func theSmallestNumbersAreNothing() throws {
        let tiny = Double.leastNonzeroMagnitude
        for points: [(x: Double, y: Double)] in [
            [(0, 0), (1, tiny)], [(0, tiny)], [(tiny, 1), (0, 2)], [(0, -tiny), (tiny, 1e-301)],
        ] {
            let picture = ChartPicture(chart(points), size: size)
            let (x, y) = try picture.axes()
            #expect(x.range.upperBound - x.range.lowerBound > 1e-3 && y.range.upperBound - y.range.lowerBound > 1e-3)
            _ = try DecodedPicture(png: picture.png())
            #expect(chart(points, isLogarithmic: true).drawable != nil)
        }
    }

    /// Names that find no room are counted, and the plot keeps its place.
    @Test(arguments: [1, 5, 27, 300]) func aLegendLeavesRoomForThePlot(count: Int) throws {
        let curves = (0..<count).map {
            Chart.Curve(name: "content, channel \($0 + 1)", points: [(0, Double($0)), (1, 2)])
        }
        // As on a page, and smaller.
        for size in [PictureSize(width: 760, height: 560), PictureSize(width: 400, height: 300)] {
            let chart = Chart(title: "Loss", xLabel: "x", yLabel: "y", curves: curves)
            _ = try DecodedPicture(png: ChartPicture(chart, size: size).png())
            let canvas = try Canvas(size, background: 0)
            let legend = Legend(curves.map(\.name), on: canvas)
            #expect(legend.height <= canvas.bounds.height / 3 + 14)
            let missing = count - legend.entries.count
            #expect(legend.rest?.text == (missing > 0 ? "and \(missing) more" : nil))
            #expect(legend.entries.allSatisfy { $0.y < legend.rest?.y ?? .infinity })
            #expect(!legend.entries.isEmpty)
            if size.width == 760 { #expect(missing == 0 || count > 5) }
        }
    }

    @Test func aChartIsDrawnAsFarAsItCanBe() {
        #expect(chart([(0, 1), (1, 0)], isLogarithmic: true).drawable?.isLogarithmic == true)
        #expect(chart([(0, 0), (1, -1)], isLogarithmic: true).drawable?.isLogarithmic == false)
        for chart in [chart(), chart([]), chart([(0, .nan)]), chart([(0, .infinity)], isLogarithmic: true)] {
            #expect(chart.drawable == nil)
        }
    }

    @Test func nothingToDrawIsRefused() {
        for chart in [chart(), chart([]), chart([(0, .nan)]), chart([(0, 0), (1, -1)], isLogarithmic: true)] {
            let failure = #expect(throws: Failure.self) { try ChartPicture(chart, size: size).png() }
            #expect(failure?.kind == .badData)
        }
    }
}
