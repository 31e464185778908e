// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import WaveEncoder

/// What a run on the encoder will do with two sounds: the taps, the lengths, and the way that fits into the memory there
/// is.
struct EncoderPlan {
    let encoder: WaveEncoder
    let styleTaps: [LayerSelection.WeightedTap]
    let contentTaps: [LayerSelection.WeightedTap]
    /// Samples that are optimised.
    let samples: Int
    /// Samples of all styles that are looked at.
    let styleSamples: Int
    /// Whether the style is compared step by step.
    let stepwise: Bool
    /// How it runs.
    let way: RunEstimate.Way
    /// Where the content's targets lie when they are neither in memory nor computed again.
    let contentFolder: String?
    /// Bytes that all of it takes at its height.
    let bytes: Int

    /// All taps.
    var taps: Set<Tap> { Set((styleTaps + contentTaps).map(\.tap)) }

    /// - Parameters:
    ///   - content: samples.
    ///   - styles: samples of each.
    ///   - limit: bytes that may be taken, nil for any number.
    ///   - scratch: a folder for targets that memory does not hold; nil to compute them again.
    ///   - way: nil for the first that fits.
    /// - Throws: ``Failure`` for layers that the encoder does not have, sounds too short for them, and too little memory.
    init(
        _ encoder: WaveEncoder, content: Int, styles: [Int], settings: TransferSettings, limit: Int?,
        scratch: String? = nil, way wanted: RunEstimate.Way? = nil
    ) throws(Failure) {
        let architecture = encoder.architecture
        self.encoder = encoder
        (styleTaps, contentTaps) = try settings.taps(in: architecture)
        stepwise = settings.loss == .l2
        samples = stepwise ? styles.reduce(content) { settings.fit.length(content: $0, style: $1) } : content
        try settings.optimizer.check(dimension: settings.dimension(samples: samples), settings: settings)
        let lengths = stepwise ? styles.map { [samples] _ in samples } : styles
        styleSamples = lengths.reduce(0, +)
        let pools = (styleTaps + contentTaps).contains { $0.tap == .encoding }
        if pools, min(samples, lengths.min() ?? 0) < architecture.hop {
            throw Failure(
                .badData, "cannot use the layer", at: "encoding",
                why: "it has one row for each \(architecture.hop) samples, and a sound is shorter than that",
                remedy: "give longer sounds or choose another layer")
        }
        let folder = Self.paysToStore(contentTaps.map(\.tap), samples: samples, encoder, in: scratch) ? scratch : nil
        let ways = wanted.map { [$0] } ?? Self.ways(encoder)
        var sizes: [Int] = []
        for way in ways {
            sizes.append(
                Self.bytes(
                    encoder, styleTaps.map(\.tap), contentTaps.map(\.tap), samples: samples, styles: lengths,
                    stepwise: stepwise, way: way, storesContent: folder != nil, settings: settings))
        }
        guard let chosen = sizes.indices.first(where: { sizes[$0] <= limit ?? .max }) else {
            throw Failure(
                .badData, "cannot run",
                why: "\(AvailableMemory.text(sizes.min() ?? 0)) of memory are needed at least and "
                    + "\(AvailableMemory.text(limit ?? 0)) may be taken",
                remedy: "allow more (--max-memory), use fewer threads, or shorten the sounds (--duration)")
        }
        way = ways[chosen]
        contentFolder = way == .keepAll ? nil : folder
        bytes = sizes[chosen]
    }

    /// Whether reading maps back from a disk is faster than computing them again, and the disk has room.
    ///
    /// A network's pass is taken at 200 GFLOP/s, a disk at 300 MB/s: the answer is clear for one deep layer (a tenth) and for
    /// many shallow ones (tenfold), and the numbers in between don't matter much.
    private static func paysToStore(_ taps: [Tap], samples: Int, _ encoder: WaveEncoder, in folder: String?) -> Bool {
        guard let folder, !taps.isEmpty, !taps.contains(.encoding) else { return false }
        let architecture = encoder.architecture
        let bytes = taps.reduce(0) { sum, tap in
            sum + samples * tap.shape(samples: 1, in: architecture).columns * MemoryLayout<Float>.size
        }
        let blocks = taps.map { $0.block ?? architecture.layers }.max() ?? 0
        let flops = Double(samples) * Double(blocks) * 5 * Double(architecture.width * architecture.width)
        return Double(bytes) / 3e8 < flops / 2e11 && bytes < ScratchFile.room(inFolder: folder) / 2
    }

