// SPDX-License-Identifier: Apache-2.0

/// The weights of an NSynth-style encoder, as values.
///
/// Kernels are row-major with axes `[tap, in, out]`, biases `[out]`: the checkpoint's own order without its leading
/// axis of 1.
public struct EncoderWeights: Equatable, Sendable {
    /// One residual block.
    public struct Block: Equatable, Sendable {
        /// Dilated convolution, `[3, C, C]`.
        public var dilatedKernel: [Float]
        /// Its bias, `[C]`.
        public var dilatedBias: [Float]
        /// 1 x 1 convolution back to the residual stream, `[C, C]`.
        public var residualKernel: [Float]
        /// Its bias, `[C]`.
        public var residualBias: [Float]

        /// Creates a block from its four tensors.
        public init(dilatedKernel: [Float], dilatedBias: [Float], residualKernel: [Float], residualBias: [Float]) {
            self.dilatedKernel = dilatedKernel
            self.dilatedBias = dilatedBias
            self.residualKernel = residualKernel
            self.residualBias = residualBias
        }
    }

    /// The shapes' source.
    public let architecture: EncoderArchitecture
    /// First convolution, `[3, 1, C]`.
    public let startKernel: [Float]
    /// Its bias, `[C]`.
    public let startBias: [Float]
    /// The residual blocks, first to last.
    public let blocks: [Block]
    /// 1 x 1 convolution to the bottleneck, `[C, B]`.
    public let bottleneckKernel: [Float]
    /// Its bias, `[B]`.
    public let bottleneckBias: [Float]

    /// Collects the tensors named by ``EncoderTensor/all(of:)``.
    ///
    /// - Parameter tensor: gives the values of one tensor; called once for each, in the order of ``EncoderTensor/all(of:)``.
    /// - Throws: what `tensor` throws.
    public init<E: Error>(
        architecture: EncoderArchitecture, tensor: (EncoderTensor) throws(E) -> [Float]
    ) throws(E) {
        func values(_ role: EncoderTensor.Role) throws(E) -> [Float] {
            let wanted = EncoderTensor(role, architecture)
            let values = try tensor(wanted)
            precondition(values.count == wanted.count, "\(wanted.name): \(values.count) values for \(wanted.shape)")
            return values
        }
        self.architecture = architecture
        startKernel = try values(.startKernel)
        startBias = try values(.startBias)
        var blocks: [Block] = []
        for block in 1...architecture.layers {
            blocks.append(
                Block(
                    dilatedKernel: try values(.dilatedKernel(block)), dilatedBias: try values(.dilatedBias(block)),
                    residualKernel: try values(.residualKernel(block)), residualBias: try values(.residualBias(block))))
        }
        self.blocks = blocks
        bottleneckKernel = try values(.bottleneckKernel)
        bottleneckBias = try values(.bottleneckBias)
    }

    /// The values of one tensor, row-major.
    public subscript(role: EncoderTensor.Role) -> [Float] {
        switch role {
        case .startKernel: startKernel
        case .startBias: startBias
        case .dilatedKernel(let block): blocks[block - 1].dilatedKernel
        case .dilatedBias(let block): blocks[block - 1].dilatedBias
        case .residualKernel(let block): blocks[block - 1].residualKernel
        case .residualBias(let block): blocks[block - 1].residualBias
        case .bottleneckKernel: bottleneckKernel
        case .bottleneckBias: bottleneckBias
        }
    }
}

/// A tensor of the encoder under its name in Magenta's checkpoints, with the shape it has there.
public struct EncoderTensor: Hashable, Sendable {
    /// What the tensor is for; blocks count from 1.
    public enum Role: Hashable, Sendable {
        case startKernel, startBias
        case dilatedKernel(Int), dilatedBias(Int), residualKernel(Int), residualBias(Int)
        case bottleneckKernel, bottleneckBias
    }

    /// What it is for.
    public let role: Role
    /// As in the checkpoint: `ae_dilatedconv_1/W`, `ae_dilatedconv_1/biases`.
    public let name: String
    /// Kernels `[1, tap, in, out]`, biases `[out]`.
    public let shape: [Int]

    /// The tensor of this role in an encoder of this architecture.
    public init(_ role: Role, _ architecture: EncoderArchitecture) {
        let (width, bottleneck) = (architecture.width, architecture.bottleneck)
        self.role = role
        (name, shape) =
            switch role {
            case .startKernel: ("ae_startconv/W", [1, 3, 1, width])
            case .startBias: ("ae_startconv/biases", [width])
            case .dilatedKernel(let block): ("ae_dilatedconv_\(block)/W", [1, 3, width, width])
            case .dilatedBias(let block): ("ae_dilatedconv_\(block)/biases", [width])
            case .residualKernel(let block): ("ae_res_\(block)/W", [1, 1, width, width])
            case .residualBias(let block): ("ae_res_\(block)/biases", [width])
            case .bottleneckKernel: ("ae_bottleneck/W", [1, 1, width, bottleneck])
            case .bottleneckBias: ("ae_bottleneck/biases", [bottleneck])
            }
    }

    /// The number of values.
    public var count: Int { shape.reduce(1, *) }

    /// All tensors of an encoder in the order of the signal's path: 124 for NSynth's.
    public static func all(of architecture: EncoderArchitecture) -> [EncoderTensor] {
        let blocks = (1...architecture.layers).flatMap { block -> [Role] in
            [.dilatedKernel(block), .dilatedBias(block), .residualKernel(block), .residualBias(block)]
        }
        return ([.startKernel, .startBias] + blocks + [.bottleneckKernel, .bottleneckBias]).map {
            EncoderTensor($0, architecture)
        }
    }
}
