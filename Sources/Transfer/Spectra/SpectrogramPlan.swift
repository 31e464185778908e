// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import Spectrogram

/// What a run over spectra will do with some sounds: the layers, the sizes, and the way that fits into the memory there is.
struct SpectrogramPlan {
    let network: SpectralNetwork
    let settings: TransferSettings
    let transform: ShortTimeFourierTransform
    /// Samples of the result.
    let samples: Int
    /// The same with zeros behind, a whole number of hops: so every sample lies well under a window.
    let paddedSamples: Int
    let frames: Int
    /// Frames of each style.
    let styleFrames: [Int]
    let styleTaps: [LayerSelection.Weighted<SpectralTap>]
    let contentTaps: [LayerSelection.Weighted<SpectralTap>]
    /// Those whose Gram loss works between frames.
    let frameTaps: Set<SpectralTap>
    let way: RunEstimate.Way
    /// Rows of the last layer that are done at once; nil for all.
    let rowsAtOnce: Int?
    /// Where the content's maps lie when memory does not hold them.
    let contentFolder: String?
    /// Bytes that all of it takes at its height, without the network.
    let bytes: Int

    var taps: Set<SpectralTap> { Set((styleTaps + contentTaps).map(\.tap)) }
    var architecture: SpectralArchitecture { network.architecture }
    /// Variables.
    var dimension: Int { settings.dimension(samples: samples, values: frames * architecture.bins) }

    /// Rows of the last layer in a tile, where it is not kept.
    private static let tile = 1_024

    /// - Parameters:
    ///   - content: samples at the settings' rate.
    ///   - styles: samples of each.
    ///   - limit: bytes that may be taken, nil for any number.
    ///   - scratch: a folder for targets that memory does not hold.
    ///   - way: nil for the first that fits.
    ///   - frameTaps: nil for those that are cheaper so.
    /// - Throws: ``Failure`` for layers that the network does not have, sounds too short for them, and too little memory.
    init(
        _ network: SpectralNetwork, content: Int, styles: [Int], settings: TransferSettings, limit: Int?,
        scratch: String?, way wanted: RunEstimate.Way? = nil, frameTaps given: Set<SpectralTap>? = nil
    ) throws(Failure) {
        let transform = settings.transform
        let stepwise = settings.loss == .l2
        let architecture = network.architecture
        self.network = network
        self.settings = settings
        self.transform = transform
        styleTaps = try settings.styleTaps(in: architecture)
        contentTaps = try settings.contentTaps(in: architecture)
        samples = stepwise ? styles.reduce(content) { settings.fit.length(content: $0, style: $1) } : content
        paddedSamples = settings.padded(samples)
        frames = settings.frames(samples: samples)
        let frames = frames
        styleFrames = styles.map { stepwise ? frames : settings.frames(samples: $0) }
        let dimension = settings.dimension(samples: samples, values: frames * architecture.bins)
        try settings.optimizer.check(dimension: dimension, settings: settings)
        let (taps, shortest) = (Set((styleTaps + contentTaps).map(\.tap)), min(frames, styleFrames.min() ?? 0))
        for case .layer(let layer) in taps where architecture.rows(of: layer, frames: shortest) < 1 {
            throw Failure(
                .badData, "cannot run", why: "a sound has \(shortest) frames, too few for layer \(layer)",
                remedy: "give longer sounds, a smaller --hop or --kernel, or --padding same")
        }

        let hop = settings.hop
        let ways: [(way: RunEstimate.Way, rows: Int?)] = [
            (.keepAll, nil), (.recompute(window: Self.tile * hop), Self.tile),
            (.recompute(window: Self.tile / 4 * hop), Self.tile / 4),
        ]
        let (styleTaps, contentTaps, styleFrames, paddedSamples) = (styleTaps, contentTaps, styleFrames, paddedSamples)
        let frameTaps =
            given
            ?? Set(
                styleTaps.map(\.tap).filter { tap in
                    let shape = Self.shape(of: tap, frames: frames, in: architecture)
                    let style = Self.rows(of: tap, frames: styleFrames, in: architecture)
                    return settings.frameStatisticsPay(rows: shape.rows, styleRows: style, columns: shape.columns)
                })
        self.frameTaps = frameTaps
        let sizes = ways.map { way in
            Self.bytes(
                architecture, taps: taps, frameTaps: frameTaps, styleTaps: styleTaps.map(\.tap),
                contentTaps: contentTaps.map(\.tap), samples: paddedSamples,
                frames: frames, styleFrames: styleFrames, dimension: dimension, rows: way.rows,
                storesContent: way.rows != nil && scratch != nil, threads: network.threads, settings: settings)
        }
        let chosen = ways.indices.first { index in
            if let wanted { ways[index].way == wanted } else { sizes[index] <= limit ?? .max }
        }
        guard let chosen else {
            throw Failure(
                .badData, "cannot run",
                why: "\(AvailableMemory.text(sizes.min() ?? 0)) of memory are needed at least and "
                    + "\(AvailableMemory.text(limit ?? 0)) may be taken",
                remedy: settings.optimizer.lbfgsb != nil
                    ? "allow more (--max-memory), use --optimizer adam or fewer --corrections, or shorten the sounds"
                    : "allow more (--max-memory), or shorten the sounds (--duration)")
        }
        way = ways[chosen].way
        rowsAtOnce = ways[chosen].rows
        contentFolder = ways[chosen].rows == nil ? nil : scratch
        bytes = sizes[chosen]
    }

