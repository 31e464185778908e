// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Matrices

/// What shows in the last bits of a result besides sounds, weights and settings.
struct Machine: Codable, Equatable {
    let version: String
    /// SHA-256 of the program.
    let program: String
    let processor: String
    let blas: String
    let kernels: String
    let threads: Int

    init(threads: Int) throws(Failure) {
        version = Wavestyle.version
        program = try Checksum(ofFile: "/proc/self/exe").description
        processor = Self.processorName
        blas = KernelLevel.blasDescription
        kernels = KernelLevel.current.rawValue
        self.threads = threads
    }

    /// As proc_cpuinfo(5) has it: `model name : ...`.
    private static var processorName: String {
        let text = String(decoding: contents(ofFile: "/proc/cpuinfo") ?? [], as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? ""
    }

    /// What differs from another one, as a clause; nil where nothing does.
    func difference(from other: Machine) -> String? {
        if version != other.version { return "it was begun by version \(version), and this is \(other.version)" }
        if processor != other.processor {
            return "it was begun on another processor, \(processor.isEmpty ? "an unknown one" : processor)"
        }
        if kernels != other.kernels {
            return "it was begun with the kernels \(kernels), and these are \(other.kernels)"
        }
        if threads != other.threads { return "it was begun with --threads \(threads), and this is \(other.threads)" }
        if blas != other.blas { return "it was begun with \(blas), and this is \(other.blas)" }
        return program == other.program ? nil : "it was begun by another build of the program"
    }
}
