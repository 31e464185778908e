// SPDX-License-Identifier: Apache-2.0
import CVectorKernels
import Matrices

/// Runs the forward and backward pass of a network on spectrograms of one length.
///
/// The maps of all layers but the last are stored whole. The last, by far the widest in networks of one layer, is stored
/// whole on request; otherwise it is processed in ranges of time, twice where a visitor needs the whole before its
/// gradient. `ReferenceSpectralNetwork` of the tests shows the same computation without ranges. One call at a time.
public final class SpectralSession: Sendable {
    private let network: SpectralNetwork
    private let frames: Int
    /// The deepest layer with a layer point; 0 for the input alone.
    private let depth: Int
    private let workers: Workers
    /// Rows of the last layer that are processed at once.
    private let rowsOfTile: Int
    /// Inputs of the layers, from the first.
    private let inputs: [FeatureMap]
    /// Outputs of the layers; the last holds a tile.
    private let outputs: [FeatureMap]
    private let inputGradients: [FeatureMap]
    private let outputGradients: [FeatureMap]
    private let scratch: TimeConvolution.Scratch
    /// For visitors of some channels of the input.
    private let channelCopies: [Range<Int>: [ChannelVisitor.Copy]]

    private var architecture: SpectralArchitecture { network.architecture }

    /// - Parameters:
    ///   - frames: enough for the layers that have layer points.
    ///   - points: the layer points that will have visitors.
    ///   - rowsAtOnce: of the last layer; nil for all.
    ///   - gradient: whether ``evaluate(_:visitors:)`` will be called.
    public init(
        _ network: SpectralNetwork, frames: Int, points: Set<SpectralLayerPoint>, rowsAtOnce: Int?, gradient: Bool
    ) {
        self.network = network
        self.frames = frames
        let plan = SessionPlan(
            network.architecture, frames: frames, points: points, rowsAtOnce: rowsAtOnce, gradient: gradient)
        depth = plan.depth
        precondition(depth <= network.depth, "a layer point after the prepared layers")
        workers = Workers(count: network.threads)
        rowsOfTile = plan.rowsOfTile
        func maps(_ shapes: [SessionPlan.Shape]) -> [FeatureMap] {
            shapes.map { FeatureMap(rows: $0.rows, columns: $0.columns, margin: $0.margin) }
        }
        inputs = maps(plan.inputs)
        outputs = maps(plan.outputs)
        inputGradients = maps(plan.inputGradients)
        outputGradients = maps(plan.outputGradients)
        let slots = network.threads
        var copies: [Range<Int>: [ChannelVisitor.Copy]] = [:]
        for case .channels(let channels) in points {
            let rows = (frames + slots - 1) / slots
            copies[channels] = (0..<slots).map { _ in ChannelVisitor.Copy(rows: rows, channels: channels) }
        }
        channelCopies = copies
        scratch = TimeConvolution.Scratch(plan.convolutions, rows: plan.rowsAtOnce, workers: workers.count)
    }

    /// Shows the maps of x `[frames, bins]` to visitors.
    public func read(_ x: [Float], visitors given: [SpectralLayerPoint: [any FeatureVisitor]]) {
        let visitors = ofWholeMaps(given)
        begin(x, visitors, summing: .reading)
        for layer in 1..<max(depth, 1) {
            keep(layer)
            show(layer, visitors)
        }
        guard depth > 0 else { return }
        let last = all(visitors, .layer(depth))
        for tile in tiles {
            compute(depth, rows: tile)
            read(depth, rows: tile, last)
            last.forEach { $0.settle() }
        }
        last.forEach { $0.end() }
    }

