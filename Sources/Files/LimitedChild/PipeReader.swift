// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Why a parent got no valid answer of its child.
public enum PipeFault: Error {
    /// The child reported a failure.
    case reported(Failure)
    /// The child took too long.
    case timeout
    /// The pipe ended too early or too late, or its data were invalid.
    case broken
}

/// The parent's end of the pipe, which the child process's value closes. Every read is exact, and all reads share one time limit.
public struct PipeReader: ~Copyable {
    private let descriptor: Int32
    private let deadline: Double
    /// Whether the other end is closed and everything read.
    private(set) var isAtEnd = false

    init(_ descriptor: Int32, timeLimit: Double) {
        self.descriptor = descriptor
        deadline = Self.now + timeLimit
    }

    public mutating func integers(_ count: Int) throws(PipeFault) -> [UInt32] {
        try values(count, 0)
    }

    public mutating func floats(_ count: Int) throws(PipeFault) -> [Float] { try values(count, 0) }

    public mutating func bytes(_ count: Int) throws(PipeFault) -> [UInt8] { try values(count, 0) }

    private mutating func values<T: BitwiseCopyable>(_ count: Int, _ zero: T) throws(PipeFault) -> [T] {
        // In pieces, so that a child that announces much and sends little costs little memory.
        var values: [T] = []
        while values.count < count {
            var piece = [T](repeating: zero, count: min(count - values.count, 1 << 20))
            try fill(&piece, piece.count)
            if values.isEmpty { values = piece } else { values += piece }
        }
        return values
    }

    /// Reads a message's first number.
    ///
    /// - Throws: `reported` when it is a failure.
    public mutating func expectGood(_ path: String) throws(PipeFault) {
        let kind = try integers(1)[0]
        if kind == 0 { return }
        guard let kind = Failure.Kind(rawValue: Int32(truncatingIfNeeded: kind)) else { throw .broken }
        let (what, location, why, remedy) = (try text(), try text(), try text(), try text())
        guard let what, let why else { throw .broken }
        throw .reported(Failure(kind, what, at: location ?? path, why: why, remedy: remedy))
    }

    public mutating func expectEnd() throws(PipeFault) {
        var byte: UInt8 = 0
        let count = try withUnsafeMutableBytes(of: &byte) { buffer throws(PipeFault) in try some(buffer) }
        guard count == 0 else { throw .broken }
    }

    /// - Parameter most: bytes of it.
    public mutating func text(atMost most: Int = ChildAnswer.maximumText) throws(PipeFault) -> String? {
        let length = try integers(1)[0]
        if length == ChildAnswer.absent { return nil }
        guard length <= most else { throw .broken }
        return String(decoding: try bytes(Int(length)), as: UTF8.self)
    }

    /// Reads as many values to the start of a buffer.
    public mutating func fill<T: BitwiseCopyable>(_ values: inout [T], _ count: Int) throws(PipeFault) {
        precondition(count <= values.count, "the buffer is too small")
        var filled = 0
        let wanted = count * MemoryLayout<T>.stride
        while filled < wanted {
            let count = try values.withUnsafeMutableBufferPointer { buffer throws(PipeFault) in
                try some(
                    UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled..<wanted]))
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
