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

/// A child process that parses, and the pipe it writes to. It is killed and reaped at the latest when this value is released.
private struct Child: ~Copyable {
    var pipe: PipeReader
    private let process: pid_t
    private var status: Int32?

    init(
        _ executable: String, _ kind: UntrustedParser.Kind, _ path: String, timeLimit: Double
    ) throws(Failure) {
        func cannot(_ error: Int32) -> Failure {
            Failure(.software, "cannot start the parser", at: executable, why: systemError(error))
        }
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw cannot(errno) }
        defer { close(ends[1]) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)

        // The default signal dispositions, whatever this process ignores or blocks.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (all, none) = (sigset_t(), sigset_t())
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        var process: pid_t = 0
        let error = Self.withStrings([executable, kind.rawValue, path]) { arguments in
            Self.withStrings(Self.environment) { environment in
                posix_spawn(&process, executable, &actions, &attributes, arguments, environment)
            }
        }
        guard error == 0 else {
            close(ends[0])
            throw cannot(error)
        }
        self.process = process
        pipe = PipeReader(ends[0], timeLimit: timeLimit)
    }

    deinit {
        if status == nil {
            kill(process, SIGKILL)
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
        }
    }

    /// Makes sure that the child has sent everything and exited with success.
    mutating func expectEnd() throws(PipeFault) {
        try pipe.expectEnd()
        guard wait() == 0 else { throw .broken }
    }

    /// Waits for the end of a child that has closed its pipe.
    ///
    /// - Returns: the wait status: 0 for success, with the signal's number in the low 7 bits.
    mutating func wait() -> Int32 {
        if let status { return status }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else {
                status = -1
                break
            }
        }
        self.status = status
        return status
    }

    /// The failure for a child that died or sent invalid data.
    mutating func broken(_ path: String) -> Failure {
        // A child that has already ended keeps its own status: killing a zombie has no effect.
        let hasEnded = pipe.isAtEnd
        if !hasEnded { kill(process, SIGKILL) }
        let status = wait()
        let signal = status & 0x7F
        if signal == 0, status >> 8 & 0xFF == Failure.Kind.software.exitCode {
            return Failure(.software, "cannot start the parser", at: path, why: "it could not limit its own resources")
        }
        let why =
            switch hasEnded ? signal : 0 {
            case 0: "its parser gave no valid answer"
            case SIGXCPU: "its parser took too much time: the file is damaged or hostile"
            default: "its parser crashed (signal \(signal)): the file is damaged or hostile"
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

    /// Calls `body` with a C array of C strings, NULL at its end.
    private static func withStrings(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Int32
    ) -> Int32 {
        let copies = strings.map { strdup($0.cPath) }
        defer { copies.forEach { free($0) } }
        return body(copies + [nil])
    }
}