    /// The same, then the backward pass: the gradient `[frames, bins]` of what the visitors compute.
    public func evaluate(_ x: [Float], visitors given: [SpectralLayerPoint: [any FeatureVisitor]]) -> [Float] {
        let visitors = ofWholeMaps(given)
        begin(x, visitors, summing: .gradient)
        for layer in 1..<max(depth, 1) {
            keep(layer)
            show(layer, visitors)
        }
        for map in inputGradients { clear(map) }
        if depth > 0 {
            evaluateLast(all(visitors, .layer(depth)))
            for layer in (1..<depth).reversed() { backward(layer, visitors) }
        }
        let gradient = inputGradients[0]
        addGradients(all(visitors, .input), of: inputs[0], to: gradient, rows: 0..<frames, from: 0)
        all(visitors, .input).forEach { $0.endGradient() }
        return gradient.values
    }

    // MARK: - Forward pass

    private func begin(
        _ x: [Float], _ visitors: [SpectralLayerPoint: [any FeatureVisitor]], summing: FeatureTraversal.SummingPass
    ) {
        precondition(x.count == frames * architecture.bins, "a spectrogram of another size")
        inputs[0].unsafePointer(row: 0).update(from: x, count: x.count)
        announce(visitors, summing: summing)
        let input = all(visitors, .input)
        forEachSlot(0..<frames) { rows, slot in
            for visitor in input { visitor.read(inputs[0][rows], from: rows.lowerBound, slot: slot) }
        }
        input.forEach { $0.end() }
    }

    /// Tells visitors what maps they will see, as every call that shows them does.
    ///
    /// - Parameter summing: where they should form their sums.
    public func announce(
        _ visitors: [SpectralLayerPoint: [any FeatureVisitor]], summing: FeatureTraversal.SummingPass = .gradient
    ) {
        for (point, visitors) in ofWholeMaps(visitors) {
            let traversal =
                switch point {
                case .input, .channels:
                    FeatureTraversal(rows: frames, columns: architecture.bins, slots: workers.count, summing: summing)
                case .layer(let layer):
                    FeatureTraversal(
                        rows: architecture.rows(of: layer, frames: frames),
                        columns: architecture.layers[layer - 1].filters, slots: workers.count, summing: summing)
                }
            visitors.forEach { $0.begin(traversal) }
        }
    }

    /// Visitors of some channels of the input see these as visitors of all of it.
    private func ofWholeMaps(
        _ visitors: [SpectralLayerPoint: [any FeatureVisitor]]
    ) -> [SpectralLayerPoint: [any FeatureVisitor]] {
        var whole: [SpectralLayerPoint: [any FeatureVisitor]] = [:]
        for (point, visitors) in visitors {
            guard case .channels(let channels) = point else {
                whole[point, default: []] += visitors
                continue
            }
            guard let copies = channelCopies[channels] else { preconditionFailure("a layer point without a place") }
            whole[.input, default: []] += visitors.map { ChannelVisitor($0, channels, copies) }
        }
        return whole
    }

    /// Computes a layer that is not the last, and the next layer's input.
    private func keep(_ layer: Int) {
        compute(layer, rows: 0..<outputs[layer - 1].rows)
        let (from, to, pool) = (outputs[layer - 1], inputs[layer], architecture.layers[layer - 1].pool)
        forEachSlot(0..<to.rows) { rows, _ in
            for row in rows {
                let target = to.unsafePointer(row: row)
                target.update(from: from.unsafePointer(row: row * pool), count: to.columns)
                for next in 1..<max(pool, 1) {
                    let values = from.unsafePointer(row: row * pool + next)
                    for column in 0..<to.columns { target[column] = max(target[column], values[column]) }
                }
            }
        }
    }

    /// Rows of a layer's output, from its input, to the front of its map.
    private func compute(_ number: Int, rows: Range<Int>) {
        let (layer, output) = (architecture.layers[number - 1], outputs[number - 1])
        let biases = network.biases[number - 1]
        network.forward[number - 1].convolve(
            inputs[number - 1], from: rows.lowerBound - layer.before, rows: rows.count, scratch: scratch,
            workers: workers
        ) { row, channels, values in
            vk_finish_row(
                values, biases.map { $0.unsafePointer + channels.lowerBound }, layer.hasReLU ? 1 : 0,
                output.unsafePointer(row: row) + channels.lowerBound, Int64(channels.count))
        }
    }

