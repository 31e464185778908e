// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// Curves as a picture, with the legend below. Omitted points are gaps in the line.
public struct ChartPicture: Sendable {
    /// The chart to draw.
    public var chart: Chart
    /// The colours.
    public var theme: Theme
    /// The picture's size.
    public var size: PictureSize

    /// A picture.
    public init(_ chart: Chart, theme: Theme = .light, size: PictureSize) {
        (self.chart, self.theme, self.size) = (chart, theme, size)
    }

    /// The picture as a PNG file.
    ///
    /// - Throws: ``Failure`` of kind `badData` when no point can be drawn, `usage` for a size without room.
    public func png() throws(Failure) -> [UInt8] {
        let canvas = try Canvas(size, background: theme.background)
        let legend = Legend(chart.curves.map(\.name), on: canvas)
        let panel = try panel(on: canvas, above: legend)
        let area = panel.area
        panel.drawGrid(on: canvas, theme)
        for (index, curve) in chart.curves.enumerated() {
            for run in curve.runs(isLogarithmic: chart.isLogarithmic) {
                canvas.line(
                    run.map { panel.place($0.x, $0.y) }, stroke(index).colour, width: 1.6, dash: stroke(index).dash,
                    within: Rectangle(x: area.x - 3, y: area.y - 3, width: area.width + 6, height: area.height + 6))
            }
        }
        panel.drawAxes(on: canvas, xLabel: chart.xLabel, yLabel: chart.yLabel, theme)
        if !chart.title.isEmpty {
            canvas.text(
                canvas.fitted(chart.title, .title, width: canvas.bounds.width - area.x - 10), x: area.x, y: 18, .title,
                theme.text)
        }
        let legendTop = canvas.bounds.height - legend.height
        for entry in legend.entries {
            let (y, stroke) = (legendTop + entry.y, stroke(entry.index))
            canvas.line(
                [(entry.x, y), (entry.x + Legend.sample, y)], stroke.colour, width: 1.6, dash: stroke.dash)
            canvas.text(entry.name, x: entry.x + Legend.sample + 6, y: y, .label, theme.text)
        }
        if let rest = legend.rest { canvas.text(rest.text, x: area.x, y: legendTop + rest.y, .label, theme.text) }
        return try canvas.png()
    }

    /// The plot's place between the title and the legend, with its axes.
    ///
    /// - Throws: ``Failure`` as ``png()`` does.
    func panel(on canvas: Canvas, above legend: Legend) throws(Failure) -> Panel {
        let (x, y) = try axes()
        let top = chart.title.isEmpty ? 12.0 : 34
        func placed(left: Double) -> Panel {
            let area = Rectangle(
                x: left, y: top, width: canvas.bounds.width - left - 16,
                height: canvas.bounds.height - top - Panel.bottomMargin - legend.height - 4)
            return Panel(area: canvas.snapped(area), x: x, y: y)
        }
        let usual = placed(left: Panel.leftMargin + 8)
        // Numbers of many digits, and the label beside them, want more room.
        let wide = usual.widestNumber(on: canvas) + 24
        let panel = wide > usual.area.x ? placed(left: wide) : usual
        guard panel.area.width >= 60, panel.area.height >= 30 else {
            throw Failure(
                .usage, "cannot draw \(chart.curves.count) curves", why: "the picture is too small for them",
                remedy: "make it larger")
        }
        return panel
    }

    /// A curve's colour and dashes: no two curves agree in both, up to 28.
    private func stroke(_ index: Int) -> (colour: Colour, dash: [Double]) {
        let colours = theme.curves
        return (colours[index % colours.count], Theme.dashes[index % Theme.dashes.count])
    }

    /// The most decades of a logarithmic axis: curves that start at almost 0 leave the plot at its bottom, and the rest is visible.
    private static let decades = 8.0

    /// Axes that hold all points, with some room above and below.
    ///
    /// - Throws: ``Failure`` of kind `badData`.
    func axes() throws(Failure) -> (x: Axis, y: Axis) {
        let points = chart.curves.flatMap { $0.runs(isLogarithmic: chart.isLogarithmic).joined() }
        let (xs, ys) = (points.map(\.x), points.map(\.y))
        guard let left = xs.min(), let right = xs.max(), let low = ys.min(), let high = ys.max() else {
            throw Failure(
                .badData, "cannot draw the curves", at: chart.title.isEmpty ? nil : chart.title,
                why: chart.isLogarithmic ? "no value is above 0" : "there is no value",
                remedy: chart.isLogarithmic ? "use a linear axis" : nil)
        }
        // A range without length gets one.
        let side = max(0.5, 0.01 * abs(left))
        let x = left < right ? Axis(left...right) : Axis(left - side...right + side)
        if chart.isLogarithmic {
            let room = max(pow(min(high / low, pow(10, Self.decades)), 0.05), 1.02)
            return (x, Axis(max(low, high * pow(10, -Self.decades)) / room...high * room, .decades))
        }
        let room = max(0.05 * (high - low), 0.02 * abs(high), low == high && high == 0 ? 1 : 0)
        return (x, Axis(low - room...high + room))
    }
}

extension Chart.Curve {
    /// The points that can be drawn, in pieces between those that can't.
    func runs(isLogarithmic: Bool) -> [[(x: Double, y: Double)]] {
        // Near the limits of float64 there would be no room around a point.
        points.split { x, y in
            !(abs(x) < 1e300 && abs(y) < 1e300) || isLogarithmic && y < Self.least
        }.map { run in run.map { (Self.rounded($0.x), Self.rounded($0.y)) } }
    }

    /// Smaller values count as 0.
    private static let least = 1e-300

    private static func rounded(_ value: Double) -> Double { abs(value) < least ? 0 : value }
}

extension Chart {
    /// The chart in a form that can be drawn: with a linear axis if a logarithmic one would have no value above 0; nil if
    /// there is no value at all.
    var drawable: Chart? {
        var chart = self
        for isLogarithmic in isLogarithmic ? [true, false] : [false] {
            chart.isLogarithmic = isLogarithmic
            if curves.contains(where: { !$0.runs(isLogarithmic: isLogarithmic).isEmpty }) { return chart }
        }
        return nil
    }
}

/// Names below the plot, in as many rows as they need within a third of the picture; then the last row says how many there
/// are besides.
struct Legend {
    private(set) var entries: [(index: Int, name: String, x: Double, y: Double)] = []
    /// The number of names that did not fit.
    private(set) var rest: (text: String, y: Double)?
    private(set) var height = 0.0

    /// Length of a line's sample, in points.
    static let sample = 26.0
    private static let rowHeight = 17.0
    private static let firstRow = 8.0
    private static let gap = 18.0

    init(_ names: [String], on canvas: Canvas) {
        let (left, right) = (Panel.leftMargin + 8, canvas.bounds.width - 16)
        var (x, y) = (left, Self.firstRow)
        for (index, name) in names.enumerated() where !name.isEmpty {
            let shown = canvas.fitted(name, .label, width: right - left - Self.sample - 6)
            let width = Self.sample + 6 + canvas.width(of: shown, .label)
            if x + width > right, x > left { (x, y) = (left, y + Self.rowHeight) }
            entries.append((index, shown, x, y))
            x += width + Self.gap
        }
        guard !entries.isEmpty else { return }
        let last =
            Self.firstRow + max((canvas.bounds.height / 3 / Self.rowHeight).rounded(.down) - 1, 0) * Self.rowHeight
        if y > last {
            let count = entries.count
            entries.removeAll { $0.y >= last }
            (rest, y) = (("and \(count - entries.count) more", last), last)
        }
        height = y + 14
    }
}