    /// The size of a tap's map.
    static func shape(of tap: SpectralTap, frames: Int, in architecture: SpectralArchitecture) -> (
        rows: Int, columns: Int
    ) {
        switch tap {
        case .input: (frames, architecture.bins)
        case .layer(let layer): (architecture.rows(of: layer, frames: frames), architecture.layers[layer - 1].filters)
        }
    }

    /// Rows of a tap's maps of several sounds together.
    private static func rows(of tap: SpectralTap, frames: [Int], in architecture: SpectralArchitecture) -> Int {
        frames.reduce(0) { $0 + shape(of: tap, frames: $1, in: architecture).rows }
    }

    /// Frames without which the deepest layer has no row.
    var framesNeeded: Int {
        taps.reduce(1) { needed, tap in
            if case .layer(let layer) = tap { max(needed, architecture.framesNeeded(for: layer)) } else { needed }
        }
    }

    /// Multiplications of an evaluation, to compare sizes: half of a direct convolution's, as Winograd's.
    var operations: Double {
        let depth = network.depth
        var sum = Double(frames * architecture.bins)
        for number in 1..<depth + 1 {
            let rows = architecture.rows(of: number, frames: frames)
            let layer = architecture.layers[number - 1]
            let products = Double(rows * layer.kernel) * Double(architecture.inputs(of: number) * layer.filters) / 2
            let isComputedTwice = number == depth && rowsAtOnce.map { $0 < rows } ?? false
            sum += products * (isComputedTwice ? 3 : 2)
        }
        guard settings.loss != .l2 else { return sum }
        for tap in styleTaps.map(\.tap) {
            let shape = Self.shape(of: tap, frames: frames, in: architecture)
            let style = Self.rows(of: tap, frames: styleFrames, in: architecture)
            let columns = Double(shape.columns)
            sum +=
                frameTaps.contains(tap)
                ? 2 * Double(shape.rows) * columns * Double(shape.rows + style)
                : 1.5 * Double(shape.rows) * columns * columns
        }
        return sum
    }

