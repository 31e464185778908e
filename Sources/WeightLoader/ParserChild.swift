// SPDX-License-Identifier: Apache-2.0
import Files
import Glibc
import WaveEncoder

/// What the parsing child tells, after the beginning of every ``Files/ChildAnswer``:
///
///     architecture    0, then width, layers, stages, bottleneck, hop
///     attributes      a text for each of WeightsFile.attributeNames
///     each tensor     0, then its values (Float), in the order of EncoderTensor.all
///
/// or for a network on spectrograms
///
///     layers          0, then their number
///     each layer      0, then kernel, in, out, 1 or 0 for biases, and their values (Float)
extension UntrustedParser {
    /// What children do for ``UntrustedParser``: a program that loads weights files names them to
    /// ``Files/ChildTask/runIfAsked(_:)``, at the start of its main.
    public static let childTasks = [
        task(.encoder) { path, answer throws(Failure) in try tellEncoder(path, answer) },
        task(.spectral) { path, answer throws(Failure) in try tellSpectral(path, answer) },
    ]

    private static func task(
        _ kind: Kind, body: @escaping @Sendable (_ path: String, ChildAnswer) throws(Failure) -> Void
    ) -> ChildTask {
        ChildTask(kind.rawValue) { arguments in
            var status = stat()
            let bytes = stat((arguments.first ?? "").cPath, &status) == 0 ? Int(status.st_size) : 0
            // More time than reading it takes, and too little to hang for long.
            return ChildTask.Limits(memory: 3 << 30, seconds: 3 + bytes >> 25)
        } body: { arguments, answer throws(Failure) in
            try body(arguments.first ?? "", answer)
        }
    }

    private static func tellEncoder(_ path: String, _ answer: ChildAnswer) throws(Failure) {
        let file = try WeightsFile(path: path)
        let shape = file.architecture
        answer.tellGood()
        answer.tell([shape.width, shape.layers, shape.stages, shape.bottleneck, shape.hop].map(UInt32.init))
        for name in WeightsFile.attributeNames { answer.tell(file.attributes[name]) }
        for tensor in EncoderTensor.all(of: shape) {
            let values = try file.values(of: tensor)
            answer.tellGood()
            answer.tell(values)
        }
    }

    private static func tellSpectral(_ path: String, _ answer: ChildAnswer) throws(Failure) {
        let file = try SpectralWeightsFile(path: path)
        answer.tellGood()
        answer.tell([UInt32(file.kernels.count)])
        for (index, shape) in file.kernels.enumerated() {
            let kernel = try file.values(layer: index + 1, bias: false)
            let biases = file.hasBiases[index] ? try file.values(layer: index + 1, bias: true) : []
            answer.tellGood()
            answer.tell(shape.dropFirst().map { UInt32($0) } + [biases.isEmpty ? 0 : 1])
            answer.tell(kernel)
            answer.tell(biases)
        }
    }
}
