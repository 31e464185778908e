// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing

@Suite struct ChildProcessTests {
    private func start(_ script: String) throws -> ChildProcess {
        try ChildProcess(
            "/bin/sh", ["sh", "-c", script], environment: ["WORD=spoken"], errors: .discarded, as: "the test")
    }

    private func output(_ child: borrowing ChildProcess) -> String {
        String(decoding: FileHandle(fileDescriptor: child.output).readDataToEndOfFile(), as: UTF8.self)
    }

    @Test func outputAndExitCodeComeBack() throws {
        var child = try start("echo $WORD; echo lost >&2; exit 3")
        let said = output(child)
        let endings = [child.wait(), child.wait()]
        #expect(said == "spoken\n" && endings == [.exited(3), .exited(3)])
    }

    @Test func aSignalIsToldFromAnExit() throws {
        var child = try start("echo ready; exec sleep 600")
        var byte: UInt8 = 0
        let count = read(child.output, &byte, 1)
        child.send(SIGTERM)
        let ending = child.wait()
        #expect(count == 1 && ending == .killed(signal: SIGTERM))
    }

    @Test func oneThatNobodyWaitsForIsEnded() throws {
        var process: pid_t = 0
        do {
            let child = try start("echo $$; exec sleep 600")
            var text = [UInt8](repeating: 0, count: 16)
            let count = read(child.output, &text, text.count)
            process = pid_t(String(decoding: text[..<max(count, 0)], as: UTF8.self).filter(\.isNumber)) ?? 0
            #expect(process > 0)
        }
        #expect(kill(process, 0) != 0 && errno == ESRCH)
    }

    @Test func childrenThatStartAtOnceHaveTheirOwnPipes() throws {
        // While the first one runs the second one's end is seen, so its pipe is open nowhere else.
        var first = try start("exec sleep 600")
        var second = try start("exit 0")
        let said = output(second)
        first.send(SIGKILL)
        let endings = [first.wait(), second.wait()]
        #expect(said.isEmpty && endings == [.killed(signal: SIGKILL), .exited(0)])
    }

    @Test func whatIsNotThereCannotBeStarted() {
        let error = #expect(throws: Failure.self) {
            _ = try ChildProcess("/none", ["none"], environment: [], errors: .discarded, as: "the test")
        }
        #expect(error?.kind == .software && error?.description.contains("cannot start the test") == true)
    }

    /// As a scheduler sends them to all processes of a job.
    @Test(arguments: ["HUP", "INT", "TERM"]) func aStopDoesNotReachALimitedChild(_ signal: String) throws {
        let folder = try TemporaryFolder()
        // What it answers is ChildAnswer's beginning, and that a good part follows.
        let script = "kill -\(signal) $$; printf 'evaw\\002\\000tw\\000\\000\\000\\000'"
        try OutputFile(path: folder.file("child")).write(text: script)
        var child = try LimitedChild(
            folder.file("child"), [], for: LimitedChild.Purpose("cannot read", worker: "test"), at: "x",
            executable: "/bin/sh", timeLimit: 60)
        do {
            try child.expectStart()
            try child.expectEnd()
        } catch { Issue.record("\(child.failure(error))") }
    }
}
