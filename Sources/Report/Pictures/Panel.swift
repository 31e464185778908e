// SPDX-License-Identifier: Apache-2.0

/// A plot's area and its two axes.
struct Panel {
    let area: Rectangle
    let x: Axis
    let y: Axis

    /// A point of the data, in points of the picture.
    func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        (area.x + self.x.share(x) * area.width, area.bottom - self.y.share(y) * area.height)
    }

    /// Grid lines at the ticks, to be drawn before the data.
    func drawGrid(on canvas: Canvas, _ theme: Theme) {
        for tick in xTicks {
            let x = place(tick.value, y.range.lowerBound).x
            canvas.line([(x, area.y), (x, area.bottom)], theme.grid)
        }
        for tick in yTicks {
            let y = place(x.range.lowerBound, tick.value).y
            canvas.line([(area.x, y), (area.right, y)], theme.grid)
        }
    }

    /// Frame, ticks and labels. The horizontal axis has numbers only where it has a label: of panels in a stack, in the last.
    func drawAxes(on canvas: Canvas, xLabel: String?, yLabel: String, _ theme: Theme) {
        canvas.outline(area, theme.frame)
        for tick in xTicks {
            let x = place(tick.value, y.range.lowerBound).x
            canvas.line([(x, area.bottom), (x, area.bottom + 3)], theme.frame)
            if xLabel != nil {
                canvas.text(tick.label, x: x, y: area.bottom + 10, .tick, theme.label, anchor: .middle)
            }
        }
        for tick in yTicks {
            let y = place(x.range.lowerBound, tick.value).y
            canvas.line([(area.x - 3, y), (area.x, y)], theme.frame)
            canvas.text(tick.label, x: area.x - 6, y: y, .tick, theme.label, anchor: .end)
        }
        if let xLabel {
            canvas.text(xLabel, x: area.x + area.width / 2, y: area.bottom + 24, .label, theme.label, anchor: .middle)
        }
        // Left of the widest number, but within the picture.
        let labelX = min(area.x - Self.leftMargin + 9, max(area.x - widestNumber(on: canvas) - 16, 7))
        canvas.text(
            yLabel, x: labelX, y: area.y + area.height / 2, .label, theme.label, anchor: .middle, upwards: true)
    }

    /// Of the vertical axis, in points.
    func widestNumber(on canvas: Canvas) -> Double {
        yTicks.map { canvas.width(of: $0.label, .tick) }.max() ?? 0
    }

    private var xTicks: [Axis.Tick] { x.ticks(length: area.width, spacing: 48) }
    private var yTicks: [Axis.Tick] { y.ticks(length: area.height, spacing: 20) }

    /// Room for the vertical axis, in points.
    static let leftMargin = 50.0
    /// Room for the horizontal axis, in points.
    static let bottomMargin = 33.0
}
