// SPDX-License-Identifier: Apache-2.0
import Files

/// Where a sound is decoded.
package enum DecodingPlace: Sendable {
    /// In this process.
    case here
    /// In a child with limits: this program, or another one, started again.
    case child(program: String)

    /// In a child where this program has them.
    static func usual(for file: FileSection) -> DecodingPlace {
        ChildTask.isKnown(ChildSound.task) ? .child(program: LimitedChild.program) : .here
    }
}

/// A sound that a child decodes, which tells, after the beginning of every ``Files/ChildAnswer``:
///
///     form      0, rate, channels, sample format (0 for none, else its place among all), frames promised,
///               and the number of speakers (0xFFFFFFFF for nil) with the raw values of each
///     place     0, and the frame that it is at
///     blocks    0, how many frames, and these, interleaved (Float); the last one has none
///     end       0, the number of remarks, and each; the problem
///
/// Numbers of frames are two integers, the lower half first, and both 0xFFFFFFFF for nil.
final class ChildSound: SoundSource {
    /// The name of what the child does.
    static let task = "decode-sound"

    let sampleRate: Int
    let channelCount: Int
    let speakers: [ChannelLayout.Speaker]?
    let sampleFormat: SampleFormat?
    let promised: Int?
    private(set) var remarks: [String] = []
    private(set) var problem: String?

    private var child: LimitedChild
    private let name: String
    private var isAtEnd = false

    /// Starts the child.
    ///
    /// - Throws: ``Failure`` of kind `badData` where it finds no sound.
    init(
        _ file: FileSection, _ start: Double?, _ duration: Double?, samples: Int? = nil, isSecondTry: Bool,
        program: String
    ) throws(Failure) {
        name = file.name
        let arguments =
            AudioFile.arguments(of: file)
            + [
                "\(start ?? 0)", duration.map { "\($0)" } ?? "", samples.map { "\($0)" } ?? "",
                isSecondTry ? "ffmpeg" : "",
            ]
        child = try LimitedChild(
            Self.task, arguments, for: AudioFile.decoding, at: name, input: file.descriptor, executable: program,
            timeLimit: AudioFile.timeLimit(bytes: file.count))
        do throws(PipeFault) {
            try child.expectStart()
            let numbers = try child.answer.integers(3).map(Int.init)
            let formats = SampleFormat.allCases
            guard numbers[2] <= formats.count else { throw .broken }
            (sampleRate, channelCount) = (numbers[0], numbers[1])
            sampleFormat = numbers[2] == 0 ? nil : formats[numbers[2] - 1]
            promised = try child.answer.number()
            speakers = try child.answer.speakers()
        } catch {
            throw child.failure(error)
        }
    }

    func begin(at frame: Int) throws(Failure) -> Int {
        do throws(PipeFault) {
            try child.answer.expectGood(name)
            guard let place = try child.answer.number(), place <= frame else { throw .broken }
            return place
        } catch {
            throw child.failure(error)
        }
    }

    func read(_ frames: Int, to buffer: inout [Float]) throws(Failure) -> Int {
        guard !isAtEnd else { return 0 }
        do throws(PipeFault) {
            try child.answer.expectGood(name)
            let count = Int(try child.answer.integers(1)[0])
            guard count <= frames else { throw .broken }
            isAtEnd = count == 0
            try child.answer.fill(&buffer, count * channelCount)
            return count
        } catch {
            throw child.failure(error)
        }
    }

    func finish() throws(Failure) {
        do throws(PipeFault) {
            if !isAtEnd {
                try child.answer.expectGood(name)
                guard try child.answer.integers(1) == [0] else { throw .broken }
            }
            try child.answer.expectGood(name)
            let count = Int(try child.answer.integers(1)[0])
            guard count <= AudioFile.maximumRemarks else { throw .broken }
            for _ in 0..<count { remarks.append(try child.answer.text() ?? "") }
            problem = try child.answer.text()
            try child.expectEnd()
        } catch {
            throw child.failure(error)
        }
    }
}

extension AudioFile {
    static let decoding = LimitedChild.Purpose(reading, worker: "decoder")
    /// A file may be joined of many.
    static let maximumRemarks = 64

    /// What children do for sounds: a program that reads sounds of strangers names them to ``Files/ChildTask/runIfAsked(_:)``, at the
    /// start of its main. One that does not decodes them in its own process.
    public static let childTasks = [
        ChildTask(ChildSound.task, limits: limits) { arguments, answer throws(Failure) in
            guard arguments.count == 7, let file = given(arguments), let start = Double(arguments[3]) else {
                throw Failure(.software, reading, why: "the child was asked in a wrong way")
            }
            try tell(
                file, start, Double(arguments[4]), samples: Int(arguments[5]), isSecondTry: !arguments[6].isEmpty,
                answer)
        },
        SoundTags.childTask,
    ]

