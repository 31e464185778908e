// SPDX-License-Identifier: Apache-2.0
import Matrices

/// The sizes of a session's buffers, computed before anything is allocated, so that a run's memory is known beforehand.
///
/// Sizes are rows. They follow from simulating the steps: a buffer holds what was kept after one step and what the next
/// one adds.
struct BufferPlan {
    let architecture: EncoderArchitecture
    let samples: Int
    let mode: EncoderSession.Mode
    let precision: Precision
    let tileRows: Int
    let workers: Int

    let largestDilation: Int
    private(set) var stream = 0
    private(set) var first = 0
    private(set) var firstCarried: [Int]
    private(set) var z: Int?
    let frames: Int?
    private(set) var firstKept: [Int]
    private(set) var bits: [Int]
    private(set) var kept: [LayerPoint: Int]
    private(set) var second = 0
    private(set) var secondCarried: [Int]
    private(set) var tapGradient = 0

    init(
        _ encoder: WaveEncoder, _ wavefront: Wavefront, points: Set<LayerPoint>, mode: EncoderSession.Mode
    ) {
        architecture = encoder.architecture
        samples = wavefront.samples
        self.mode = mode
        precision = encoder.precision
        tileRows = encoder.tileRows
        workers = encoder.threads
        let (wavefront, samples) = (wavefront.withoutRepeats, wavefront.samples)
        let top = wavefront.top
        let blocks = Array(1...top)
        largestDilation = blocks.map(wavefront.dilation(ofBlock:)).max() ?? 1
        firstCarried = blocks.map { _ in 0 }
        secondCarried = firstCarried
        firstKept = firstCarried
        bits = firstCarried
        let hasBottleneck = wavefront.depth.block > architecture.layers
        frames = points.contains(.encoding) ? samples / architecture.hop : nil
        z = hasBottleneck ? 0 : nil
        let keptPoints = points.filter { point in
            switch point {
            case .relu2, .residual: true
            case .relu1, .bottleneck, .encoding: false
            }
        }
        kept = Dictionary(uniqueKeysWithValues: mode == .reading ? [] : keptPoints.map { ($0, 0) })

        var (before, back) = wavefront.fronts(after: -1)
        for step in 0..<wavefront.steps {
            var (forward, backward) = wavefront.fronts(after: step)
            if mode == .keepAll { backward = wavefront.backward(from: wavefront.entered(after: step)) }
            let started = mode == .recompute ? back[0] : before[top]
            stream = max(stream, forward[0] - started)
            for block in blocks {
                let (lower, reach) = (block - 1, wavefront.reach(ofBlock: block))
                first = max(first, forward[lower] - max(before[block] - reach, 0))
                firstCarried[lower] = max(firstCarried[lower], forward[lower] - max(forward[block] - reach, 0))
                guard mode != .reading else { continue }
                second = max(second, backward[block] - max(back[lower] - reach, 0))
                secondCarried[lower] = max(secondCarried[lower], backward[block] - max(backward[lower] - reach, 0))
                firstKept[lower] = max(firstKept[lower], forward[lower] - back[lower])
                bits[lower] = max(bits[lower], forward[block] - back[block])
            }
            for point in kept.keys {
                guard let block = point.block else { continue }
                kept[point] = max(kept[point] ?? 0, forward[block] - back[block])
            }
            if hasBottleneck {
                let open = wavefront.openFrame(before[top])
                z = max(z ?? 0, forward[top] - (mode == .reading ? open : min(back[top], open)))
            }
            if mode != .reading {
                stream = max(stream, backward[top] - back[0])
                tapGradient = max(tapGradient, backward[0] - back[0])
            }
            (before, back) = (forward, backward)
        }
        if mode == .keepAll {
            firstKept = blocks.map { _ in samples }
            bits = firstKept
            kept = kept.mapValues { _ in samples }
            z = hasBottleneck ? samples : nil
        }
    }
}
