// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Matrices

/// Spectrograms of sounds, one above the other, with common limits: levels in decibels below the loudest point of all of
/// them, time to the end of the longest, frequencies to the highest of any of them. Where a sound has ended, or has no
/// such frequencies, its plot is empty.
///
/// The Hann window is about 60 ms long. A pixel has the largest level of its stretch of time and its band of frequencies;
/// between bins, levels are interpolated.
public struct SpectrogramPicture: Sendable {
    /// From top to bottom.
    public var sounds: [PicturedSound]
    /// The title; none if empty.
    public var title: String
    /// The frequency axis.
    public var scale: FrequencyScale
    /// The colours.
    public var theme: Theme
    /// The picture's size.
    public var size: PictureSize
    /// Pixels on a side of the squares that have one colour: with 2 the file is less than half as large.
    public var pixelsOfCell = 1

    /// The range of levels, in decibels below the loudest.
    public static let range: Float = 80

    /// A picture.
    public init(
        sounds: [PicturedSound], title: String = "", scale: FrequencyScale = .linear, theme: Theme = .light,
        size: PictureSize
    ) {
        (self.sounds, self.title, self.scale, self.theme, self.size) = (sounds, title, scale, theme, size)
    }

    /// All sounds in one picture, as a PNG file.
    ///
    /// - Throws: ``Failure`` of kind `badData` for a sound without samples, `usage` for a size without room.
    public func png(threads: Int = 1) throws(Failure) -> [UInt8] {
        let (axes, canvas, stack) = (try axes(), try canvas(), try stack(panels: sounds.count))
        let levels = levels(axes, columns: cells(in: stack.areas[0].width, of: canvas), threads)
        let loudest = levels.map(\.loudest).max() ?? 0
        for (index, level) in levels.enumerated() {
            draw(level, loudest, axes, stack, panel: index, caption: sounds[index].title, on: canvas)
        }
        return try finished(canvas, stack)
    }

    /// A separate picture for each sound, as PNG files, all with the same limits and without titles.
    ///
    /// - Throws: ``Failure`` as ``png(threads:)`` does.
    public func pngs(threads: Int = 1) throws(Failure) -> [[UInt8]] {
        let (axes, stack) = (try axes(), try stack(panels: 1))
        let levels = levels(axes, columns: cells(in: stack.areas[0].width, of: try canvas()), threads)
        let loudest = levels.map(\.loudest).max() ?? 0
        let pictures = Workers(count: threads).map(pieces: sounds.count) { index, _ in
            Result { () throws(Failure) in
                let canvas = try canvas()
                draw(levels[index], loudest, axes, stack, panel: 0, caption: "", on: canvas)
                return try finished(canvas, stack)
            }
        }
        return try pictures.map { picture throws(Failure) in try picture.get() }
    }

    /// Where time runs in each of ``pngs(threads:)``, as shares of the picture's width and height.
    ///
    /// - Throws: ``Failure`` of kind `usage` for a size without room.
    func plotShare() throws(Failure) -> Rectangle {
        let (area, bounds) = (try stack(panels: 1).areas[0], try canvas().bounds)
        return Rectangle(
            x: area.x / bounds.width, y: area.y / bounds.height, width: area.width / bounds.width,
            height: area.height / bounds.height)
    }

    /// The limits of all plots.
    ///
    /// - Throws: ``Failure`` of kind `badData`.
    func axes() throws(Failure) -> (time: Axis, frequency: Axis) {
        try PicturedSound.check(sounds)
        let seconds = sounds.map(\.duration).max() ?? 0
        let highest = sounds.map { Double($0.sampleRate) / 2 }.max() ?? 0
        guard highest > scale.lowest else {
            throw Failure(
                .badData, "cannot draw", at: sounds[0].title,
                why: "it has no frequencies above \(Int(scale.lowest)) Hz", remedy: "use the linear scale")
        }
        return (Axis(0...seconds), Axis(scale.lowest...highest, .frequencies(scale)))
    }

