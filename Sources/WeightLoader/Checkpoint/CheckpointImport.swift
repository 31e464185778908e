// SPDX-License-Identifier: Apache-2.0
import Files
import WaveEncoder

/// An encoder's tensors in a checkpoint.
public struct CheckpointImport {
    /// Which of a variable's two values is imported.
    public enum Variables: String, CaseIterable, Sendable {
        /// The trained values, which Magenta's own inference restores.
        case raw
        /// Their exponential moving averages.
        case ema
    }

    /// The tensors.
    public let weights: EncoderWeights
    /// SHA-256 of the checkpoint's files: of the index, and of files with values if they are small or requested.
    public let checksums: [(sha256: String, file: String)]
    /// Where they come from, for ``WaveEncoder/EncoderWeights/write(to:attributes:)``.
    public let attributes: [String: String]

    /// Reads an encoder, and nothing else of the checkpoint.
    ///
    /// - Parameters:
    ///   - stages: blocks before the dilation starts again at 1, which the shapes don't determine; NSynth's 10 when nil.
    ///   - hop: samples of one step of the encoding; NSynth's 512 when nil.
    ///   - hashesValues: whether SHA-256 of large files with values is computed too.
    /// - Throws: ``Files/Failure`` of kind `badData` when a tensor is missing, has another shape or type, is damaged, or not
    ///   finite; `noInput` when a file does not exist.
    public init(
        _ checkpoint: Checkpoint, variables: Variables, stages: Int? = nil, hop: Int? = nil, hashesValues: Bool = false
    ) throws(Failure) {
        let tensors = CheckpointTensors(checkpoint: checkpoint, variables: variables)
        let architecture = try tensors.architecture(stages: stages, hop: hop)
        weights = try EncoderWeights(architecture: architecture) { tensor throws(Failure) in
            try tensors.values(of: tensor)
        }
        checksums = try checkpoint.checksums(whole: hashesValues)
        attributes = [
            "source": checkpoint.prefixName,
            "variables": variables.rawValue,
            "source_sha256": Self.list(checksums),
        ]
    }
}

extension CheckpointImport {
    /// Lines in sha256sum(1)'s format; if they are too many for an attribute, the SHA-256 of the remaining lines.
    private static func list(_ checksums: [(sha256: String, file: String)]) -> String {
        let lines = checksums.map { "\($0.sha256)  \($0.file)" }
        let room = WeightsFile.maximumAttribute - 200
        var (length, shown) = (0, 0)
        while shown < lines.count, length + lines[shown].utf8.count + 1 <= room {
            length += lines[shown].utf8.count + 1
            shown += 1
        }
        let rest = lines[shown...]
        guard !rest.isEmpty else { return lines.joined(separator: "\n") }
        let digest = Array(rest.map { $0 + "\n" }.joined().utf8).withUnsafeBytes { Checksum(of: $0) }
        return (lines[..<shown] + ["\(digest)  (the lines of \(rest.count) more files)"]).joined(separator: "\n")
    }
}

/// A checkpoint's variables, or their averages, under the variables' names.
private struct CheckpointTensors: TensorCatalogue {
    let checkpoint: Checkpoint
    let variables: CheckpointImport.Variables

    var name: String { checkpoint.name }

    /// `ae_res_1` exists if `ae_res_1/W` does.
    func contains(_ name: String) -> Bool { checkpoint["\(name)/W"] != nil }

    func shape(of name: String) throws(Failure) -> [Int] { try variable(name).shape }

    func floats(_ name: String, expecting shape: [Int]) throws(Failure) -> [Float] {
        let variable = try variable(name)
        precondition(variable.shape == shape, "the architecture was read from other shapes")
        return try checkpoint.floats(of: variable)
    }

    private func variable(_ name: String) throws(Failure) -> Checkpoint.Variable {
        let stored = name + (variables == .ema ? "/ExponentialMovingAverage" : "")
        if let variable = checkpoint[stored] { return variable }
        let hasRaw = variables == .ema && checkpoint[name] != nil
        throw Failure(
            .badData, "cannot import", at: "\(checkpoint.name): \(stored)", why: "there is no such variable",
            remedy: hasRaw
                ? "import the variables themselves: --variables raw"
                : "see what there is: wavestyle weights list-tensors")
    }
}
