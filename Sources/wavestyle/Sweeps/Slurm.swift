// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Glibc

/// Slurm's commands.
enum Slurm {
    /// A task of an array that has not ended.
    struct ArrayTask {
        let number: Int
        /// As `RUNNING`.
        let state: String
    }

    /// Submits a script.
    ///
    /// - Returns: the job's number.
    /// - Throws: ``Failure`` with what sbatch said.
    static func submit(_ script: String, options: [String]) throws(Failure) -> String {
        let text = try call("sbatch", ["--parsable"] + options + [script])
        // JOB;CLUSTER.
        let job = text.prefix { $0 != ";" && $0 != "\n" }
        guard !job.isEmpty, job.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            throw Failure(.software, "cannot submit the sweep", why: "sbatch printed '\(text)' and no job's number")
        }
        return String(job)
    }

    /// The tasks of a job array that are waiting or running; none of one that Slurm has forgotten.
    static func tasks(of job: String) throws(Failure) -> [ArrayTask] {
        let text: String
        do throws(Failure) {
            text = try call("squeue", ["--noheader", "--array", "--jobs=\(job)", "--format=%K %T"])
        } catch  where error.why.contains("Invalid job id") {
            return []
        }
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 2, let number = Int(words[0]) else { return nil }
            return ArrayTask(number: number, state: String(words[1]))
        }
    }

    /// Ends a job with all its tasks; nothing where it has ended.
    static func cancel(_ job: String) throws(Failure) {
        do throws(Failure) { _ = try call("scancel", [job]) } catch  where error.why.contains("Invalid job id") {}
    }

    /// How many tasks an array may have: 1000 where Slurm does not say.
    static var longestArray: Int {
        let usual = 1_000
        guard let text = try? call("scontrol", ["show", "config"]),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MaxArraySize") }),
            let size = line.split(separator: "=").last.flatMap({ Int($0.trimmingCharacters(in: .whitespaces)) })
        else { return usual }
        // The largest number is one below.
        return max(size - 1, 1)
    }

    /// Runs one of Slurm's commands to its end.
    ///
    /// - Returns: its standard output.
    /// - Throws: ``Failure`` where it is not installed, or with what it said where it failed.
    private static func call(_ name: String, _ arguments: [String]) throws(Failure) -> String {
        let environment = ProcessInfo.processInfo.environment
        let folders = (environment["PATH"] ?? "/usr/bin").split(separator: ":")
        guard let program = folders.map({ "\($0)/\(name)" }).first(where: { access($0.cPath, X_OK) == 0 }) else {
            throw Failure(
                .noInput, "cannot use Slurm", at: name, why: "there is no such program in PATH",
                remedy: "run this on a node that submits jobs, or use --engine local")
        }
        let said = try unnamedFile()
        defer { close(said) }
        var child = try ChildProcess(
            program, [name] + arguments, environment: environment.map { "\($0)=\($1)" }, errors: .to(said), as: name)
        var text = ""
        child.readLines { line in if let line { text += line + "\n" } }
        guard child.wait() == .exited(0) else {
            throw Failure(.cannotCreate, "cannot use Slurm", at: name, why: message(said) ?? "it failed")
        }
        return text
    }

    /// What is in a file, on one line.
    private static func message(_ descriptor: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 2_000)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let lines = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).split(separator: "\n")
        return lines.isEmpty ? nil : lines.joined(separator: "; ")
    }
}
