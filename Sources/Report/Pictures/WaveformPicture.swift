// SPDX-License-Identifier: Apache-2.0
import Files

/// Waveforms of sounds, one above the other, with the same limits: time to the end of the longest, amplitude to the highest
/// peak of all. A pixel's column reaches from the lowest to the highest sample in it.
public struct WaveformPicture: Sendable {
    /// From top to bottom.
    public var sounds: [PicturedSound]
    /// The title; none if empty.
    public var title: String
    /// The colours.
    public var theme: Theme
    /// The picture's size.
    public var size: PictureSize

    /// A picture.
    public init(sounds: [PicturedSound], title: String = "", theme: Theme = .light, size: PictureSize) {
        (self.sounds, self.title, self.theme, self.size) = (sounds, title, theme, size)
    }

    /// The picture as a PNG file.
    ///
    /// - Throws: ``Failure`` of kind `badData` for a sound without samples, `usage` for a size without room.
    public func png() throws(Failure) -> [UInt8] {
        try PicturedSound.check(sounds)
        let canvas = try Canvas(size, background: theme.background)
        let stack = try PanelStack(on: canvas, hasTitle: !title.isEmpty, count: sounds.count, rightMargin: 16)
        let peak = sounds.flatMap(\.samples).reduce(0) { max($0, abs($1)) }
        let amplitude = Axis(peak > 0 ? -1.05 * Double(peak)...1.05 * Double(peak) : -1...1)
        let time = Axis(0...(sounds.map(\.duration).max() ?? 0))
        for (index, sound) in sounds.enumerated() {
            let panel = Panel(area: stack.areas[index], x: time, y: amplitude)
            panel.drawGrid(on: canvas, theme)
            let count = canvas.pixels(panel.area.width)
            let columns = Self.extremes(
                sound.samples, columns: count,
                samplesOfColumn: time.range.upperBound * Double(sound.sampleRate) / Double(count))
            let width = panel.area.width / Double(count)
            let line = columns.enumerated().flatMap { column, values in
                let x = panel.area.x + (Double(column) + 0.5) * width
                return [values.lowerBound, values.upperBound].map { (x, panel.place(0, Double($0)).y) }
            }
            canvas.line(line, theme.curves[0], width: width, within: panel.area)
            panel.drawAxes(
                on: canvas, xLabel: index == sounds.count - 1 ? "seconds" : nil, yLabel: "amplitude", theme)
            stack.draw(caption: sound.title, over: index, on: canvas, theme)
        }
        if !title.isEmpty { stack.draw(title: title, on: canvas, theme) }
        return try canvas.png()
    }

    /// The lowest and the highest sample of each column that the sound reaches; where columns are shorter than a sample, the
    /// sample at that time.
    static func extremes(_ samples: [Float], columns: Int, samplesOfColumn: Double) -> [ClosedRange<Float>] {
        (0..<columns).compactMap { column in
            let first = Int(Double(column) * samplesOfColumn)
            guard first < samples.count else { return nil }
            let end = min(max(Int(Double(column + 1) * samplesOfColumn), first + 1), samples.count)
            let part = samples[first..<end]
            return part.reduce(samples[first], min)...part.reduce(samples[first], max)
        }
    }
}
