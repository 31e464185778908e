// SPDX-License-Identifier: Apache-2.0
import Files
import Glibc

/// What the parsing child process writes to its pipe, in the machine's byte order, since both ends are one program:
///
///     magic           2 integers (UInt32)
///     architecture    0, then width, layers, stages, bottleneck, hop
///     attributes      a text for each of WeightsFile.attributeNames
///     each tensor     0, then its values (Float), in the order of EncoderTensor.all
///
/// or for a network on spectrograms
///
///     magic           the same
///     layers          0, then their number
///     each layer      0, then kernel, in, out, 1 or 0 for biases, and their values (Float)
///
/// Instead of any 0 a failure may follow, and then nothing more: its kind, and its four texts. A text is its length in bytes
/// and UTF-8; an absent one has the length 0xFFFFFFFF.
enum ParserMessage {
    static let magic: [UInt32] = [0x7761_7665, 0x7774_0001]
    static let absent = UInt32.max
    /// The most bytes of a text.
    static let maximumText = 16 << 10

    /// A failure in the child's encoding.
    static func encode(_ failure: Failure) -> [UInt8] {
        bytes(UInt32(failure.kind.rawValue))
            + [failure.what, failure.location, failure.why, failure.remedy].flatMap(encode)
    }

    /// A text in the child's encoding.
    static func encode(_ text: String?) -> [UInt8] {
        guard let text else { return bytes(absent) }
        let utf8 = text.utf8.prefix(maximumText)
        return bytes(UInt32(utf8.count)) + utf8
    }

    private static func bytes(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
}

/// Why the parent got no weights.
enum PipeFault: Error {
    /// The child reported a failure.
    case reported(Failure)
    /// The child took too long.
    case timeout
    /// The pipe ended too early or too late, or its data were invalid.
    case broken
}

/// The parent's end of the pipe, which the child process's value closes. Every read is exact, and all reads share one time limit.
struct PipeReader: ~Copyable {
    private let descriptor: Int32
    private let deadline: Double
    /// Whether the other end is closed and everything read.
    private(set) var isAtEnd = false

    init(_ descriptor: Int32, timeLimit: Double) {
        self.descriptor = descriptor
        deadline = Self.now + timeLimit
    }

    mutating func integers(_ count: Int) throws(PipeFault) -> [UInt32] {
        var values = [UInt32](repeating: 0, count: count)
        try fill(&values)
        return values
    }

    mutating func floats(_ count: Int) throws(PipeFault) -> [Float] {
        // In pieces, so that a child that announces much and sends little costs little memory.
        var values: [Float] = []
        while values.count < count {
            var piece = [Float](repeating: 0, count: min(count - values.count, 1 << 20))
            try fill(&piece)
            if values.isEmpty { values = piece } else { values += piece }
        }
        return values
    }

    /// Reads a message's first number.
    ///
    /// - Throws: `reported` when it is a failure.
    mutating func expectGood(_ path: String) throws(PipeFault) {
        let kind = try integers(1)[0]
        if kind == 0 { return }
        guard let kind = Failure.Kind(rawValue: Int32(truncatingIfNeeded: kind)) else { throw .broken }
        let (what, location, why, remedy) = (try text(), try text(), try text(), try text())
        guard let what, let why else { throw .broken }
        throw .reported(Failure(kind, what, at: location ?? path, why: why, remedy: remedy))
    }

    mutating func expectEnd() throws(PipeFault) {
        var byte: UInt8 = 0
        let count = try withUnsafeMutableBytes(of: &byte) { buffer throws(PipeFault) in try some(buffer) }
        guard count == 0 else { throw .broken }
    }

    mutating func text() throws(PipeFault) -> String? {
        let length = try integers(1)[0]
        if length == ParserMessage.absent { return nil }
        guard length <= ParserMessage.maximumText else { throw .broken }
        var bytes = [UInt8](repeating: 0, count: Int(length))
        try fill(&bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func fill<T: BitwiseCopyable>(_ values: inout [T]) throws(PipeFault) {
        var filled = 0
        let wanted = values.count * MemoryLayout<T>.stride
        while filled < wanted {
            let count = try values.withUnsafeMutableBufferPointer { buffer throws(PipeFault) in
                try some(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...]))
            }
            guard count > 0 else { throw .broken }
            filled += count
        }
    }

    /// Reads the available bytes, waiting for some; 0 at the end.
    private mutating func some(_ buffer: UnsafeMutableRawBufferPointer) throws(PipeFault) -> Int {
        while true {
            let left = deadline - Self.now
            guard left > 0 else { throw .timeout }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&entry, 1, Int32(min(left, 1000) * 1000) + 1)
            if ready == 0 || (ready < 0 && errno == EINTR) { continue }
            let count = ready < 0 ? -1 : read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 {
                guard errno == EINTR else { throw .broken }
                continue
            }
            isAtEnd = count == 0
            return count
        }
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
