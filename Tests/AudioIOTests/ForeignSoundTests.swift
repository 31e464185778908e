// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import AudioIO

private let foreignSounds = ProcessInfo.processInfo.environment["WAVESTYLE_FOREIGN_SOUNDS"]

/// Files of other projects' test suites, in the folders `WAVESTYLE_FOREIGN_SOUNDS`: `make test-sounds` fetches them.
@Suite struct ForeignSoundTests {

    /// What ffmpeg decodes, we decode as it does: as many frames but for one of MPEG audio, at the start of a stream that was cut out
    /// of another; and silence as silence.
    @Test(.enabled(if: foreignSounds != nil)) func everySoundIsReadAsFFmpegReadsIt() throws {
        let folders = try #require(foreignSounds).split(separator: ":")
        let paths = try folders.flatMap { folder in
            try FileManager.default.contentsOfDirectory(atPath: String(folder)).sorted().map { "\(folder)/\($0)" }
        }
        var (read, refused) = ([String](), [String]())
        for path in paths {
            let name = (path as NSString).lastPathComponent
            do throws(Failure) {
                let sound = try AudioFile.stored(FileSection(ofInput: path)).waveform
                let theirs = try? OtherDecoder.samples(
                    path, channels: sound.channels.count, at: sound.sampleRate)
                guard let frames = theirs?[0].count else { continue }
                #expect(
                    abs(frames - sound.frameCount) <= 1_152, "\(name): \(sound.frameCount) frames, \(frames) of ffmpeg")
                let peak = theirs?.joined().reduce(0) { max($0, abs($1)) } ?? 0
                // Float decoders overshoot, and a lost first frame may hold the peak of a click.
                #expect(
                    abs(sound.peak - peak) < 0.02 || peak > 0.9 * sound.peak,
                    "\(name): peak \(sound.peak), \(peak) of ffmpeg")
                read.append(name)
            } catch {
                #expect(error.kind == .badData, "\(name): \(error)")
                #expect(!error.why.isEmpty && !error.description.contains("\n"))
                // ffmpeg may find some milliseconds that encoders mark as padding.
                let frames = (try? OtherDecoder.samples(path, channels: 1)[0].count) ?? 0
                #expect(frames < 1_152, "\(name): \(error), but ffmpeg decodes \(frames) samples")
                refused.append("\(name): \(error.why)")
            }
        }
        print("\(read.count) of \(paths.count) files are read as ffmpeg reads them; refused:")
        print(refused.joined(separator: "\n"))
        #expect(read.count >= 66)
    }
}