    private func show(_ layer: Int, _ visitors: [SpectralLayerPoint: [any FeatureVisitor]]) {
        let visitors = all(visitors, .layer(layer))
        read(layer, rows: 0..<outputs[layer - 1].rows, visitors)
        visitors.forEach { $0.end() }
    }

    private func read(_ layer: Int, rows: Range<Int>, _ visitors: [any FeatureVisitor]) {
        guard !visitors.isEmpty else { return }
        let map = outputs[layer - 1]
        forEachSlot(0..<rows.count) { part, slot in
            for visitor in visitors {
                visitor.read(map[part], from: rows.lowerBound + part.lowerBound, slot: slot)
            }
        }
    }

    // MARK: - Backward pass

    /// The last layer, forward and backward, in tiles.
    private func evaluateLast(_ visitors: [any FeatureVisitor]) {
        let tiles = tiles
        let twice = tiles.count > 1 && visitors.contains(where: \.needsWhole)
        if tiles.count == 1 || twice {
            for tile in tiles {
                compute(depth, rows: tile)
                read(depth, rows: tile, visitors)
                visitors.forEach { $0.settle() }
            }
            visitors.forEach { $0.end() }
        }
        for tile in tiles {
            if tiles.count > 1 { compute(depth, rows: tile) }
            if tiles.count > 1, !twice { read(depth, rows: tile, visitors) }
            clear(outputGradients[depth - 1])
            backward(depth, rows: tile, visitors)
        }
        if tiles.count > 1, !twice { visitors.forEach { $0.end() } }
        visitors.forEach { $0.endGradient() }
    }

    /// A layer that is not the last: the gradient of the next one's input, through the pooling, the visitors' and the ReLU's.
    private func backward(_ layer: Int, _ visitors: [SpectralLayerPoint: [any FeatureVisitor]]) {
        let (map, gradient, next) = (outputs[layer - 1], outputGradients[layer - 1], inputGradients[layer])
        let (pooled, pool) = (inputs[layer], architecture.layers[layer - 1].pool)
        clear(gradient)
        forEachSlot(0..<next.rows) { rows, _ in
            for row in rows {
                let (from, largest) = (next.unsafePointer(row: row), pooled.unsafePointer(row: row))
                for column in 0..<next.columns {
                    // To the first of the largest values.
                    let chosen = (0..<pool).first { map.unsafePointer(row: row * pool + $0)[column] == largest[column] }
                    gradient.unsafePointer(row: row * pool + (chosen ?? 0))[column] = from[column]
                }
            }
        }
        let visitors = all(visitors, .layer(layer))
        backward(layer, rows: 0..<map.rows, visitors)
        visitors.forEach { $0.endGradient() }
    }

    /// Adds the visitors' gradient at some rows, applies the ReLU's derivative, and adds the result's share to the input's gradient.
    private func backward(_ number: Int, rows: Range<Int>, _ visitors: [any FeatureVisitor]) {
        let (layer, map, gradient) = (architecture.layers[number - 1], outputs[number - 1], outputGradients[number - 1])
        addGradients(visitors, of: map, to: gradient, rows: 0..<rows.count, from: rows.lowerBound)
        if layer.hasReLU {
            forEachSlot(0..<rows.count) { rows, _ in
                vk_keep_where_positive(
                    gradient.unsafePointer(row: rows.lowerBound), map.unsafePointer(row: rows.lowerBound),
                    Int64(rows.count * map.columns))
            }
        }
        // Input row s meets output rows s + before - j for taps j.
        let after = layer.kernel - 1 - layer.before
        let target = inputGradients[number - 1]
        let first = max(rows.lowerBound - layer.before, 0)
        let last = min(rows.upperBound + after, target.rows)
        network.backward[number - 1].convolve(
            gradient, from: first - rows.lowerBound - after, rows: last - first, scratch: scratch, workers: workers
        ) { row, channels, values in
            vk_add(values, target.unsafePointer(row: first + row) + channels.lowerBound, Int64(channels.count))
        }
    }

