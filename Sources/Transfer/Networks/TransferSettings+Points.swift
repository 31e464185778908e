// SPDX-License-Identifier: Apache-2.0
import Files
import Spectrogram
import WaveEncoder

extension TransferSettings {
    /// Where an encoder's activations are compared: nowhere for a loss without a weight.
    ///
    /// - Throws: ``Failure`` of kind `usage` for layers that the encoder does not have.
    func points(
        in architecture: EncoderArchitecture
    ) throws(Failure) -> (style: [LayerSelection.WeightedPoint], content: [LayerSelection.WeightedPoint]) {
        let last = try LayerSelection("relu2:\(architecture.layers)")
        return (
            try style?.layers.resolved(in: architecture) ?? [],
            try content.features.map { features throws(Failure) in
                try (features.layers ?? last).resolved(in: architecture)
            } ?? []
        )
    }

    /// Where the style is compared on spectrograms.
    func stylePoints(in architecture: SpectralArchitecture) throws(Failure) -> [LayerSelection.Weighted<
        SpectralLayerPoint
    >] {
        try style?.layers.resolved(in: architecture) ?? []
    }

    /// Where the content is compared on spectrograms.
    func contentPoints(in architecture: SpectralArchitecture) throws(Failure) -> [LayerSelection.Weighted<
        SpectralLayerPoint
    >] {
        guard let features = content.features else { return [] }
        return try features.layers?.resolved(in: architecture)
            ?? [LayerSelection.Weighted(point: .layer(architecture.layers.count), weight: 1)]
    }

    /// Layers of a network on spectrograms that are needed, from the first.
    ///
    /// - Throws: ``Failure`` of kind `usage` for layers that the network does not have.
    public func depth(in architecture: SpectralArchitecture) throws(Failure) -> Int {
        let points = try stylePoints(in: architecture) + contentPoints(in: architecture)
        return points.reduce(0) { depth, chosen in
            if case .layer(let layer) = chosen.point { max(depth, layer) } else { depth }
        }
    }

    private var spectral: SpectralSettings { network.spectral ?? SpectralSettings() }

    /// The transform of the spectrograms.
    public var transform: ShortTimeFourierTransform { spectral.transform }

    /// The number of frames of a spectrogram.
    public func frames(samples: Int) -> Int { spectral.frames(samples: samples) }

    /// The network on spectrograms that they ask for, where its weights are not given; without layers where no term looks at one.
    ///
    /// - Throws: ``Failure`` of kind `usage` for one that is too large.
    public func architecture() throws(Failure) -> SpectralArchitecture {
        let architecture = try (network.randomNetwork ?? RandomNetworkSettings()).architecture(
            bins: inputBins, parts: spectral.parts)
        return try depth(in: architecture) > 0
            ? architecture : SpectralArchitecture(bins: inputBins, parts: spectral.parts, layers: [])
    }

    /// Channels of the network's input.
    public var inputBins: Int { spectral.inputBins }
}

extension SpectralSettings {
    /// The transform of the spectrograms.
    public var transform: ShortTimeFourierTransform {
        ShortTimeFourierTransform(size: fftSize, hop: hop, windowLength: windowLength)
    }

    /// The number of frames of a spectrogram.
    public func frames(samples: Int) -> Int {
        parts > 1 ? samples / hop : SpectrogramLayout(transform, threads: 1).frames(samples: samples)
    }

    /// Log magnitudes alone, or real, imaginary parts and magnitudes of frames.
    var parts: Int { if case .frames = variable { 3 } else { 1 } }
    var inputBins: Int { parts > 1 ? parts * (fftSize / 2) : transform.bins }
}

extension RandomNetworkSettings {
    /// The network's shapes.
    ///
    /// - Parameters:
    ///   - bins: of the input.
    ///   - parts: as many the input has.
    /// - Throws: ``Failure`` of kind `usage` for one that is too large.
    public func architecture(bins: Int, parts: Int = 1) throws(Failure) -> SpectralArchitecture {
        let wide = wide ?? WideLayerSettings()
        var architecture: SpectralArchitecture =
            switch name {
            case .wide:
                .wide(
                    bins: bins, filters: wide.filters, kernel: wide.kernel, padding: wide.edges.padding,
                    hasReLU: wide.edges.hasReLU)
            case .deep: .deep(bins: bins)
            case .alexnet: .alexNet(bins: bins)
            }
        architecture.parts = parts
        guard architecture.parameterCount <= 1 << 30 else {
            throw Failure(
                .usage, "cannot use", at: "--filters \(wide.filters) --kernel \(wide.kernel)",
                why: "that makes \(architecture.parameterCount) weights, more than 2^30")
        }
        return architecture
    }
}