    private static func bytes(
        _ architecture: SpectralArchitecture, taps: Set<SpectralTap>, frameTaps: Set<SpectralTap>,
        styleTaps: [SpectralTap],
        contentTaps: [SpectralTap], samples: Int, frames: Int, styleFrames: [Int], dimension: Int, rows: Int?,
        storesContent: Bool,
        threads: Int, settings: TransferSettings
    ) -> Int {
        let float = MemoryLayout<Float>.size
        func map(_ tap: SpectralTap, _ frames: Int) -> Int {
            let shape = shape(of: tap, frames: frames, in: architecture)
            return shape.rows * shape.columns * float
        }
        let session = SpectralSession.memoryNeeded(
            architecture, frames: frames, taps: taps, rowsAtOnce: rows, gradient: true)
        let reading =
            styleFrames.map {
                SpectralSession.memoryNeeded(
                    architecture, frames: $0, taps: Set(styleTaps), rowsAtOnce: rows ?? Self.tile, gradient: false)
                    + $0 * architecture.bins * 3 * float
            }.max() ?? 0
        let content = storesContent ? 0 : contentTaps.reduce(0) { $0 + map($1, frames) }
        let style = styleTaps.reduce(0) { sum, tap in
            let shape = shape(of: tap, frames: frames, in: architecture)
            let styles = Self.rows(of: tap, frames: styleFrames, in: architecture)
            let needed =
                if settings.loss == .l2 {
                    styleFrames.reduce(0) { $0 + map(tap, $1) }
                } else if frameTaps.contains(tap) {
                    settings.frameStatisticsMemory(rows: shape.rows, styleRows: styles, columns: shape.columns)
                        + styles * shape.columns * float
                } else {
                    settings.statisticsMemory(columns: shape.columns, slots: threads)
                        + shape.columns * shape.columns * MemoryLayout<Double>.size
                }
            return sum + needed
        }
        // The start, x and its gradient; for steps the next ones, the best x, and what the optimiser keeps.
        let steps = settings.iterations > 0
        let variables = (steps ? 6 : 3) * dimension * float
        let optimizer = steps ? settings.optimizer.memoryNeeded(dimension: dimension, settings: settings) : 0
        let values = frames * architecture.bins
        let onWaveform = WaveformTerms.memoryNeeded(samples: samples, settings: settings, threads: threads)
        if settings.variable == .waveform {
            let transformed = TransformedWaveform.memoryNeeded(settings.transform, samples: samples)
            return max(session + content + style, reading) + variables + optimizer + onWaveform + transformed
        }
        // The complex spectrogram, the magnitudes, another complex one for some methods, and the sums of frames.
        let isPlain = [.griffinLim, .overlapAdd].contains(settings.phase.method)
        let phases = (isPlain ? 3 : 5) * values * float + 2 * frames * settings.hop * float
        return max(session + content + style, reading) + variables + optimizer + phases
    }
}

extension TransferSettings {
    /// The transform of the spectrograms.
    public var transform: ShortTimeFourierTransform {
        ShortTimeFourierTransform(size: fftSize, hop: hop, windowLength: windowLength)
    }

    /// Frames of so many samples' spectrogram.
    public func frames(samples: Int) -> Int { transform.frames(samples: padded(samples)) }

    /// Samples, rounded up to whole hops.
    func padded(_ samples: Int) -> Int { (samples + hop - 1) / hop * hop }

    /// The network over spectra that they ask for, where its weights are not given.
    ///
    /// - Throws: ``Failure`` of kind `usage` for one that is too large.
    public func architecture() throws(Failure) -> SpectralArchitecture {
        let bins = fftSize / 2 + 1
        let wide = network.randomNetwork?.wide ?? WideLayerSettings()
        let architecture: SpectralArchitecture =
            switch network.randomNetwork?.layers ?? .wide(wide) {
            case .wide(let wide):
                .wide(
                    bins: bins, filters: wide.filters, kernel: wide.kernel, padding: wide.edges.padding,
                    hasReLU: wide.edges.hasReLU)
            case .deep: .deep(bins: bins)
            case .alexnet: .alexNet(bins: bins)
            }
        guard architecture.parameterCount <= 1 << 30 else {
            throw Failure(
                .usage, "cannot use", at: "--filters \(wide.filters) --kernel \(wide.kernel)",
                why: "that makes \(architecture.parameterCount) weights, more than 2^30")
        }
        return architecture
    }

    /// Layers of a network that are needed, from the first.
    ///
    /// - Throws: ``Failure`` of kind `usage` for layers that the network does not have.
    public func depth(in architecture: SpectralArchitecture) throws(Failure) -> Int {
        let taps = try styleTaps(in: architecture) + contentTaps(in: architecture)
        return taps.reduce(0) { depth, chosen in
            if case .layer(let layer) = chosen.tap { max(depth, layer) } else { depth }
        }
    }

    /// Where the style is compared.
    func styleTaps(in architecture: SpectralArchitecture) throws(Failure) -> [LayerSelection.Weighted<SpectralTap>] {
        styleWeight == 0 ? [] : try layers.resolved(in: architecture)
    }

    /// Where the content is compared.
    func contentTaps(in architecture: SpectralArchitecture) throws(Failure) -> [LayerSelection.Weighted<SpectralTap>] {
        guard comparesContentFeatures else { return [] }
        guard let contentLayer else {
            return [LayerSelection.Weighted(tap: .layer(architecture.layers.count), weight: 1)]
        }
        return try contentLayer.resolved(in: architecture)
    }
}