    private func addGradients(
        _ visitors: [any FeatureVisitor], of map: FeatureMap, to gradient: FeatureMap, rows: Range<Int>, from start: Int
    ) {
        guard !visitors.isEmpty else { return }
        forEachSlot(rows) { rows, slot in
            for visitor in visitors {
                visitor.addGradient(
                    at: map[rows], from: start + rows.lowerBound, to: gradient.mutable(rows), slot: slot)
            }
        }
    }

    // MARK: - Ranges

    /// The last layer's rows, in ranges.
    private var tiles: [Range<Int>] {
        let rows = architecture.rows(of: depth, frames: frames)
        return stride(from: 0, to: rows, by: rowsOfTile).map { $0..<min($0 + rowsOfTile, rows) }
    }

    private func clear(_ map: FeatureMap) {
        map.unsafePointer(row: 0).update(repeating: 0, count: map.rows * map.columns)
    }

    private func all(_ visitors: [SpectralLayerPoint: [any FeatureVisitor]], _ point: SpectralLayerPoint)
        -> [any FeatureVisitor]
    {
        visitors[point] ?? []
    }

    /// Rows in as many parts as there are workers; each worker's part is its slot.
    private func forEachSlot(_ rows: Range<Int>, _ body: @Sendable (Range<Int>, Int) -> Void) {
        let count = workers.count
        workers.run(pieces: count) { slot, _ in
            let part =
                rows.lowerBound + rows.count * slot / count..<rows.lowerBound + rows.count * (slot + 1) / count
            if !part.isEmpty { body(part, slot) }
        }
    }
}

/// The sizes of a session's memory.
private struct SessionPlan {
    struct Shape {
        var rows: Int
        var columns: Int
        var margin: Int
    }

    let depth: Int
    let rowsOfTile: Int
    /// Rows of the largest convolution.
    let rowsAtOnce: Int
    var inputs: [Shape] = []
    var outputs: [Shape] = []
    var inputGradients: [Shape] = []
    var outputGradients: [Shape] = []
    var convolutions: [TimeConvolution.Size] = []

    init(
        _ architecture: SpectralArchitecture, frames: Int, points: Set<SpectralLayerPoint>, rowsAtOnce: Int?,
        gradient: Bool
    ) {
        depth = points.reduce(0) { depth, point in
            if case .layer(let layer) = point { max(depth, layer) } else { depth }
        }
        let rows = depth == 0 ? 0 : architecture.rows(of: depth, frames: frames)
        precondition(depth == 0 || rows > 0, "too few frames for the layers")
        rowsOfTile = max(min(rowsAtOnce ?? rows, rows), 1)
        self.rowsAtOnce = frames
        if depth == 0 {
            inputs = [Shape(rows: frames, columns: architecture.bins, margin: 0)]
            inputGradients = gradient ? inputs : []
        }
        for number in 1..<depth + 1 {
            let layer = architecture.layers[number - 1]
            let margin = TimeConvolution.margin(taps: layer.kernel)
            let entering =
                number == 1
                ? frames : architecture.rows(of: number - 1, frames: frames) / architecture.layers[number - 2].pool
            let input = Shape(rows: entering, columns: architecture.inputs(of: number), margin: margin)
            let output = Shape(
                rows: number == depth ? rowsOfTile : layer.rows(entering), columns: layer.filters, margin: margin)
            inputs.append(input)
            outputs.append(output)
            convolutions.append((layer.kernel, input.columns, output.columns))
            if gradient {
                inputGradients.append(input)
                outputGradients.append(output)
                convolutions.append((layer.kernel, output.columns, input.columns))
            }
        }
    }
}
