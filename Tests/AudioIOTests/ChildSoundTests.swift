// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@testable import AudioIO

/// Sounds that a child of the built program decodes.
@Suite struct ChildSoundTests {
    private static let program = Fixtures.products.appendingPathComponent("wavestyle").path

    let folder: Folder

    init() throws { folder = try Folder() }

    private func stored(
        _ path: String, start: Double? = nil, duration: Double? = nil, in place: DecodingPlace
    ) -> Result<StoredSound, Failure> {
        Result { () throws(Failure) in
            try AudioFile.stored(FileSection(ofInput: path), start: start, duration: duration, in: place)
        }
    }

    /// A length that its header tells, and none, as in a flac file that was written to a pipe.
    @Test(arguments: [true, false]) func moreThanMemoryHolds(isToldByHeader: Bool) throws {
        let path = folder("x.flac")
        try AudioFile.write(music(rate: 16_000, count: 400_000, channels: 2), to: path, as: AudioFormat(path: path))
        var bytes = try folder.bytes("x.flac")
        if !isToldByHeader {
            bytes[21] &= 0xF0
            for i in 22..<26 { bytes[i] = 0 }
        }
        let file = try FileSection(ofInput: folder.file("x.flac", bytes))
        func stored(memory: Int) -> Result<StoredSound, Failure> {
            Result { () throws(Failure) in
                try AudioFile.stored(
                    file, start: nil, duration: nil, memory: memory, in: .child(program: Self.program))
            }
        }
        switch stored(memory: 3_200_000 - 8) {
        case .success: Issue.record("it was read")
        case .failure(let failure): #expect(failure.why.contains("in the memory that may be used"), "\(failure)")
        }
        #expect(try stored(memory: 3_200_000).get().waveform.frameCount == 400_000)
    }

    private func expectTheSame(_ path: String, start: Double? = nil, duration: Double? = nil) {
        let here = stored(path, start: start, duration: duration, in: .here)
        let child = stored(path, start: start, duration: duration, in: .child(program: Self.program))
        switch (here, child) {
        case (.success(let here), .success(let child)):
            #expect(bits(here) == bits(child) && here.waveform.layout == child.waveform.layout, "\(path)")
            #expect(here.waveform.sampleRate == child.waveform.sampleRate)
            #expect(here.sampleFormat == child.sampleFormat && here.remarks == child.remarks)
        case (.failure(let here), .failure(let child)): #expect(here == child)
        default: Issue.record("\(path): \(here) here, \(child) in the child")
        }
    }

    private func bits(_ sound: StoredSound) -> [[UInt32]] { sound.waveform.channels.map { $0.map(\.bitPattern) } }

    @Test(arguments: try FileManager.default.contentsOfDirectory(atPath: Fixtures.path("sounds")).sorted())
    func everyFixtureIsTheSame(name: String) throws {
        let path = Fixtures.path("sounds/\(name)")
        expectTheSame(path)
        expectTheSame(path, start: 0.2, duration: 0.3)
        expectTheSame(path, start: 0.3)
        expectTheSame(path, start: 100)
    }

    @Test(
        arguments: FormatTableTests.Row.all.filter {
            !["oga", "spx", "mp4", "mov", "avi", "flv", "ts"].contains($0.kind)
        })
    func everyFormatIsTheSameWithItsTags(row: FormatTableTests.Row) throws {
        let path = folder("x.\(row.kind)")
        try OtherDecoder.make(
            path,
            [
                "-f", "lavfi", "-i", "anoisesrc=d=1.5:r=48000:a=0.3", "-ac", "2", "-metadata", "title=Lärm", "-strict",
                "-2",
            ])
        expectTheSame(path)
        expectTheSame(path, start: 0.7)
        let file = try FileSection(ofFile: path)
        #expect(try SoundTags(of: file, byChildOf: Self.program) == SoundTags(of: file))
    }

