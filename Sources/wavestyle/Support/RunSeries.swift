// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation

/// Runs of this program, one after the other, each a ``ChildRun``: one that fails leaves the others.
struct RunSeries {
    /// A run that has a result.
    typealias Finished = (name: String, run: FinishedRun)

    /// Also those that were stopped: they have the best so far.
    private(set) var finished: [Finished] = []
    private(set) var failures: [(name: String, ending: ChildRun.Ending)] = []
    private let quiet: Bool
    /// What is said before a run's name.
    private let prefix: String

    /// Listens for Ctrl-C from here on.
    ///
    /// - Parameter place: where the runs belong, for what is said of them; empty where there is one place.
    init(quiet: Bool, in place: String = "") {
        self.quiet = quiet
        prefix = place.isEmpty ? "" : "\(place)/"
        Interruption.listen()
    }

    /// Runs a child, unless Ctrl-C has come.
    ///
    /// - Parameter result: the sound that it writes.
    /// - Throws: ``Failure`` when no child can be started.
    mutating func run(_ name: String, _ arguments: [String], to result: String) throws(Failure) {
        guard !Interruption.hasCome else { return }
        // What an earlier series left must not pass for this one's.
        unlink((result + ".json").cPath)
        let ending = try ChildRun(arguments: arguments + (quiet ? ["--quiet"] : [])).run { line in
            if !quiet { Terminal.error.say("\(prefix)\(name)  \(line)") }
        }
        // One that was stopped before its first iterate has nothing.
        let wasStopped = Interruption.hasCome && ending?.status == Failure.Kind.interrupted.exitCode
        if wasStopped, !fileExists(result + ".json") { return }
        if let ending, !wasStopped { return fail(name, ending) }
        do throws(Failure) {
            finished.append((name, try FinishedRun(result)))
        } catch {
            return fail(name, ChildRun.Ending(status: error.kind.exitCode, reason: error.description))
        }
        if wasStopped, !quiet { Terminal.error.say("Stopped: \(prefix)\(name) is the best so far.") }
    }

    private mutating func fail(_ name: String, _ ending: ChildRun.Ending) {
        failures.append((name, ending))
        Terminal.error.fail("\(prefix)\(name): \(ending.reason)")
    }

    /// Ends with the exit code that tells how it went: the failures' where they have one in common.
    ///
    /// - Throws: `ExitCode`, but where all went well.
    func finish() throws { try Self.finish([self]) }

    /// The same for several.
    static func finish(_ all: [RunSeries]) throws {
        if Interruption.hasCome { throw ExitCode(Failure.Kind.interrupted.exitCode) }
        let codes = Set(all.flatMap(\.failures).map(\.ending.status))
        if let code = codes.first { throw ExitCode(codes.count == 1 ? code : Failure.Kind.badData.exitCode) }
    }

    /// What failed, in a sentence each.
    var remarks: [String] { failures.map { "\(prefix)\($0.name) failed: \($0.ending.reason)" } }

    /// This command, to run it again.
    static var command: String { CommandLine.command(CommandLine.pathArguments) }
}

extension CommandLine {
    /// A call of this program as a shell takes it.
    static func command(_ arguments: [String]) -> String {
        (["wavestyle"] + arguments).map(\.shellQuoted).joined(separator: " ")
    }
}