    /// How a child is told of a file, which is its standard input.
    static func arguments(of file: FileSection) -> [String] {
        [file.name, "\(file.range.lowerBound)", "\(file.range.upperBound)"]
    }

    static func given(_ arguments: [String]) -> FileSection? {
        range(arguments).map { FileSection(ofStandardInput: $0, named: arguments[0]) }
    }

    private static func range(_ arguments: [String]) -> Range<Int>? {
        guard arguments.count > 2, let first = Int(arguments[1]), let end = Int(arguments[2]), 0 <= first, first <= end
        else { return nil }
        return first..<end
    }

    /// ffmpeg, which a child starts, has no more. An hour at the lowest rates, some MB, takes less than a minute, and what hangs is
    /// ended soon.
    @Sendable static func limits(_ arguments: [String]) -> ChildTask.Limits {
        ChildTask.Limits(
            memory: 4 << 30, seconds: processorSeconds(bytes: range(arguments)?.count ?? 0), fileBytes: 1 << 16,
            openFiles: 32)
    }

    private static func processorSeconds(bytes: Int) -> Int { 6 + bytes >> 16 }

    /// Of wall-clock time: a busy machine, a slow disk.
    static func timeLimit(bytes: Int) -> Double { 60 + 10 * Double(processorSeconds(bytes: bytes)) }

    /// Decodes a part of a sound for the parent, which reads it as it comes.
    private static func tell(
        _ file: FileSection, _ start: Double, _ duration: Double?, samples: Int?, isSecondTry: Bool,
        _ answer: ChildAnswer
    ) throws(Failure) {
        let sound = try SoundStream(file, try SoundKind(of: file), isSecondTry: isSecondTry)
        try checkHeader(sound, at: file.name)
        answer.tellGood()
        let format = sound.sampleFormat.flatMap(SampleFormat.allCases.firstIndex).map { $0 + 1 } ?? 0
        answer.tell([sound.sampleRate, sound.channelCount, format].map(UInt32.init))
        answer.tell(number: sound.promised)
        answer.tell(sound.speakers)
        let width = sound.channelCount
        let part = SoundPart(start, duration, rate: sound.sampleRate, channels: width, samples: samples)
        let place = try sound.begin(at: part.first)
        answer.tellGood()
        answer.tell(number: place)
        var (done, buffer) = (0, [Float](repeating: 0, count: samplesAtOnce))
        while done < part.most {
            let got = sound.read(min(part.most - done, samplesAtOnce / width), to: &buffer)
            if got <= 0 { break }
            answer.tell([0, UInt32(got)])
            buffer.withUnsafeBytes { bytes in
                answer.tell(UnsafeRawBufferPointer(rebasing: bytes[..<(got * width * MemoryLayout<Float>.stride)]))
            }
            done += got
        }
        let remarks = sound.remarks.prefix(maximumRemarks)
        answer.tell([0, 0, 0, UInt32(remarks.count)])
        for remark in remarks { answer.tell(remark) }
        answer.tell(sound.problem)
    }
}

extension ChildAnswer {
    /// Tells a number of frames.
    fileprivate func tell(number: Int?) {
        let bits = UInt64(bitPattern: Int64(number ?? -1))
        tell([UInt32(truncatingIfNeeded: bits), UInt32(truncatingIfNeeded: bits >> 32)])
    }

    fileprivate func tell(_ speakers: [ChannelLayout.Speaker]?) {
        tell([speakers.map { UInt32($0.count) } ?? .max])
        tell((speakers ?? []).map { UInt32($0.rawValue) })
    }
}

extension PipeReader {
    fileprivate mutating func number() throws(PipeFault) -> Int? {
        let halves = try integers(2)
        let number = Int64(bitPattern: UInt64(halves[1]) << 32 | UInt64(halves[0]))
        guard (-1..<1 << 62).contains(number) else { throw .broken }
        return number < 0 ? nil : Int(number)
    }

    fileprivate mutating func speakers() throws(PipeFault) -> [ChannelLayout.Speaker]? {
        let count = try integers(1)[0]
        if count == .max { return nil }
        guard count <= AudioFile.channelCounts.upperBound else { throw .broken }
        let speakers = try integers(Int(count)).compactMap { ChannelLayout.Speaker(rawValue: Int($0)) }
        guard speakers.count == count else { throw .broken }
        return speakers
    }
}
