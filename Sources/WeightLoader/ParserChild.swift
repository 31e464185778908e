// SPDX-License-Identifier: Apache-2.0
import Files
import Glibc
import WaveEncoder

extension UntrustedParser {
    /// Bytes that the child may map beyond those mapped at its start.
    private static let memoryLimit = 3 << 30
    /// The limit of processor time for a file, in seconds: more than reading it takes, and too few to hang for long.
    private static func processorLimit(bytes: Int) -> Int { 3 + bytes >> 25 }

    /// Parses a file and ends the process if the program was started as the parsing child; otherwise does nothing.
    ///
    /// A program that loads weights files calls it at the start of its main.
    public static func runChildIfAsked() {
        let arguments = CommandLine.pathArguments
        guard let kind = arguments.first.flatMap(Kind.init) else { return }
        guard arguments.count == 2 else { exit(Failure.Kind.usage.exitCode) }
        exit(runChild(kind, path: arguments[1]))
    }

    /// Writes a file's tensors, or a failure, to standard output.
    ///
    /// - Returns: the exit code: 0 if everything has been sent to the parent.
    private static func runChild(_ kind: Kind, path: String) -> Int32 {
        // libhdf5 opens files without O_CLOEXEC: the child closes the parent's.
        for descriptor in 3..<Int32(1024) { close(descriptor) }
        guard limitResources(for: path) else { return Failure.Kind.software.exitCode }
        do throws(Failure) {
            try tell(ParserMessage.magic)
            do throws(Failure) {
                switch kind {
                case .encoder: try tellEncoder(path)
                case .spectral: try tellSpectral(path)
                }
            } catch  where error.kind != .inputOutput {
                try tell(ParserMessage.encode(error))
            }
            return 0
        } catch {
            return error.kind.exitCode
        }
    }

    private static func tellEncoder(_ path: String) throws(Failure) {
        let file = try WeightsFile(path: path)
        let shape = file.architecture
        try tell([0] + [shape.width, shape.layers, shape.stages, shape.bottleneck, shape.hop].map(UInt32.init))
        for name in WeightsFile.attributeNames { try tell(ParserMessage.encode(file.attributes[name])) }
        for tensor in EncoderTensor.all(of: shape) {
            let values = try file.values(of: tensor)
            try tell([UInt32(0)])
            try tell(values)
        }
    }

    private static func tellSpectral(_ path: String) throws(Failure) {
        let file = try SpectralWeightsFile(path: path)
        try tell([0, UInt32(file.kernels.count)])
        for (index, shape) in file.kernels.enumerated() {
            let kernel = try file.values(layer: index + 1, bias: false)
            let biases = file.hasBiases[index] ? try file.values(layer: index + 1, bias: true) : []
            try tell([0] + shape.dropFirst().map { UInt32($0) } + [biases.isEmpty ? 0 : 1])
            try tell(kernel)
            try tell(biases)
        }
    }

    /// Little memory, little time, few files, nothing written, no core.
    private static func limitResources(for path: String) -> Bool {
        var status = stat()
        let bytes = stat(path.cPath, &status) == 0 ? Int(status.st_size) : 0
        let limits: [ResourceLimit] = [
            .addressSpace(mappedBytes + memoryLimit), .processorSeconds(processorLimit(bytes: bytes)), .coreBytes(0),
            .fileBytes(0), .openFiles(16),
        ]
        return limits.allSatisfy { $0.set() }
    }

    /// The size of this process's address space.
    private static var mappedBytes: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 64)
        guard fgets(&text, Int32(text.count), file) != nil else { return 0 }
        return strtol(text, nil, 10) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Writes values to standard output, all of them.
    private static func tell<T: BitwiseCopyable>(_ values: [T]) throws(Failure) {
        guard let error = values.withUnsafeBytes({ writeAll($0, to: STDOUT_FILENO) }) else { return }
        throw Failure(.inputOutput, "cannot answer", why: systemError(error))
    }
}
