// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Foundation
import Report
import TestSupport

/// A page with all that a page can have.
enum SamplePage {
    /// Of the bundled sounds; eight of them are compared in the first section.
    static func page() throws -> Page {
        var sounds = Page.Section(title: "Sounds")
        sounds.paragraphs = ["All of them run in step, so that they can be compared while they play."]
        let names = [
            "voice", "flute", "notes/voice-low", "notes/voice-high", "notes/flute-c", "notes/flute-e", "notes/flute-g",
        ]
        sounds.sounds = try names.map { try sound($0) }
        sounds.sounds.append(
            Page.Sound(
                title: #"<b>"Half & 'half'"</b>"#, caption: "A second of silence at another rate.",
                samples: [Float](repeating: 0, count: 22_050), sampleRate: 22_050))

        var figures = Page.Section(title: "Figures")
        let losses = [("style", 900.0, 0.8), ("content", 20, 0.97)].map { name, start, decay in
            Chart.Curve(name: name, points: (0...100).map { (Double($0), start * pow(decay, Double($0)) + 1e-3) })
        }
        figures.charts = [
            Chart(title: "Loss", xLabel: "iteration", yLabel: "loss", isLogarithmic: true, curves: losses),
            Chart(
                title: "Flatness", xLabel: "iteration", yLabel: "spectral flatness",
                curves: [
                    Chart.Curve(name: "result", points: (0...20).map { (Double(5 * $0), 0.1 + 0.01 * Double($0)) })
                ]),
        ]
        figures.tables = [
            Page.Table(
                caption: "Metrics",
                columns: ["Metric", "Voice", "Flute", "Result, 10 iterations", "Result, 100 iterations", "Better"],
                rows: [
                    ["Spectral flatness", "0.0213", "0.0007", "0.1452", "0.0911", "lower"],
                    ["Pitch difference (cents)", "0", "1203.5", "−12.1", "4.0", "near 0"],
                    ["Log-mel distance (dB)", "0", "23.1", "11.7", "9.2", "lower"],
                ],
                notes: ["Geometric over arithmetic mean of the power spectrum: 1 is white noise.", "", ""])
        ]
        figures.settings = [("backend", "nsynth"), ("layers", "relu1"), ("learning-rate", "0.05"), ("seed", "0")]
        figures.command = """
            wavestyle --content voice.wav --style 'flute & strings.wav' --output out.wav --loss gram --layers relu1:1-5@0.2,relu2:30
            """

        var second = Page.Section(title: "A second pair")
        second.sounds = [try sound("voice"), try sound("flute")]
        return Page(
            title: "A voice in the style of a flute", introduction: ["What the program makes of its bundled sounds."],
            sections: [sounds, figures, second])
    }

    private static func sound(_ name: String) throws -> Page.Sound {
        let path = Fixtures.repository.appendingPathComponent("Sources/wavestyle/Resources/sounds/\(name).flac").path
        let mono = try AudioFile.read(path).mixedDown()
        let title = name.replacing("notes/", with: "")
        return Page.Sound(
            title: title, caption: "As it is bundled with the program.", samples: mono.channels[0],
            sampleRate: mono.sampleRate)
    }
}
