// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Foundation
import TestSupport
import Testing

/// Sounds that nobody would expect, as content and as style of each method: they work, or one line says why they do not.
@Suite struct OddSoundTests {
    private static let methods = [
        [], ["--preset", "clean", "--iterations", "1"], ["--loss", "gram", "--layers", "relu1", "--iterations", "1"],
        ["--backend", "stft", "--iterations", "1"],
    ]

    /// What is expected.
    enum Expected: Equatable, Sendable {
        /// An output of so many seconds, all of whose samples are finite; of a style, of the content's.
        case works(seconds: Double)
        /// Exit code 65, and a line with these words.
        case refused(String)
    }

    struct Odd: Sendable, CustomTestStringConvertible {
        let name: String
        /// The file's bytes: sample format (1 for integers, 3 for floats), bits, rate, channels and samples, and what the header says of their bytes.
        let encoding, bits: UInt16
        let rate: UInt32
        let channels: UInt16
        let samples: [Float]
        var declared: UInt32?
        /// Bytes without anything that follow.
        var sparse = 0
        let asContent: Expected
        let asStyle: Expected
        /// Of methods that differ, by the name of an option.
        var differs: [String: Expected] = [:]
        var testDescription: String { name }
    }

    private static func floats(
        _ name: String, _ samples: [Float], rate: UInt32 = 16_000, channels: UInt16 = 1, content: Expected,
        style: Expected, differs: [String: Expected] = [:]
    ) -> Odd {
        Odd(
            name: name, encoding: 3, bits: 32, rate: rate, channels: channels, samples: samples, asContent: content,
            asStyle: style, differs: differs)
    }

    private static let tone = (0..<8_000).map { 0.5 * sin(Float($0) * 0.0864) }
    private static let half = Expected.works(seconds: 0.5)
    private static let tooLong = Expected.refused(
        "longer than 3600.0 s, the limit for its rate and channels; choose a part")
    private static let silent = Expected.refused("it is silent; give another style")
    private static let constant = Expected.refused("it is constant, which cannot be heard; give another style")

    static let all = [
        Odd(
            name: "8 hours", encoding: 1, bits: 16, rate: 16_000, channels: 1, samples: tone,
            sparse: 8 * 3_600 * 16_000 * 2, asContent: tooLong, asStyle: tooLong),
        Odd(
            name: "half a second that says 8 hours", encoding: 3, bits: 32, rate: 16_000, channels: 1, samples: tone,
            declared: 8 * 3_600 * 16_000 * 4, asContent: half, asStyle: half),
        floats(
            "192 kHz, 8 channels", (0..<384_000).map { 0.3 * sin(Float($0 / 8) * 0.01 * Float(1 + $0 % 8)) },
            rate: 192_000, channels: 8, content: .works(seconds: 0.25), style: half),
        floats(
            "1 Hz", tone, rate: 1, content: .refused("its sample rate of 1 Hz is outside 1000...768000 Hz"),
            style: .refused("its sample rate of 1 Hz is outside 1000...768000 Hz")),
        floats(
            "1 sample", [0.5], content: .works(seconds: 1 / 16_000), style: constant,
            differs: ["stft": .refused("too few for layer 1; give longer sounds")]),
        floats(
            "no samples", [], content: .refused("it contains no samples"), style: .refused("it contains no samples")),
        floats(
            "NaN", Array(repeating: .nan, count: 8_000), content: .refused("the sample in channel 1 at 0.0 s is nan"),
            style: .refused("the sample in channel 1 at 0.0 s is nan")),
        floats("digital silence", Array(repeating: 0, count: 8_000), content: half, style: silent),
        floats("DC", Array(repeating: 0.5, count: 8_000), content: half, style: constant),
        floats("full-scale square", (0..<8_000).map { $0 / 40 % 2 == 0 ? 1 : -1 }, content: half, style: half),
        floats("denormals", (0..<8_000).map { $0 / 40 % 2 == 0 ? 0x1p-140 : -0x1p-140 }, content: half, style: silent),
    ]

    @Test(arguments: all, ["content", "style"]) func isAsExpected(odd: Odd, role: String) throws {
        let folder = try TemporaryFolder()
        for (name, odd) in [
            ("odd.wav", odd), ("tone.wav", Self.floats("tone", Self.tone, content: Self.half, style: Self.half)),
        ] {
            try write(odd, to: folder.file(name))
        }
        for method in Self.methods {
            let sounds = role == "content" ? ["odd.wav", "tone.wav"] : ["tone.wav", "odd.wav"]
            let ended = try ProgramUnderTest.run(
                ["--content", sounds[0], "--style", sounds[1], "--output", "out.wav", "--quiet"] + method, in: folder)
            let other = role == "content" ? odd.differs.first { method.contains($0.key) }?.value : nil
            switch other ?? (role == "content" ? odd.asContent : odd.asStyle) {
            case .works(let seconds):
                #expect(ended.status == 0, "\(method): \(ended)")
                guard ended.status == 0 else { continue }
                let sound = try AudioFile.read(folder.file("out.wav"))
                #expect(abs(sound.duration - seconds) < 1e-3 && sound.duration > 0, "\(method): \(sound.duration) s")
                #expect(sound.channels.allSatisfy { $0.allSatisfy(\.isFinite) })
            case .refused(let words):
                #expect(ended.status == 65 && ended.errorLines.count == 1, "\(method): \(ended)")
                #expect(ended.errors.contains(words), "\(method): \(ended.errors)")
                #expect(folder.contents == ["odd.wav", "tone.wav"])
            }
            for name in folder.contents where name.hasPrefix("out") {
                try FileManager.default.removeItem(atPath: folder.file(name))
            }
        }
    }

    /// A wav file by hand.
    private func write(_ odd: Odd, to path: String) throws {
        func little(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian) { Array($0) }
        }
        let data = odd.samples.flatMap {
            odd.encoding == 3 ? little($0.bitPattern) : little(Int16($0 * 32_767))
        }
        let (frame, declared) = (odd.channels * odd.bits / 8, odd.declared ?? UInt32(data.count + odd.sparse))
        let chunk =
            Array("WAVEfmt ".utf8) + little(UInt32(16)) + little(odd.encoding) + little(odd.channels) + little(odd.rate)
            + little(odd.rate * UInt32(frame)) + little(frame) + little(odd.bits) + Array("data".utf8)
            + little(declared)
        let bytes = Array("RIFF".utf8) + little(declared + UInt32(chunk.count)) + chunk + data
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.truncate(atOffset: UInt64(bytes.count + odd.sparse))
        try file.close()
    }
}
