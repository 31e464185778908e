// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Testing

@testable import Report

@Suite struct SoundPictureTests {
    private let size = PictureSize(width: 500, height: 400, scale: 1)

    private func tone(_ hertz: Double, seconds: Double = 1, amplitude: Double = 1, rate: Int = 16_000) -> PicturedSound
    {
        let samples = (0..<Int(seconds * Double(rate))).map { index in
            Float(amplitude * sin(2 * .pi * hertz * Double(index) / Double(rate)))
        }
        return PicturedSound(title: "tone", samples: samples, sampleRate: rate)
    }

    /// The plots' places in a stack, in pixels at scale 1.
    private func plots(_ count: Int) throws -> [Rectangle] {
        let canvas = try Canvas(size, background: 0)
        return try PanelStack(on: canvas, hasTitle: false, count: count, rightMargin: 54).areas
    }

    /// matplotlib's `magma` at some of its 256 colours.
    @Test(
        arguments: [(0, 0x000004), (64, 0x51127C), (128, 0xB73779), (200, 0xFD9869), (255, 0xFCFDBF)] as [(Int, UInt32)]
    )
    func magmaIsMatplotlibs(index: Int, colour: UInt32) {
        #expect(Magma.colours.count == 256)
        #expect(Magma.colour(Float(index) / 255) == colour)
    }

    @Test func magmaIsLimitedToItsEnds() {
        #expect(Magma.colour(-3) == 0x000004 && Magma.colour(7) == 0xFCFDBF)
    }

    @Test(arguments: [(500, 400, 1.0), (801, 333, 2), (1_600, 700, 2)])
    func picturesHaveTheAskedSize(width: Int, height: Int, scale: Double) throws {
        let size = PictureSize(width: width, height: height, scale: scale)
        let (sounds, curve) = ([tone(440)], Chart.Curve(name: "a", points: [(0, 1), (1, 2)]))
        let pictures = [
            try SpectrogramPicture(sounds: sounds, title: "T", size: size).png(),
            try SpectrogramPicture(sounds: sounds, size: size).pngs()[0],
            try SpectrogramStrip(sounds[0], size: size).png(),
            try WaveformPicture(sounds: sounds, title: "T", theme: .dark, size: size).png(),
            try ChartPicture(Chart(title: "T", xLabel: "x", yLabel: "y", curves: [curve]), size: size).png(),
        ]
        for png in pictures {
            let picture = try DecodedPicture(png: png)
            #expect((picture.width, picture.height) == (width, height))
        }
    }

