// SPDX-License-Identifier: Apache-2.0

/// A stack of convolutions over the frames of a spectrogram: time is the convolutions' axis, frequencies are channels.
public struct SpectralArchitecture: Sendable, Equatable {
    /// A convolution, and what follows it.
    public struct Layer: Sendable, Equatable {
        /// Output channels.
        public var filters: Int
        /// Frames that a filter spans.
        public var kernel: Int
        /// The padding beyond the ends.
        public var padding: Padding
        /// Whether negative values become 0.
        public var hasReLU: Bool
        /// Frames that are max-pooled before the next layer; 1 for none.
        public var pool: Int

        /// A layer.
        public init(filters: Int, kernel: Int, padding: Padding = .valid, hasReLU: Bool = true, pool: Int = 1) {
            self.filters = filters
            self.kernel = kernel
            self.padding = padding
            self.hasReLU = hasReLU
            self.pool = pool
        }

        /// Zeros before the first frame.
        package var before: Int { padding == .same ? (kernel - 1) / 2 : 0 }

        /// Frames that come out, before pooling.
        package func rows(_ frames: Int) -> Int { padding == .same ? frames : frames - kernel + 1 }
    }

    /// What a convolution sees beyond the ends.
    public enum Padding: String, CaseIterable, Codable, Sendable {
        /// Nothing: the output is shorter by the kernel's length less one.
        case valid
        /// Zeros: the output is as long as the input.
        case same
    }

    /// Channels of the input.
    public var bins: Int
    /// As many parts as the input has beside each other: 1 of log magnitudes, or 3, real, imaginary parts and magnitudes.
    public var parts: Int
    /// None where only the spectrogram itself is looked at.
    public var layers: [Layer]

    /// An architecture.
    public init(bins: Int, parts: Int = 1, layers: [Layer]) {
        self.bins = bins
        self.parts = parts
        self.layers = layers
    }

    /// The input's channels that hold magnitudes: its last part.
    public var magnitudes: Range<Int> { bins - bins / parts..<bins }

    /// One wide layer, as in Ulyanov and Lebedev's audio texture synthesis (2016).
    public static func wide(
        bins: Int, filters: Int, kernel: Int, padding: Padding = .valid, hasReLU: Bool = true
    ) -> SpectralArchitecture {
        SpectralArchitecture(
            bins: bins, layers: [Layer(filters: filters, kernel: kernel, padding: padding, hasReLU: hasReLU)])
    }

    /// Sixteen convolutions of 1 x 3 over time in the stages of VGG-19 (Simonyan and Zisserman, 2014), with its pooling by 2. The
    /// first stage has 1024 filters and the others 512: VGG's 64 tell three colours apart, not a thousand frequencies.
    public static func deep(bins: Int) -> SpectralArchitecture {
        let stages = [(1024, 2), (512, 2), (512, 4), (512, 4), (512, 4)]
        let layers = stages.flatMap { filters, count in
            (1...count).map { Layer(filters: filters, kernel: 3, padding: .same, pool: $0 == count ? 2 : 1) }
        }
        return SpectralArchitecture(bins: bins, layers: layers)
    }

    /// The five convolutions of AlexNet (Krizhevsky, Sutskever, Hinton, 2012) over time, each stage pooled by 2; its stride of 4
    /// would leave little of a spectrogram's frames.
    public static func alexNet(bins: Int) -> SpectralArchitecture {
        let layers = [(96, 11, 2), (256, 5, 2), (384, 3, 1), (384, 3, 1), (256, 3, 2)].map { filters, kernel, pool in
            Layer(filters: filters, kernel: kernel, padding: .same, pool: pool)
        }
        return SpectralArchitecture(bins: bins, layers: layers)
    }

    /// Input channels of a layer, counted from 1.
    public func inputs(of layer: Int) -> Int { layer == 1 ? bins : layers[layer - 2].filters }

    /// Frames that leave a layer, counted from 1, before pooling; not positive where the sound is too short for it.
    public func rows(of layer: Int, frames: Int) -> Int {
        (1...layer).reduce(frames) { rows, number in
            let pooled = number == 1 ? rows : rows / layers[number - 2].pool
            return layers[number - 1].rows(pooled)
        }
    }

    /// The fewest frames that give a row of a layer.
    public func framesNeeded(for layer: Int) -> Int {
        (1...layer).reversed().reduce(1) { rows, number in
            let entering = rows + (layers[number - 1].padding == .valid ? layers[number - 1].kernel - 1 : 0)
            return number == 1 ? entering : entering * layers[number - 2].pool
        }
    }

    /// Values in all tensors, biases included.
    public var parameterCount: Int {
        layers.indices.reduce(0) { $0 + layers[$1].filters * (layers[$1].kernel * inputs(of: $1 + 1) + 1) }
    }
}

/// A layer point of a network on spectrograms.
public enum SpectralLayerPoint: Hashable, Sendable {
    /// The spectrogram itself.
    case input
    /// Some of its channels.
    case channels(Range<Int>)
    /// A layer's output, counted from 1, before pooling.
    case layer(Int)
}
