// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Files
import Finishing
import Foundation
import Listening
import StudioLibrary

/// The sounds of a listening test: of one rate, channel count and loudness in each trial, under names that say nothing.
final class ListeningSounds {
    /// The test's.
    let folder: String
    /// Whether originals come low-passed, too.
    let hasAnchors: Bool
    /// What was written.
    private var written: [String] = []

    init(folder: String, hasAnchors: Bool) { (self.folder, self.hasAnchors) = (folder, hasAnchors) }

    /// Removes all that was written.
    func remove() {
        for path in written { unlink(path.cPath) }
    }

    /// Writes the sounds of a trial.
    func trial(_ group: ListenedRuns.Group) throws -> Trial {
        let record = group.runs[0].run.record
        let run = group.runs[0].run
        let content = try run.sound(record.content).waveform
        // Of several styles the first one is the reference: a listener compares with one sound.
        let style = try run.sound(record.styles[0].sound).waveform
        let outputs = try group.runs.map { try $0.run.result().waveform }
        let all = try alike([content, style] + outputs)
        let anchors = try hasAnchors ? all.prefix(2).map { ($0, try low($0, 3_500), try low($0, 7_000)) } : []
        let matched = matched(all + anchors.flatMap { [$0.1, $0.2].compactMap(\.self) })
        var paths = try matched.map { try write($0) }[...]
        let (contentPath, stylePath) = (paths.removeFirst(), paths.removeFirst())
        let systems = group.runs.map { Trial.System(name: $0.name, path: paths.removeFirst()) }
        func original(_ path: String, _ input: RunRecord.Input, _ index: Int) -> Trial.Original {
            let name = FinishedRun.name(input.path)
            guard hasAnchors else { return Trial.Original(name: name, path: path) }
            let lowAnchor = paths.removeFirst()
            return Trial.Original(
                name: name, path: path, lowAnchor: lowAnchor,
                midAnchor: anchors[index].2 == nil ? nil : paths.removeFirst())
        }
        return Trial(
            content: original(contentPath, record.content, 0),
            style: original(stylePath, record.styles[0].sound, 1), systems: systems)
    }

    /// Sounds at the highest rate of all, up to 48 kHz, and with two channels where one has two: neither tells who made it.
    private func alike(_ sounds: [Waveform]) throws -> [Waveform] {
        let stereo = sounds.map { $0.channels.count > 2 ? $0.downmixedToStereo() : $0 }
        let rate = min(stereo.map(\.sampleRate).max() ?? 48_000, 48_000)
        let width = stereo.map(\.channels.count).max() ?? 1
        return try stereo.map { sound in
            let sound = try sound.resampled(to: rate)
            guard sound.channels.count < width else { return sound }
            return Waveform(channels: sound.channels + sound.channels, sampleRate: rate)
        }
    }

    /// A sound without what is above a frequency, by a resampler's filter; nil where it has nothing there.
    private func low(_ sound: Waveform, _ hertz: Int) throws -> Waveform? {
        guard 2 * hertz < sound.sampleRate else { return nil }
        return try sound.resampled(to: 2 * hertz).resampled(to: sound.sampleRate)
    }

    /// All at one loudness, softer together where a peak would exceed full scale.
    private func matched(_ sounds: [Waveform]) -> [Waveform] {
        let matched = sounds.map { $0.brought(to: Loudness.target) }
        let peak = matched.map(\.peak).max() ?? 0
        return peak > 1 ? matched.map { $0.scaled(by: 1 / peak) } : matched
    }

    /// - Returns: its path from the test's folder, which may be moved.
    private func write(_ sound: Waveform) throws -> String {
        let name = "sounds/\(String(UInt64.random(in: 0...(.max)), radix: 36)).flac"
        let path = "\(folder)/\(name)"
        written.append(path)
        try AudioFile.write(sound, to: path, as: try AudioFormat(path: path))
        return name
    }
}