    private func canvas() throws(Failure) -> Canvas { try Canvas(size, background: theme.background) }

    private func stack(panels: Int) throws(Failure) -> PanelStack {
        try PanelStack(
            on: try canvas(), hasTitle: !title.isEmpty, count: panels, rightMargin: ColourBar.margin)
    }

    private func cells(in length: Double, of canvas: Canvas) -> Int { max(1, canvas.pixels(length) / pixelsOfCell) }

    private func levels(_ axes: (time: Axis, frequency: Axis), columns: Int, _ threads: Int) -> [LevelMap] {
        let seconds = axes.time.range.upperBound
        return Workers(count: threads).map(pieces: sounds.count) { index, _ in
            LevelMap(sounds[index], seconds: seconds, columns: columns)
        }
    }

    private func draw(
        _ level: LevelMap, _ loudest: Float, _ axes: (time: Axis, frequency: Axis), _ stack: PanelStack,
        panel index: Int,
        caption: String, on canvas: Canvas
    ) {
        let area = stack.areas[index]
        canvas.fill(area, theme.empty)
        let (columns, rows) = (level.columns, cells(in: area.height, of: canvas))
        let bands = (0..<rows).map { row in
            let (low, high) = (Double(rows - row - 1) / Double(rows), Double(rows - row) / Double(rows))
            return axes.frequency.value(low)...axes.frequency.value(high)
        }
        var colours = [UInt32](repeating: theme.empty.code, count: rows * columns)
        for column in 0..<columns {
            let levels = level.levels(column: column, of: bands, against: loudest, range: Self.range)
            for (row, level) in levels.enumerated() {
                if let level { colours[row * columns + column] = Magma.colour(1 + level / Self.range) }
            }
        }
        let width = area.width * Double(columns) / Double(cells(in: area.width, of: canvas))
        canvas.image(
            colours, columns: columns, rows: rows,
            in: Rectangle(x: area.x, y: area.y, width: width, height: area.height))
        let isLast = index == stack.areas.count - 1
        Panel(area: area, x: axes.time, y: axes.frequency)
            .drawAxes(on: canvas, xLabel: isLast ? "seconds" : nil, yLabel: "hertz", theme)
        stack.draw(caption: caption, over: index, on: canvas, theme)
    }

    private func finished(_ canvas: Canvas, _ stack: PanelStack) throws(Failure) -> [UInt8] {
        if !title.isEmpty { stack.draw(title: title, on: canvas, theme) }
        ColourBar(from: stack.areas[0].y, to: stack.areas[stack.areas.count - 1].bottom).draw(on: canvas, theme)
        return try canvas.png()
    }
}

/// The colour bar, to the right of the plots.
private struct ColourBar {
    let area: (top: Double, bottom: Double)

    /// Its width, in points.
    static let margin = 54.0

    init(from top: Double, to bottom: Double) { area = (top, bottom) }

    func draw(on canvas: Canvas, _ theme: Theme) {
        let bar = canvas.snapped(
            Rectangle(
                x: canvas.bounds.width - Self.margin + 10, y: area.top, width: 9, height: area.bottom - area.top))
        canvas.image(Magma.colours.reversed(), columns: 1, rows: Magma.colours.count, in: bar)
        canvas.outline(bar, theme.frame)
        let axis = Axis(-Double(SpectrogramPicture.range)...0)
        for tick in axis.ticks(length: bar.height, spacing: max(22, bar.height / 9)) {
            let y = bar.bottom - axis.share(tick.value) * bar.height
            canvas.line([(bar.right, y), (bar.right + 3, y)], theme.frame)
            canvas.text(tick.label, x: bar.right + 5, y: y, .tick, theme.label)
        }
        canvas.text("dB", x: bar.x, y: bar.y - 9, .label, theme.label)
    }
}
