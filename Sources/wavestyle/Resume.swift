// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation

/// `wavestyle resume`: an unfinished run goes on.
struct Resume: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Continue what was stopped or killed.",
        usage: "wavestyle resume OUTPUT|FOLDER [options]",
        discussion: """
            A run that takes longer than a minute saves itself every minute beside its output, as OUTPUT.checkpoint, and when \
            it is stopped. Continued on the same machine, it gives the same bytes as a run without a break. It is refused if \
            its sounds or weights have changed, or if it would differ in the last bits: other machine, other number of \
            threads, other version. The same command given again continues by itself. A mosaic is made anew. \
            Continue your own runs only: a checkpoint names the command that goes on, with the files that it writes.

              wavestyle resume out.wav
              wavestyle resume out.wav --iterations 500
              wavestyle resume crosses
            """)

    @Argument(
        help: .text(
            "The output of a run, or the results' folder of batch, compare or experiment.", value: "output|folder"),
        completion: .file())
    var place: String

    @Option(parsing: .unconditional, help: .text("Iterations in all, more than planned or fewer.", value: "count"))
    var iterations: Int?

    @Flag(
        help: """
            Also continue on another machine, with another number of threads or another version: the result then differs in \
            the last bits.
            """)
    var allowDrift = false

    func run() throws {
        let more = (allowDrift ? ["--allow-drift"] : []) + argument("--iterations", iterations)
        guard Folder.exists(place) else { return try resumeRun(more) }
        guard let command = try FolderCommand.files(in: place).read(FolderCommand.self, warn: Terminal.error.warn)
        else {
            let files = (Folder.names(in: place) ?? []).filter { $0.hasSuffix(".checkpoint") }.sorted()
            throw Failure(
                .noInput, "cannot continue", at: place,
                why: "there is no unfinished batch, comparison or experiment in it",
                remedy: files.first.map { "for a run in it: \(CommandLine.command(["resume", "\(place)/\($0)"]))" })
        }
        guard iterations == nil else {
            throw Failure.unusable(
                "--iterations", "'\(place)' holds several runs",
                remedy: "give their command again with more --iterations")
        }
        try requireSameSounds(command)
        try start(command.arguments + more, in: command.folder, output: place)
    }

    /// The command itself does finished runs anew whose sounds have changed.
    private func requireSameSounds(_ command: FolderCommand) throws {
        var checksums: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: place) where name.hasSuffix(".json") {
            guard let record = try? FinishedRun("\(place)/\(name)").record else { continue }
            for sound in [record.content] + record.styles.map(\.sound) {
                let path = sound.path.hasPrefix("/") ? sound.path : "\(command.folder)/\(sound.path)"
                guard fileExists(path) else { continue }
                let checksum = try checksums[path] ?? Checksum(ofFile: path).description
                checksums[path] = checksum
                guard checksum == sound.sha256 else {
                    throw Failure(
                        .badData, "cannot continue", at: place,
                        why: "\(sound.path) has changed since \(name) was written",
                        remedy: "restore it, or give the command again, which makes anew what has changed")
                }
            }
        }
    }

    private func resumeRun(_ more: [String]) throws {
        let output = CheckpointPair.output(of: place)
        guard let found = try CheckpointPair(of: output).read(RunCheckpoint.self, warn: Terminal.error.warn) else {
            let isFinished = (try? FinishedRun(output))?.record.results.contains(where: \.wasStopped) == false
            throw Failure(
                .noInput, "cannot continue", at: output,
                why: isFinished ? "its run is finished" : "there is no unfinished run of it: no \(output).checkpoint",
                remedy: isFinished ? nil : "run it again")
        }
        try start(found.arguments + more + ["--resume"], in: found.folder, output: output)
    }

    /// Replaces this process by the command, in the folder where it was given, with the output where it is now.
    private func start(_ arguments: [String], in folder: String, output: String) throws(Failure) {
        guard let path = OutputFile.resolved(output.parentFolder).map({ "\($0)/\(output.lastName)" }) else {
            throw Failure(.noInput, "cannot continue", at: output, why: "its folder does not exist")
        }
        guard chdir(folder.cPath) == 0 else {
            throw Failure(
                .noInput, "cannot continue", at: output,
                why: "the folder that it was started in, '\(folder)', cannot be opened: \(systemError(errno))")
        }
        let words = ["wavestyle"] + arguments + ["--output=\(path)"]
        var pointers = words.map { strdup($0.cPath) } + [nil]
        execv("/proc/self/exe", &pointers)
        throw Failure(.software, "cannot start the program again", why: systemError(errno))
    }
}