    /// From edge to edge: silence, then a tone at its place on the mel scale.
    @Test func aStripHasNoMargins() throws {
        var sound = tone(1_000)
        for index in 0..<8_000 { sound.samples[index] = 0 }
        let strip = try DecodedPicture(png: SpectrogramStrip(sound, size: PictureSize(width: 400, height: 200)).png())
        func brightest(_ column: Int) -> (row: Int, level: Int) {
            let levels = (0..<200).map { Magma.colours.firstIndex(of: strip[column, $0]) ?? -1 }
            return levels.enumerated().max { $0.element < $1.element }.map { ($0.offset, $0.element) } ?? (0, -1)
        }
        #expect(brightest(0).level == 0)
        // 1 kHz are 15 of 45.2 mel; a row either way, and one of the transform's bins.
        #expect(abs(Double(brightest(300).row) - 200 * (1 - 15 / 45.245640471924965)) <= 2)
        #expect(brightest(300).level == 255 && brightest(390).level > 250)
        #expect(throws: Failure.self) {
            _ = try SpectrogramStrip(PicturedSound(title: "none", samples: [], sampleRate: 8_000), size: self.size)
                .png()
        }
    }

    /// A tone is bright at its place by the scale's formula, and nowhere else.
    @Test(arguments: FrequencyScale.allCases, [220.0, 1_000, 5_000])
    func aToneIsAtItsPlace(scale: FrequencyScale, hertz: Double) throws {
        let picture = try DecodedPicture(
            png: SpectrogramPicture(sounds: [tone(hertz)], scale: scale, size: size).png())
        let plot = try plots(1)[0]
        let share =
            switch scale {
            case .linear: hertz / 8_000
            case .log: log(hertz / 50) / log(8_000 / 50)
            // 8 kHz are 45.245640471924965 mel, see AxisTests.
            case .mel: (hertz < 1_000 ? hertz / 200 * 3 : 15 + 27 * log(hertz / 1_000) / log(6.4)) / 45.245640471924965
            }
        let middle = Int(plot.x + plot.width / 2)
        let column = (Int(plot.y)..<Int(plot.bottom)).map { picture[middle, $0] }
        let brightness = column.map { colour in Magma.colours.firstIndex(of: colour) ?? -1 }
        let expected = (1 - share) * plot.height
        let brightest = try #require(brightness.indices.max { brightness[$0] < brightness[$1] })
        // A row of pixels, and half a bin of the transform (7.8 Hz) either way where the tone lies between two.
        let axis = Axis(scale.lowest...8_000, .frequencies(scale))
        let bin = plot.height * (axis.share(hertz + 7.8) - axis.share(hertz))
        #expect(abs(Double(brightest) + 0.5 - expected) <= 1 + bin)
        #expect(brightness[brightest] >= 250)
        // The Hann window's main lobe is four bins of 15.6 Hz wide; beyond 15 of them its side lobes lie below -80 dB.
        for (row, value) in brightness.enumerated() {
            let hertzThere = axis.value(1 - (Double(row) + 0.5) / plot.height)
            if abs(hertzThere - hertz) > 15 * 15.6 + 40 { #expect(value <= 8, "\(hertzThere) Hz") }
        }
    }

    /// Levels are against the loudest of all sounds: a tenth of the amplitude is 20 dB less, whatever the rate; silence is
    /// black, and so is all that is 80 dB down.
    @Test func levelsAreAgainstTheLoudestOfAll() throws {
        let sounds = [
            tone(1_000), tone(1_000, amplitude: 0.1), tone(1_000, amplitude: 0.1, rate: 44_100),
            tone(1_000, amplitude: 5e-5),
            tone(1_000, amplitude: 0),
        ]
        let seconds = 1.0
        let levels = sounds.map { LevelMap($0, seconds: seconds, columns: 100) }
        let loudest = try #require(levels.map(\.loudest).max())
        let expected: [Float] = [0, -20, -20, -80, -80]
        for (level, expected) in zip(levels, expected) {
            let found = level.levels(column: 50, of: [0...2_000], against: loudest, range: 80)
            // 1 kHz is a bin's middle at 16 kHz only: elsewhere the Hann window loses up to 1.42 dB.
            #expect(abs(try #require(found[0]) - expected) < 1.43)
        }
        #expect(abs(loudest - 1) < 0.01)
        let exact = levels[1].levels(column: 50, of: [0...2_000], against: loudest, range: 80)
        // float32 transforms.
        #expect(abs(try #require(exact[0]) + 20) < 1e-3)
    }

    /// A band narrower than a bin lies on the line between the bins beside it, a wide one has its loudest bin's level, and one
    /// above half the rate has none.
    @Test func bandsAreInterpolatedOrTheirLargest() throws {
        let level = LevelMap(tone(1_000), seconds: 1, columns: 100)
        func levels(_ bands: [ClosedRange<Double>]) -> [Float?] {
            level.levels(column: 50, of: bands, against: 1, range: 80)
        }
        let width = level.binWidth
        let bins = levels(
            (0...100).map {
                let hertz = Double($0) * width; return hertz...hertz
            }
        ).compactMap { $0 }
        #expect(bins.count == 101)
        let between = try #require(levels([63.5 * width...63.5 * width])[0])
        // float32 sums.
        #expect(abs(between - (bins[63] + bins[64]) / 2) < 1e-4)
        #expect(levels([60 * width...70 * width])[0] == bins[60...70].max())
        #expect(levels([7_900...8_000, 7_900...8_100, 8_000...8_000]).map { $0 == nil } == [false, true, false])
    }

    @Test func everyColumnHasALevelHoweverShortOrLongTheSound() {
        for (samples, columns) in [(1, 300), (37, 300), (300, 300), (16_000, 299), (100_000, 7), (48_000, 1_013)] {
            let sound = PicturedSound(
                title: "", samples: [Float](repeating: 1, count: samples), sampleRate: 16_000)
            let level = LevelMap(sound, seconds: sound.duration, columns: columns)
            #expect(level.columns >= columns - 1 && level.columns <= columns)
            for column in 0..<level.columns {
                let level = level.levels(column: column, of: [0...100], against: level.loudest, range: 80)[0]
                #expect((level ?? -80) > -30, "\(samples) samples, column \(column) of \(columns)")
            }
        }
    }

    /// One time axis for all: after a short sound's end, and above its frequencies, its plot is empty.
    @Test func whatASoundDoesNotHaveIsLeftEmpty() throws {
        let sounds = [tone(1_000), tone(1_000, seconds: 0.5, rate: 8_000)]
        let picture = try DecodedPicture(png: SpectrogramPicture(sounds: sounds, size: size).png(threads: 2))
        let plots = try plots(2)
        func colour(_ plot: Rectangle, _ x: Double, _ y: Double) -> UInt32 {
            picture[Int(plot.x + x * plot.width), Int(plot.bottom - y * plot.height)]
        }
        #expect(colour(plots[0], 0.75, 0.75) == Magma.colours[0])
        #expect(colour(plots[1], 0.25, 0.4) == Magma.colours[0])
        #expect(colour(plots[1], 0.75, 0.25) == Theme.light.empty.code)
        #expect(colour(plots[1], 0.25, 0.75) == Theme.light.empty.code)
    }

    /// Pictures of their own have the limits of all.
    @Test func separatePicturesHaveTheSameLimits() throws {
        let sounds = [tone(1_000), tone(1_000, seconds: 0.5, amplitude: 0.01)]
        let pictures = try SpectrogramPicture(sounds: sounds, size: size).pngs(threads: 2)
        let plot = try plots(1)[0]
        let place = (x: Int(plot.x + plot.width / 4), y: Int(plot.bottom - plot.height / 8))
        let levels = try pictures.map { png -> Int in
            let picture = try DecodedPicture(png: png)
            return try #require(
                (-2...2).compactMap { Magma.colours.firstIndex(of: picture[place.x, place.y + $0]) }.max())
        }
        // 40 dB of 80, in steps of a 255th, each rounded.
        #expect(abs(levels[0] - levels[1] - 128) <= 1)
    }

    @Test func extremesAreThoseOfTheColumn() {
        let samples: [Float] = [0, 1, -1, 0.5, 0.25, -0.75, 0, 0.1]
        #expect(
            WaveformPicture.extremes(samples, columns: 3, samplesOfColumn: 3) == [-1...1, -0.75...0.5, 0...0.1])
        #expect(
            WaveformPicture.extremes([1, -1], columns: 5, samplesOfColumn: 0.5) == [1...1, 1...1, -1 ... -1, -1 ... -1])
    }

    @Test func whatHasNoPictureIsRefused() {
        for sounds in [
            [], [PicturedSound(title: "a", samples: [], sampleRate: 16_000)],
            [PicturedSound(title: "a", samples: [.nan], sampleRate: 16_000)],
            [PicturedSound(title: "a", samples: [0, 1e20], sampleRate: 16_000)],
        ] {
            let failures = [
                #expect(throws: Failure.self) { try SpectrogramPicture(sounds: sounds, size: size).png() },
                #expect(throws: Failure.self) { try WaveformPicture(sounds: sounds, size: size).png() },
            ]
            #expect(failures.allSatisfy { $0?.kind == .badData })
        }
        let sounds = [tone(440)]
        for size in [PictureSize(width: 120, height: 400), PictureSize(width: 400, height: 99)] {
            let failure = #expect(throws: Failure.self) { try SpectrogramPicture(sounds: sounds, size: size).png() }
            #expect(failure?.kind == .usage)
        }
        let low = PicturedSound(title: "low", samples: [0, 1], sampleRate: 80)
        #expect(throws: Failure.self) { try SpectrogramPicture(sounds: [low], scale: .log, size: size).png() }
    }
}