    /// Keep-all, then ever smaller windows.
    private static func ways(_ encoder: WaveEncoder) -> [RunEstimate.Way] {
        [.keepAll] + [1, 2, 4].map { .recompute(window: encoder.window / $0) }
    }

    /// Samples that enter the network in one step.
    static func window(_ way: RunEstimate.Way, _ encoder: WaveEncoder) -> Int {
        switch way {
        case .keepAll: encoder.window
        case .recompute(let window): window
        }
    }

    private static func bytes(
        _ encoder: WaveEncoder, _ styleTaps: [Tap], _ contentTaps: [Tap], samples: Int, styles: [Int],
        stepwise: Bool, way: RunEstimate.Way, storesContent: Bool, settings: TransferSettings
    ) -> Int {
        let window = window(way, encoder)
        let all = Set(styleTaps + contentTaps)
        func mapBytes(_ tap: Tap) -> Int {
            let shape = tap.shape(samples: samples, in: encoder.architecture)
            return shape.rows * shape.columns * MemoryLayout<Float>.size
        }
        // Targets that are compared step by step, and the network's buffers.
        var running: Int
        switch way {
        case .keepAll:
            let stepwiseTaps = stepwise ? styles.flatMap { _ in styleTaps } : []
            running = (stepwiseTaps + contentTaps).reduce(0) { $0 + mapBytes($1) }
            running += encoder.memoryNeeded(samples: samples, taps: all, mode: .keepAll)
        case .recompute:
            running = encoder.memoryNeeded(samples: samples, taps: all, mode: .recompute, window: window)
            for taps in (stepwise ? styles.map { _ in styleTaps } : []) + [storesContent ? [] : contentTaps]
            where !taps.isEmpty {
                running += Companion.memoryNeeded(
                    encoder, samples: samples, taps: Set(taps), beside: all, window: window)
            }
            if storesContent {
                running +=
                    encoder.slots(samples: samples, window: window)
                    * contentTaps.reduce(0) { sum, tap in
                        let columns = tap.shape(samples: 1, in: encoder.architecture).columns
                        return sum + encoder.rowsAtOnce * columns * MemoryLayout<Float>.size
                    }
            }
        }
        // Gram matrices: of the style while it is read, and of x.
        let slots = encoder.slots(samples: samples, window: window)
        let matrices =
            stepwise
            ? 0
            : styleTaps.reduce(0) { sum, tap in
                let columns = tap.shape(samples: 1, in: encoder.architecture).columns
                return sum + settings.statisticsMemory(columns: columns, slots: tap == .encoding ? 1 : slots)
            }
        let reading = encoder.memoryNeeded(
            samples: styles.max() ?? 0, taps: Set(styleTaps), mode: .reading, window: window)
        // The start, x, its gradient, companded sounds; for steps the next x and its gradient, and what the optimiser keeps.
        let steps = settings.iterations > 0
        let signals = ((steps ? 7 : 5) * samples + styles.reduce(0, +)) * MemoryLayout<Float>.size
        let dimension = settings.dimension(samples: samples)
        let optimizer = steps ? settings.optimizer.memoryNeeded(dimension: dimension, settings: settings) : 0
        let onWaveform = WaveformTerms.memoryNeeded(
            samples: samples, settings: settings, threads: encoder.threads)
        let energies = WaveformEnergy.memoryNeeded(samples: samples, styles: styles, settings: settings)
        return max(running, reading) + matrices + signals + optimizer + energies + onWaveform
    }
}

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
}
