// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Files
import Foundation
import LocalServer
import Report
import StudioLibrary

/// Sounds on their way into the studio's library, and to its page.
struct StudioSounds: Sendable {
    let library: StudioLibrary

    /// Bytes of a file that may be brought.
    static let mostBytes = 512 << 20
    /// The longest sound that may be brought, in seconds.
    static let longest = 1_200.0
    /// Bytes that its samples may take: those of the longest in stereo at 48 kHz, and a little more.
    private static let mostMemory = 1 << 29

    /// Keeps an incoming file (``StudioLibrary/newFile(for:extension:)``), which is removed where it is no sound.
    ///
    /// - Throws: ``Failure`` of kind `badData`.
    func keep(_ path: String, as name: String, from origin: KeptSound.Origin) throws(Failure) -> KeptSound {
        let stored: StoredSound
        do throws(Failure) { stored = try read(path) } catch {
            unlink(path.cPath)
            // The name is what the user knows it by.
            throw Failure(error.kind, error.what, at: KeptText.name(name), why: error.why, remedy: Self.remedy(error))
        }
        let played = PlayedForm(stored.waveform)
        return try library.add(
            KeptSound(
                name: name, file: StudioLibrary.keptName(of: path), origin: origin, seconds: stored.waveform.duration,
                rate: stored.waveform.sampleRate, channels: stored.waveform.channels.count, loudness: played.loudness,
                peak: Double(played.waveform.peak), remarks: stored.remarks))
    }

    /// Without options of the command line.
    private static func remedy(_ failure: Failure) -> String? {
        failure.remedy.map { $0.contains("--") ? "bring a part of it" : $0 }
    }

    private func read(_ path: String) throws(Failure) -> StoredSound {
        let stored = try AudioFile.stored(
            FileSection(ofInput: path), duration: Self.longest + 1, memory: Self.mostMemory)
        guard stored.waveform.duration <= Self.longest else {
            throw Failure(
                .badData, "cannot take the sound", at: path, why: "it is longer than \(Int(Self.longest / 60)) minutes",
                remedy: "cut out a part of it first, or use the command line")
        }
        return stored
    }

    /// A part of a sound, as a sound of its own.
    func cut(_ sound: KeptSound, from start: Double, to end: Double) throws -> KeptSound {
        guard start >= 0, end - start >= 0.01, start < sound.seconds else {
            throw Failure.unusable("the part", "it must be at least 0.01 s long, and lie in the sound")
        }
        let stored = try AudioFile.stored(
            FileSection(ofInput: library.path(of: sound)), start: start, duration: end - start)
        let path = library.newFile(for: sound.name, extension: "wav")
        try AudioFile.write(
            stored.waveform, to: path, as: try AudioFormat(path: path).following(stored.sampleFormat))
        func text(_ seconds: Double) -> String { String(format: "%.2f", seconds) }
        return try keep(path, as: "\(sound.name), \(text(start)) to \(text(min(end, sound.seconds))) s", from: .cut)
    }

    /// A copy of a file.
    func copy(_ original: String, as name: String, from origin: KeptSound.Origin) throws -> KeptSound {
        let path = library.newFile(for: name, extension: original.nameExtension)
        try OutputFile(path: path).write(bytes: try contents(ofFile: original, or: "cannot copy the sound"))
        return try keep(path, as: name, from: origin)
    }

    /// The bundled pair, into a library that never had a sound.
    func addBundled() throws {
        guard try library.hasNoSounds() else { return }
        let pair = try BundledSounds.pair()
        _ = try copy(pair.style, as: "Flute", from: .bundled)
        _ = try copy(pair.content, as: "Voice", from: .bundled)
    }
}

/// A sound as any browser plays it: at most stereo, at most 48 kHz, within full scale.
struct PlayedForm {
    let waveform: Waveform

    /// - Throws: ``Failure`` where it cannot be resampled.
    init(reading path: String) throws { self.init(try AudioFile.read(path)) }

    init(_ original: Waveform) {
        var waveform = original.channels.count > 2 ? original.downmixedToStereo() : original
        let rate = Self.format?.rate(preferring: min(waveform.sampleRate, 48_000), channels: waveform.channels.count)
        if let rate, rate != waveform.sampleRate { waveform = (try? waveform.resampled(to: rate)) ?? waveform }
        self.waveform = waveform.limited(by: .rescale).waveform
    }

    private static let format = try? AudioFormat(path: "sound.flac")

    /// In LUFS, with one channel as two loudspeakers play it; nil for silence.
    var loudness: Double? {
        let channels = waveform.channels
        return Loudness.of(
            channels: channels.count == 1 ? channels + channels : channels, sampleRate: waveform.sampleRate)
    }

    /// A FLAC file.
    func flac() throws(Failure) -> [UInt8] {
        try AudioFile.encoded(waveform, as: try AudioFormat(path: "sound.flac"), name: "the sound")
    }

    /// Its spectrogram, a PNG file.
    func spectrogram() throws(Failure) -> [UInt8] {
        let mono = waveform.mixedDown()
        let sound = PicturedSound(title: "the sound", samples: mono.channels[0], sampleRate: mono.sampleRate)
        return try SpectrogramStrip(sound, size: PictureSize(width: 1_200, height: 256, scale: 1)).png()
    }
}
