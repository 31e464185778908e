// SPDX-License-Identifier: Apache-2.0
import Files
import Spectrogram
import WaveEncoder

extension TransferSettings {
    /// Where an encoder's activations are compared: nowhere for a loss without a weight.
    ///
    /// - Throws: ``Failure`` of kind `usage` for layers that the encoder does not have.
    func taps(
        in architecture: EncoderArchitecture
    ) throws(Failure) -> (style: [LayerSelection.WeightedTap], content: [LayerSelection.WeightedTap]) {
        let contentLayer =
            if let contentLayer { contentLayer } else { try LayerSelection("relu2:\(architecture.layers)") }
        return (
            styleWeight == 0 ? [] : try layers.resolved(in: architecture),
            comparesContentFeatures ? try contentLayer.resolved(in: architecture) : []
        )
    }

    /// Where the style is compared over spectra.
    func styleTaps(in architecture: SpectralArchitecture) throws(Failure) -> [LayerSelection.Weighted<SpectralTap>] {
        styleWeight == 0 ? [] : try layers.resolved(in: architecture)
    }

    /// Where the content is compared over spectra.
    func contentTaps(in architecture: SpectralArchitecture) throws(Failure) -> [LayerSelection.Weighted<SpectralTap>] {
        guard comparesContentFeatures else { return [] }
        guard let contentLayer else {
            return [LayerSelection.Weighted(tap: .layer(architecture.layers.count), weight: 1)]
        }
        return try contentLayer.resolved(in: architecture)
    }

    /// Layers of a network over spectra that are needed, from the first.
    ///
    /// - Throws: ``Failure`` of kind `usage` for layers that the network does not have.
    public func depth(in architecture: SpectralArchitecture) throws(Failure) -> Int {
        let taps = try styleTaps(in: architecture) + contentTaps(in: architecture)
        return taps.reduce(0) { depth, chosen in
            if case .layer(let layer) = chosen.tap { max(depth, layer) } else { depth }
        }
    }

    /// Whether band envelopes are the content.
    var comparesEnvelopes: Bool { alpha > 0 && contentLoss == .envelope }
    /// Whether activations are.
    var comparesContentFeatures: Bool { alpha > 0 && contentLoss == .features }

    /// The transform of the spectrograms.
    public var transform: ShortTimeFourierTransform {
        ShortTimeFourierTransform(size: fftSize, hop: hop, windowLength: windowLength)
    }

    /// Frames of so many samples' spectrogram.
    public func frames(samples: Int) -> Int { SpectrogramLayout(transform, threads: 1).frames(samples: samples) }

    /// Samples from one frame to the next, for frames of a length: a quarter of it where nothing is asked for.
    func frameStep(_ length: Int) -> Int { frameHop ?? max(length / 4, 1) }

    /// The network over spectra that they ask for, where its weights are not given.
    ///
    /// - Throws: ``Failure`` of kind `usage` for one that is too large.
    public func architecture() throws(Failure) -> SpectralArchitecture {
        let bins = fftSize / 2 + 1
        let architecture: SpectralArchitecture =
            switch network {
            case .wide: .wide(bins: bins, filters: filters, kernel: kernel, padding: padding, hasReLU: hasReLU)
            case .deep: .deep(bins: bins)
            case .alexnet: .alexNet(bins: bins)
            }
        guard architecture.parameterCount <= 1 << 30 else {
            throw Failure(
                .usage, "cannot use", at: "--filters \(filters) --kernel \(kernel)",
                why: "that makes \(architecture.parameterCount) weights, more than 2^30")
        }
        return architecture
    }
}
