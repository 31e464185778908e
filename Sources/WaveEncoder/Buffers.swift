// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The memory of a session, allocated once and reused by every run.
final class Buffers: Sendable {
    /// The input with a zero on either side, `[T, 1]`.
    let signal: FeatureMap
    /// The residual stream, `[T, C]`, after the last block that a row has passed. In the backward pass the same rows hold
    /// the stream's gradient.
    let stream: RowWindow<Float>
    /// Each block's first ReLU, for its convolution.
    let first: AlternatingMaps
    /// The bottleneck, `[T, B]`, where a layer point needs it.
    let z: RowWindow<Float>?
    /// The encoding, `[T / hop, B]`.
    let encoding: FeatureMap?

    /// What the backward pass needs, if there is one.
    let back: BackwardBuffers?

    /// For each worker, a tile of `[rows, C]`, what its convolution needs, and bits that are not stored.
    private let scratch: [AlignedBuffer<Float>]
    private let convolutionScratch: [DilatedConvolution.Scratch]
    private let scratchBits: [AlignedBuffer<UInt8>]

    init(_ plan: BufferPlan) {
        let (width, bottleneck) = (plan.architecture.width, plan.architecture.bottleneck)
        signal = FeatureMap(rows: plan.samples, columns: 1, margin: 1)
        stream = RowWindow(plan.stream, columns: width)
        first = AlternatingMaps(
            capacity: plan.first, carried: plan.firstCarried, columns: width, dilation: plan.largestDilation)
        z = plan.z.map { RowWindow($0, columns: bottleneck) }
        encoding = plan.frames.map { FeatureMap(rows: $0, columns: bottleneck) }
        back = plan.mode == .reading ? nil : BackwardBuffers(plan)
        scratch = (0..<plan.workers).map { _ in AlignedBuffer(count: plan.tileRows * width) }
        convolutionScratch = (0..<plan.workers).map { _ in
            DilatedConvolution.Scratch(rows: plan.tileRows, width: width)
        }
        scratchBits = (0..<plan.workers).map { _ in AlignedBuffer(count: plan.tileRows * width / 8) }
    }

    /// Loads a clip, and starts at its beginning.
    func load(signal x: [Float]) {
        signal.unsafePointer(row: 0).update(from: x, count: signal.rows)
        restart()
    }

    /// Goes back to the clip's beginning.
    func restart() {
        stream.restart(at: 0)
        z?.restart(at: 0)
        back?.restart()
    }

    /// Where the bits of a tile go: stored for the backward pass, or discarded.
    func secondBits(ofBlock block: Int, from row: Int, worker: Int, kept: Bool) -> UnsafeMutablePointer<UInt8> {
        guard kept, let back else { return scratchBits[worker].unsafePointer }
        return back.secondBits[block - 1].unsafePointer(row: row)
    }

    func scratch(worker: Int) -> UnsafeMutablePointer<Float> { scratch[worker].unsafePointer }

    func convolutionScratch(worker: Int) -> DilatedConvolution.Scratch { convolutionScratch[worker] }
}

/// What the forward pass stores for the backward pass, and the backward pass's own buffers.
final class BackwardBuffers: Sendable {
    /// First ReLUs, one map for each block.
    let first: [KeptActivations]
    /// Whether an entry of a block's second ReLU is positive: one bit each, in the order of the entries.
    let secondBits: [RowWindow<UInt8>]
    /// Activations that a visitor's gradient is taken at, besides the first ReLUs.
    let kept: [LayerPoint: RowWindow<Float>]
    /// Gradient with respect to each block's second ReLU's input, `[T, C]`, for its convolution.
    let second: AlternatingMaps
    /// The stream's gradient times the first convolution's taps, `[T, 3]`.
    let tapGradient: RowWindow<Float>
    /// Gradient with respect to the encoding, `[T / hop, B]`.
    let encodingGradient: FeatureMap?
    /// For each worker, rows of the bottleneck's gradient.
    let zGradient: [AlignedBuffer<Float>]
    /// For each worker, a copy of a tile of stored activations, in the core's own cache.
    let activations: [AlignedBuffer<Float>]

