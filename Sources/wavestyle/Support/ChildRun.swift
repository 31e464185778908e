// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// The program run once more, as a child: the time and memory that it takes are its own, and so are its failures.
struct ChildRun {
    /// Why a child did not end well.
    struct Ending: Equatable {
        /// The child's exit code, or 70 where a signal ended it.
        let status: Int32
        /// Its last word, for people.
        let reason: String
    }

    /// As a user would give them.
    let arguments: [String]

    /// Runs the child to its end.
    ///
    /// Ctrl-C is passed on too; the child then saves its best so far.
    ///
    /// - Parameter say: told each line of progress.
    /// - Returns: nil where it ended well.
    /// - Throws: ``Failure`` of kind `software` when the child cannot be started.
    func run(say: (String) -> Void) throws(Failure) -> Ending? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(Interruption.environmentOfChild) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardError = pipe
        do { try process.run() } catch {
            throw Failure(.software, "cannot start the program again", why: "\(error.localizedDescription)")
        }
        try? pipe.fileHandleForWriting.close()
        var last = ""
        var wasInterrupted = false
        LineReader(descriptor: pipe.fileHandleForReading.fileDescriptor).readAll { line in
            if let line {
                last = line
                if !line.hasPrefix(Self.errorPrefix) { say(line) }
            }
            if Interruption.hasCome, !wasInterrupted {
                wasInterrupted = true
                process.interrupt()
            }
        }
        process.waitUntilExit()
        let ended = process.terminationReason == .exit
        guard !ended || process.terminationStatus != 0 else { return nil }
        if !ended {
            // It was not listening yet.
            if wasInterrupted { return Ending(status: Failure.Kind.interrupted.exitCode, reason: "stopped") }
            return Ending(
                status: Failure.Kind.software.exitCode, reason: "signal \(process.terminationStatus) ended it")
        }
        let reason = last.hasPrefix(Self.errorPrefix) ? String(last.dropFirst(Self.errorPrefix.count)) : last
        return Ending(status: process.terminationStatus, reason: reason)
    }

    private static let errorPrefix = "wavestyle: error: "
}

/// Lines of a pipe as they come.
private struct LineReader {
    let descriptor: Int32

    /// Reads to the end.
    ///
    /// - Parameter take: told each line without its end, and nil several times a second while none comes.
    func readAll(_ take: (String?) -> Void) {
        var (rest, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 4_096))
        while true {
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, 200) > 0 else {
                take(nil)
                continue
            }
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                break
            }
            rest += buffer[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                take(String(decoding: rest[..<end], as: UTF8.self))
                rest.removeSubrange(...end)
            }
        }
        if !rest.isEmpty { take(String(decoding: rest, as: UTF8.self)) }
    }
}
