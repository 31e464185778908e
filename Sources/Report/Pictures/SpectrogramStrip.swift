// SPDX-License-Identifier: Apache-2.0
import Files

/// A spectrogram without axes, from edge to edge: for a page that lays its own over it. Levels and colours are those of
/// ``SpectrogramPicture``.
public struct SpectrogramStrip: Sendable {
    public var sound: PicturedSound
    /// The frequency axis, from its lowest frequency at the bottom to half the sample rate at the top.
    public var scale: FrequencyScale
    /// In pixels.
    public var size: PictureSize
    /// The highest frequency, in hertz, where half the sample rate is above it.
    public var ceiling: Double

    public init(_ sound: PicturedSound, scale: FrequencyScale = .mel, size: PictureSize, ceiling: Double = 16_000) {
        (self.sound, self.scale, self.size, self.ceiling) = (sound, scale, size, ceiling)
    }

    /// The picture as a PNG file.
    ///
    /// - Throws: ``Failure`` of kind `badData` for a sound that cannot be drawn, `usage` for a size without room.
    public func png() throws(Failure) -> [UInt8] {
        try PicturedSound.check([sound])
        let canvas = try Canvas(size, background: Theme.dark.background)
        let (columns, rows) = (size.width, size.height)
        let levels = LevelMap(sound, seconds: sound.duration, columns: columns)
        let top = min(Double(sound.sampleRate) / 2, ceiling)
        let axis = Axis(scale.lowest...max(top, scale.lowest + 1), .frequencies(scale))
        let bands = (0..<rows).map { row in
            axis.value(Double(rows - row - 1) / Double(rows))...axis.value(Double(rows - row) / Double(rows))
        }
        let range = SpectrogramPicture.range
        var colours = [UInt32](repeating: Magma.colour(0), count: rows * columns)
        for column in 0..<levels.columns where levels.loudest > 0 {
            for (row, level) in levels.levels(column: column, of: bands, against: levels.loudest, range: range)
                .enumerated()
            {
                if let level { colours[row * columns + column] = Magma.colour(1 + level / range) }
            }
        }
        canvas.image(colours, columns: columns, rows: rows, in: canvas.bounds)
        return try canvas.png()
    }
}