    init(_ plan: BufferPlan) {
        let (width, bottleneck) = (plan.architecture.width, plan.architecture.bottleneck)
        first = plan.firstKept.map { KeptActivations($0, columns: width, precision: plan.precision) }
        secondBits = plan.bits.map { RowWindow($0, columns: width, rowsPerLine: 8) }
        kept = plan.kept.mapValues { RowWindow($0, columns: width) }
        second = AlternatingMaps(
            capacity: plan.second, carried: plan.secondCarried, columns: width, dilation: plan.largestDilation)
        tapGradient = RowWindow(plan.tapGradient, columns: 3)
        encodingGradient = plan.frames.map { FeatureMap(rows: $0, columns: bottleneck) }
        zGradient = (0..<plan.workers).map { _ in AlignedBuffer(count: plan.z == nil ? 0 : plan.tileRows * bottleneck) }
        activations = (0..<plan.workers).map { _ in AlignedBuffer(count: plan.tileRows * width) }
    }

    func restart() {
        for map in first { map.restart() }
        for map in secondBits { map.restart(at: 0) }
        for map in kept.values { map.restart(at: 0) }
    }

    /// Drops the rows that the backward pass is done with.
    func slide(to backward: [Int], keepingTo forward: [Int]) {
        for (index, map) in first.enumerated() { map.slide(to: backward[index], keepingTo: forward[index]) }
        for (index, map) in secondBits.enumerated() {
            map.slide(to: backward[index + 1], keepingTo: forward[index + 1])
        }
        for (point, map) in kept {
            guard let block = point.block else { continue }
            map.slide(to: backward[block], keepingTo: forward[block])
        }
    }
}

/// A block's first ReLU, stored for the backward pass, `[T, C]`: in float32 or in half precision.
enum KeptActivations: Sendable {
    case float(RowWindow<Float>)
    /// The bits of IEEE 754 binary16.
    case half(RowWindow<UInt16>)

    init(_ capacity: Int, columns: Int, precision: Precision) {
        switch precision {
        case .float32: self = .float(RowWindow(capacity, columns: columns))
        case .mixed: self = .half(RowWindow(capacity, columns: columns))
        }
    }

    /// `max(x, 0)`, for the convolution and to store.
    func relu(_ x: UnsafePointer<Float>, from row: Int, into rows: MutableFeatureRows) {
        switch self {
        case .float(let map):
            Elementwise.relu(x, into: rows.unsafePointer, keeping: map.unsafePointer(row: row), count: rows.count)
        case .half(let map):
            Elementwise.relu(x, into: rows.unsafePointer, keeping: map.unsafePointer(row: row), count: rows.count)
        }
    }

    /// The rows in float32, in `scratch`.
    func rows(_ range: Range<Int>, scratch: UnsafeMutablePointer<Float>) -> FeatureRows {
        switch self {
        case .float(let map):
            // A product would wait for memory at every row; a copy streams.
            let rows = map[range]
            scratch.update(from: rows.unsafePointer, count: rows.count)
            return FeatureRows(unsafePointer: UnsafePointer(scratch), rows: rows.rows, columns: rows.columns)
        case .half(let map):
            let count = range.count * map.columns
            Elementwise.widen(map.unsafePointer(row: range.lowerBound), into: scratch, count: count)
            return FeatureRows(unsafePointer: UnsafePointer(scratch), rows: range.count, columns: map.columns)
        }
    }

    func restart() {
        switch self {
        case .float(let map): map.restart(at: 0)
        case .half(let map): map.restart(at: 0)
        }
    }

    func slide(to row: Int, keepingTo end: Int) {
        switch self {
        case .float(let map): map.slide(to: row, keepingTo: end)
        case .half(let map): map.slide(to: row, keepingTo: end)
        }
    }
}