    @Test func picturesAndPartsAreTheSame() throws {
        let path = folder("x.flac")
        let tags = SoundTags(
            fields: [.init("TITLE", "t"), .init("ARTIST", "Ä\nb")],
            pictures: [.init(type: 3, mime: "image/png", description: "é", bytes: Array(repeating: 7, count: 300_000))])
        _ = try AudioFile.write(
            music(rate: 16_000, count: 30_000, channels: 6), to: OutputFile(path: path), as: AudioFormat(path: path),
            tags: tags)
        let file = try FileSection(ofFile: path)
        let read = try SoundTags(of: file, byChildOf: Self.program)
        #expect(read == SoundTags(of: file) && read.pictures == tags.pictures)
        expectTheSame(path)
        let joined = try folder.file("joined", try folder.bytes("x.flac") + folder.bytes("x.flac"))
        expectTheSame(joined, start: 1.5)
        let section = try FileSection(ofFile: joined).part(Int(file.count)..<2 * file.count, named: "second")
        #expect(
            try AudioFile.stored(section, start: nil, duration: nil, in: .child(program: Self.program)).waveform
                == AudioFile.read(path))
    }

    @Test func whatIsNoSoundIsRefusedAsHere() throws {
        for (name, bytes) in [
            ("empty", []), ("text", Array("hello".utf8)), ("page", Array("<html>".utf8)),
            ("noise", (0..<3_000).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31) }),
            ("rate", wav(rate: 1, data: [0, 0])), ("none", wav(data: [])),
            ("nan", wav(encoding: 3, bits: 32, data: little([.nan]))), ("long", wav(data: [1, 2], declared: 1 << 31)),
        ] {
            expectTheSame(try folder.file(name, bytes))
        }
    }

    /// A script in the program's place.
    private func failure(of script: String, on path: String = Fixtures.path("sounds/half_silent.wav")) throws
        -> Failure?
    {
        let program = try folder.file("child", Array("#!/bin/sh\n\(script)\n".utf8))
        chmod(program, 0o755)
        // Another test's child that was started meanwhile may have the script open for writing: 'Text file busy'.
        for _ in 0..<100 {
            switch stored(path, in: .child(program: program)) {
            case .failure(let failure) where failure.why == systemError(ETXTBSY): usleep(20_000)
            case .failure(let failure): return failure
            case .success: return nil
            }
        }
        return nil
    }

    @Test(arguments: [("SEGV", "crashed"), ("KILL", "crashed"), ("XCPU", "too much time")])
    func aDecoderThatDiesIsToldByItsFile(signal: String, reason: String) throws {
        let failure = try failure(of: "kill -\(signal) $$")
        #expect(failure?.kind == .badData && failure?.what == "cannot read the audio file")
        #expect(failure?.location == Fixtures.path("sounds/half_silent.wav"))
        #expect(failure?.why.contains(reason) == true)
    }

    @Test(arguments: [
        "exit 0", "echo hello", "cat /dev/zero", "head -c 100000 /dev/urandom", "PARSE | head -c 4000",
        "PARSE | head -c 50",
        "PARSE; echo more", "PARSE; exit 1",
    ])
    func nonsenseIsNoSound(script: String) throws {
        let failure = try failure(of: script.replacing("PARSE", with: "'\(Self.program)' \"$@\""))
        #expect(failure?.kind == .badData && failure?.why.contains("decoder") == true, "\(failure as Any)")
    }

    /// A check of the two above.
    @Test func anHonestScriptIsBelieved() throws { #expect(try failure(of: "'\(Self.program)' \"$@\"") == nil) }

    @Test func aParentThatNoLongerReadsLeavesNothingRunning() throws {
        let path = folder("long.m4a")
        try OtherDecoder.make(path, ["-f", "lavfi", "-i", "anoisesrc=d=120:r=48000:a=0.3", "-ac", "2"])
        /// The processes of the groups that this one's children lead.
        func running() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }.count {
                let words = try? String(contentsOfFile: "/proc/\($0)/cmdline", encoding: .utf8)
                let input = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\($0)/fd/0")
                return words?.isEmpty == false && input == path
            }
        }
        do {
            let sound = try ChildSound(FileSection(ofFile: path), nil, nil, isSecondTry: false, program: Self.program)
            #expect(sound.sampleRate == 48_000)
            #expect(try running() == 2)
        }
        // ffmpeg has got its SIGKILL, and may take a moment.
        for _ in 0..<500 where try running() > 0 { usleep(10_000) }
        #expect(try running() == 0)
    }
}
