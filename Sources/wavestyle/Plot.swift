// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Files
import Foundation
import Report

/// `wavestyle plot`: sounds and traces as pictures.
struct Plot: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plot",
        abstract: "Draw spectrograms, waveforms, or the losses of runs.",
        usage: """
            wavestyle plot FILE... --output FILE.png [options]
            wavestyle plot --trace FILE.jsonl... --output FILE.png [options]
            """,
        discussion: """
            Sounds are drawn one above the other with the same limits: decibels below the loudest point of all of \
            them, seconds to the end of the longest, hertz to half the highest sample rate. Several channels are \
            mixed to one.

              wavestyle plot voice.wav out.wav --output both.png --scale mel
              wavestyle plot --trace run.jsonl --output losses.png --values loss,style
            """)

    @Argument(help: .text("Sounds; with --trace, traces.", value: "file"), completion: .file())
    var inputs: [String]

    @Option(help: .text("The picture to write.", value: "file.png"), completion: .file())
    var output: String

    @OptionGroup var overwriting: OverwriteOptions

    @Option(help: .text("The picture's title.", value: "text"))
    var title = ""

    @Option(parsing: .unconditional, help: .text("The width in pixels; letters are 20 high.", value: "pixels"))
    var width = 1_600

    @Option(
        parsing: .unconditional,
        help: .text("The height in pixels. (default: as the plots need)", value: "pixels"))
    var height: Int?

    @Flag(help: "Draw light on dark.")
    var dark = false

    @OptionGroup(title: "Sounds") var sounds: SoundPlotOptions
    @OptionGroup(title: "Traces") var curves: TracePlotOptions

    mutating func run() throws {
        try sounds.check(isTrace: curves.trace)
        try curves.check()
        let file = try outputFile()
        try file.write(bytes: curves.trace ? try chart() : try picture())
        try emit(path: output)
    }

    /// The output, if it can be written and is no input.
    private func outputFile() throws(Failure) -> OutputFile {
        guard output.lowercased().hasSuffix(".png") else {
            throw Failure(
                .usage, "cannot write", at: output, why: "pictures are PNG files",
                remedy: "use a name that ends in .png")
        }
        return try OutputFile(path: output, besides: inputs, replaces: !overwriting.noClobber)
    }

    private func picture() throws -> [UInt8] {
        let sounds = try inputs.map { path in
            let mono = try AudioFile.read(path).mixedDown { Terminal.error.warn("\(path): \($0)") }
            return PicturedSound(title: name(path), samples: mono.channels[0], sampleRate: mono.sampleRate)
        }
        if self.sounds.waveform {
            return try WaveformPicture(
                sounds: sounds, title: title, theme: theme, size: try size(height: 90 + 320 * sounds.count)
            ).png()
        }
        return try SpectrogramPicture(
            sounds: sounds, title: title, scale: self.sounds.scale ?? .linear, theme: theme,
            size: try size(height: 90 + 520 * sounds.count)
        ).png(threads: ProcessInfo.processInfo.activeProcessorCount)
    }

    private func chart() throws -> [UInt8] {
        let traces = try inputs.map { path in
            close(try openForReading(path))
            let bytes = contents(ofFile: path) ?? []
            return try Trace(jsonLines: String(decoding: bytes, as: UTF8.self), name: name(path))
        }
        let chart = try Chart(
            of: traces, values: curves.values?.names ?? [], title: title, isLogarithmic: !curves.linear)
        return try ChartPicture(chart, theme: theme, size: try size(height: 1_000)).png()
    }

    private var theme: Theme { dark ? .dark : .light }

    private func name(_ path: String) -> String { (path as NSString).lastPathComponent }

    /// - Parameter height: where the options give none.
    private func size(height fitting: Int) throws(Failure) -> PictureSize {
        for (option, value) in [("--width", width), ("--height", height ?? PictureSize.sides.lowerBound)] {
            guard PictureSize.sides.contains(value) else {
                throw Failure.unusable(
                    "\(option) \(value)",
                    "it must be between \(PictureSize.sides.lowerBound) and \(PictureSize.sides.upperBound)")
            }
        }
        return PictureSize(width: width, height: height ?? min(fitting, PictureSize.sides.upperBound))
    }
}

/// How sounds are drawn.
struct SoundPlotOptions: ParsableArguments {
    @Option(help: "The frequency axis. (default: linear)")
    var scale: FrequencyScale?

    @Flag(help: "Draw waveforms instead of spectrograms.")
    var waveform = false

    /// - Throws: ``Failure`` of kind `usage` for an option that changes nothing.
    func check(isTrace: Bool) throws(Failure) {
        if let scale, isTrace || waveform {
            throw Failure.unusable("--scale \(scale.rawValue)", "there is no spectrogram to draw")
        }
        if waveform, isTrace { throw Failure.unusable("--waveform", "--trace draws curves") }
    }
}

/// How traces are drawn.
struct TracePlotOptions: ParsableArguments {
    @Flag(help: "The files are traces: draw curves.")
    var trace = false

    @Option(
        help: ArgumentHelp(
            """
            What to draw over the iterations: loss, style, content, seconds, a metric; or distance, over phase \
            iterations. (default: loss,style,content)
            """, valueName: "name,..."))
    var values: NameList?

    @Flag(help: "Use a linear axis instead of a logarithmic one.")
    var linear = false

    /// - Throws: ``Failure`` of kind `usage` for an option that changes nothing.
    func check() throws(Failure) {
        guard !trace else { return }
        if values != nil { throw Failure.unusable("--values", "it is for --trace only") }
        if linear { throw Failure.unusable("--linear", "it is for --trace only") }
    }
}

/// Names, as `loss,style`.
struct NameList: ExpressibleByArgument {
    let names: [String]

    init?(argument: String) {
        names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if names.contains("") { return nil }
    }
}

extension FrequencyScale: ExpressibleByArgument {}
