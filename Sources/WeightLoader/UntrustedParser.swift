// SPDX-License-Identifier: Apache-2.0
import Files
import Glibc
import WaveEncoder

/// Parses an untrusted weights file in a child process, since libhdf5 itself crashes on some files.
///
/// The child is this program again (`ParserChild.swift`). It limits its own memory, time and files, reads the file with
/// the careful reader, and returns the tensors through a pipe (`ParserMessage.swift`). Whatever happens to it, the
/// parent gets valid weights or a ``Files/Failure``.
public struct UntrustedParser: Sendable {
    /// What a file is expected to contain.
    enum Kind: String {
        case encoder = "parse-weights-file"
        case spectral = "parse-spectral-weights-file"
    }

    /// The program to start, whose main must call ``runChildIfAsked()``.
    public var executable: String
    /// The limit of wall-clock time for a file, in seconds.
    public var timeLimit: Double

    /// A parser that starts the running program again, unless told otherwise.
    public init(executable: String = "/proc/self/exe", timeLimit: Double = 120) {
        self.executable = executable
        self.timeLimit = timeLimit
    }

    /// Marks the child in its environment, so that a program that misses ``runChildIfAsked()`` can't multiply.
    static let childMark = "WAVESTYLE_PARSER_CHILD"

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
        _ path: String, _ kind: Kind, _ body: (inout Child) throws(PipeFault) -> Result
    ) throws(Failure) -> Result {
        guard getenv(Self.childMark) == nil else {
            throw Failure(.software, "cannot start the parser", why: "this is the parser already")
        }
        close(try openForReading(path))
        var child = try Child(executable, kind, path, timeLimit: timeLimit)
        do throws(PipeFault) {
            return try body(&child)
        } catch {
            switch error {
            case .reported(let failure): throw failure
            case .timeout:
                throw Failure(
                    .badData, "cannot read the weights", at: path,
                    why: "its parser did not finish within \(Int(timeLimit)) s")
            case .broken: throw child.broken(path)
            }
        }
    }

    /// Reads one message for the architecture and one for each tensor, and validates each.
    private static func weights(
        from child: inout Child, _ path: String
    ) throws(PipeFault) -> (weights: EncoderWeights, attributes: [String: String]) {
        guard try child.pipe.integers(2) == ParserMessage.magic else { throw .broken }
        try child.pipe.expectGood(path)
        let numbers = try child.pipe.integers(5).map(Int.init)
        let architecture = EncoderArchitecture(
            width: numbers[0], layers: numbers[1], stages: numbers[2], bottleneck: numbers[3], hop: numbers[4])
        guard architecture.problem == nil, architecture.parameterCount <= WeightsFile.maximumParameters else {
            throw .broken
        }
        var attributes: [String: String] = [:]
        for name in WeightsFile.attributeNames { attributes[name] = try child.pipe.text() }
        let weights = try EncoderWeights(architecture: architecture) { tensor throws(PipeFault) in
            try child.pipe.expectGood(path)
            return try child.pipe.floats(tensor.count)
        }
        try child.expectEnd()
        return (weights, attributes)
    }

    /// The same for a network on spectrograms: the number of layers, then each one's shape and whether it has biases.
    private static func spectralTensors(
        from child: inout Child, _ path: String
    ) throws(PipeFault) -> [SpectralTensors] {
        guard try child.pipe.integers(2) == ParserMessage.magic else { throw .broken }
        try child.pipe.expectGood(path)
        let count = Int(try child.pipe.integers(1)[0])
        guard (1...SpectralWeightsFile.maximumLayers).contains(count) else { throw .broken }
        var tensors: [SpectralTensors] = []
        for _ in 0..<count {
            try child.pipe.expectGood(path)
            let numbers = try child.pipe.integers(4).map(Int.init)
            let (kernel, inputs, outputs) = (numbers[0], numbers[1], numbers[2])
            guard [kernel, inputs, outputs].allSatisfy({ $0 >= 1 }),
                Double(kernel) * Double(inputs) * Double(outputs) <= Double(WeightsFile.maximumParameters),
                tensors.last.map({ $0.shape[3] == inputs }) ?? true
            else { throw .broken }
            tensors.append(
                SpectralTensors(
                    shape: [1, kernel, inputs, outputs], kernel: try child.pipe.floats(kernel * inputs * outputs),
                    biases: numbers[3] == 0 ? [] : try child.pipe.floats(outputs)))
        }
        try child.expectEnd()
        guard tensors.allSatisfy({ $0.kernel.allSatisfy(\.isFinite) && $0.biases.allSatisfy(\.isFinite) }) else {
            throw .broken
        }
        return tensors
    }
}

/// A child process that parses, and what it says.
private struct Child: ~Copyable {
    var pipe: PipeReader
    private var process: ChildProcess

    init(
        _ executable: String, _ kind: UntrustedParser.Kind, _ path: String, timeLimit: Double
    ) throws(Failure) {
        process = try ChildProcess(
            executable, [executable, kind.rawValue, path], environment: Self.environment, errors: .discarded,
            as: "the parser")
        pipe = PipeReader(process.output, timeLimit: timeLimit)
    }

    /// Makes sure that the child has sent everything and exited with success.
    mutating func expectEnd() throws(PipeFault) {
        try pipe.expectEnd()
        guard process.wait() == .exited(0) else { throw .broken }
    }

    /// The failure for a child that died or sent invalid data.
    mutating func broken(_ path: String) -> Failure {
        // A child that has already ended keeps its own status: killing a zombie has no effect.
        let hasEnded = pipe.isAtEnd
        if !hasEnded { process.send(SIGKILL) }
        let ending = process.wait()
        if ending == .exited(Failure.Kind.software.exitCode) {
            return Failure(.software, "cannot start the parser", at: path, why: "it could not limit its own resources")
        }
        let why =
            switch ending {
            case .killed(SIGXCPU) where hasEnded: "its parser took too much time: the file is damaged or hostile"
            case .killed(let signal) where hasEnded:
                "its parser crashed (signal \(signal)): the file is damaged or hostile"
            default: "its parser gave no valid answer"
            }
        return Failure(.badData, "cannot read the weights", at: path, why: why)
    }

    /// Only what the loader and libhdf5 need, and no crash reports by Swift, which take seconds.
    private static var environment: [String] {
        let kept = ["LD_LIBRARY_PATH"].compactMap { (name: String) in
            getenv(name).map { "\(name)=\(String(cString: $0))" }
        }
        return kept + ["SWIFT_BACKTRACE=enable=no", "\(UntrustedParser.childMark)=1"]
    }
}
