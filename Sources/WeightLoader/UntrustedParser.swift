// SPDX-License-Identifier: Apache-2.0
import Files
import Glibc
import WaveEncoder

/// Parses an untrusted weights file in a child process, since libhdf5 itself crashes on some files.
///
/// The child is this program again (``Files/LimitedChild``). It reads the file with the careful reader, and returns the tensors
/// through a pipe (`ParserChild.swift`). Whatever happens to it, the parent gets valid weights or a ``Files/Failure``.
public struct UntrustedParser: Sendable {
    /// What a file is expected to contain.
    enum Kind: String {
        case encoder = "parse-weights-file"
        case spectral = "parse-spectral-weights-file"
    }

    /// The program to start, whose main must name ``childTasks`` to ``Files/ChildTask/runIfAsked(_:)``.
    public var executable: String
    /// The limit of wall-clock time for a file, in seconds.
    public var timeLimit: Double

    /// A parser that starts the running program again, unless told otherwise.
    public init(executable: String = LimitedChild.program, timeLimit: Double = 120) {
        self.executable = executable
        self.timeLimit = timeLimit
    }

    /// Reads an encoder's weights.
    ///
    /// - Throws: ``Files/Failure`` of kind `noInput` or `badData`, which names the file; of kind `software` when
    ///   the child can't be started.
    public func parse(_ path: String) throws(Failure) -> EncoderWeights {
        try parseWithAttributes(path).weights
    }

    /// The same, with the ``WeightsFile/attributes``.
    func parseWithAttributes(
        _ path: String
    ) throws(Failure) -> (weights: EncoderWeights, attributes: [String: String]) {
        let result = try read(path, .encoder) { child throws(PipeFault) in try Self.weights(from: &child, path) }
        if let tensor = result.weights.tensorNotFinite { throw .notFinite(tensor, in: path) }
        return result
    }

    /// Reads the weights of a network on spectrograms.
    ///
    /// - Throws: as ``parse(_:)``.
    func parseSpectral(_ path: String) throws(Failure) -> [SpectralTensors] {
        try read(path, .spectral) { child throws(PipeFault) in try Self.spectralTensors(from: &child, path) }
    }

    private func read<Result>(
        _ path: String, _ kind: Kind, _ body: (inout LimitedChild) throws(PipeFault) -> Result
    ) throws(Failure) -> Result {
        close(try openForReading(path))
        var child = try LimitedChild(
            kind.rawValue, [path], for: .init("cannot read the weights", worker: "parser"), at: path,
            executable: executable, timeLimit: timeLimit)
        do throws(PipeFault) {
            try child.expectStart()
            let result = try body(&child)
            try child.expectEnd()
            return result
        } catch {
            throw child.failure(error)
        }
    }

    /// Reads one message for the architecture and one for each tensor, and validates each.
    private static func weights(
        from child: inout LimitedChild, _ path: String
    ) throws(PipeFault) -> (weights: EncoderWeights, attributes: [String: String]) {
        let numbers = try child.answer.integers(5).map(Int.init)
        let architecture = EncoderArchitecture(
            width: numbers[0], layers: numbers[1], stages: numbers[2], bottleneck: numbers[3], hop: numbers[4])
        guard architecture.problem == nil, architecture.parameterCount <= WeightsFile.maximumParameters else {
            throw .broken
        }
        var attributes: [String: String] = [:]
        for name in WeightsFile.attributeNames { attributes[name] = try child.answer.text() }
        let weights = try EncoderWeights(architecture: architecture) { tensor throws(PipeFault) in
            try child.answer.expectGood(path)
            return try child.answer.floats(tensor.count)
        }
        return (weights, attributes)
    }

    /// The same for a network on spectrograms: the number of layers, then each one's shape and whether it has biases.
    private static func spectralTensors(
        from child: inout LimitedChild, _ path: String
    ) throws(PipeFault) -> [SpectralTensors] {
        let count = Int(try child.answer.integers(1)[0])
        guard (1...SpectralWeightsFile.maximumLayers).contains(count) else { throw .broken }
        var tensors: [SpectralTensors] = []
        for _ in 0..<count {
            try child.answer.expectGood(path)
            let numbers = try child.answer.integers(4).map(Int.init)
            let (kernel, inputs, outputs) = (numbers[0], numbers[1], numbers[2])
            guard [kernel, inputs, outputs].allSatisfy({ $0 >= 1 }),
                Double(kernel) * Double(inputs) * Double(outputs) <= Double(WeightsFile.maximumParameters),
                tensors.last.map({ $0.shape[3] == inputs }) ?? true
            else { throw .broken }
            tensors.append(
                SpectralTensors(
                    shape: [1, kernel, inputs, outputs], kernel: try child.answer.floats(kernel * inputs * outputs),
                    biases: numbers[3] == 0 ? [] : try child.answer.floats(outputs)))
        }
        guard tensors.allSatisfy({ $0.kernel.allSatisfy(\.isFinite) && $0.biases.allSatisfy(\.isFinite) }) else {
            throw .broken
        }
        return tensors
    }
}
