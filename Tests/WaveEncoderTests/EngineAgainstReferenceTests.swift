// SPDX-License-Identifier: Apache-2.0
import Matrices
import Synchronization
import TestSupport
import Testing

@testable import WaveEncoder

/// The fast engine against the float64 reference, on small random encoders.
@Suite struct EngineAgainstReferenceTests {
    /// Float32 rounding: 2^-24 for each of some dozen operations in a row, through up to 12 blocks.
    static let tolerance = 2e-5

    @Test(arguments: RandomCase.small + RandomCase.wide, KernelLevel.available)
    func activationsAgree(_ case: RandomCase, _ kernels: KernelLevel) {
        let x = `case`.signal(0)
        let points = Set(allPoints(of: `case`.weights.architecture))
        let expected = ReferenceEncoder(`case`.weights).activations(of: x.doubles)
        for threads in 1...3 {
            let encoder = WaveEncoder(`case`.weights, threads: threads, kernels: kernels, tileRows: 64)
            let maps = encoder.activations(of: x, at: points)
            #expect(Set(maps.keys) == points)
            for (point, map) in maps {
                #expect(largestError(map.values.doubles, expected[point] ?? []) < Self.tolerance, "\(point)")
            }
        }
    }

    /// Whatever is kept, and however short the windows, the same activations and gradients come out; in recompute too for
    /// visitors that must see the whole first.
    @Test(arguments: RandomCase.small + RandomCase.wide, [false, true])
    func modesAndWindowsAgreeWithTheReference(_ case: RandomCase, _ needsWhole: Bool) {
        let (architecture, x) = (`case`.weights.architecture, `case`.signal(0))
        let encoder = WaveEncoder(`case`.weights, threads: 2, tileRows: 32)
        let points = Set(allPoints(of: architecture)).filter { $0.shape(samples: x.count, in: architecture).rows > 0 }
        var sources: [LayerPoint: [Float]] = [:]
        for (index, point) in allPoints(of: architecture).enumerated() where points.contains(point) {
            let (rows, columns) = point.shape(samples: x.count, in: architecture)
            sources[point] = `case`.signal(UInt64(20 + index), samples: rows * columns)
        }
        let reference = ReferenceEncoder(`case`.weights)
        let activations = reference.activations(of: x.doubles)
        let signs = encoder.activations(of: x, at: points).mapValues { $0.values.doubles }
        let expected = reference.gradient(
            activations: signs, gradients: sources.mapValues(\.doubles), samples: x.count)
        for mode in [EncoderSession.Mode.keepAll, .recompute] {
            for window in [8, 72, 400, 100_000] {
                let session = encoder.session(samples: x.count, points: points, mode: mode, window: window)
                for _ in 0..<2 {
                    let recorders = sources.mapValues { _ in FeatureRecorder() }
                    let visitors = sources.reduce(into: [LayerPoint: [any FeatureVisitor]]()) { visitors, source in
                        let columns = source.key.shape(samples: 1, in: architecture).columns
                        let gradient = ConstantGradient(source.value, columns: columns, needsWhole: needsWhole)
                        visitors[source.key] = [gradient, recorders[source.key] ?? FeatureRecorder()]
                    }
                    let gradient = session.evaluate(x, visitors: visitors)
                    #expect(largestError(gradient.doubles, expected) < Self.tolerance, "\(mode), \(window)")
                    for (point, recorder) in recorders {
                        let error = largestError(recorder.map.values.doubles, activations[point] ?? [])
                        #expect(error < Self.tolerance, "\(mode), \(window), \(point)")
                    }
                    let seen = visitors.values.joined().compactMap { $0 as? ConstantGradient }
                    #expect(seen.allSatisfy { $0.rowsAsked == Set(0..<$0.rowsShown) }, "each row is asked for once")
                    #expect(seen.allSatisfy { !$0.needsWhole || $0.askedTooEarly == 0 })
                }
            }
        }
    }

    /// Half precision in the kept ReLUs shows in the gradient alone, and little: 2^-11 for each value. ThreadSanitizer's build has no
    /// instructions for halves, and Swift's functions in their place make zeros of those below 6e-5 where denormals are flushed.
    @Test(
        .disabled(if: Sanitizer.isOn, "halves are not the processor's"), arguments: RandomCase.wide,
        [EncoderSession.Mode.keepAll, .recompute])
    func mixedPrecisionCostsLittle(_ case: RandomCase, _ mode: EncoderSession.Mode) {
        let x = `case`.signal(0)
        let points = Set(
            allPoints(of: `case`.weights.architecture).filter { if case .relu1 = $0 { true } else { false } })
        func run(_ precision: Precision) -> (gradient: [Double], losses: [Double]) {
            let encoder = WaveEncoder(`case`.weights, threads: 2, precision: precision, tileRows: 64)
            let sums = points.map { ($0, SquareSum()) }
            let session = encoder.session(samples: x.count, points: points, mode: mode, window: 200)
            let gradient = session.evaluate(x, visitors: Dictionary(uniqueKeysWithValues: sums.map { ($0, [$1]) }))
            return (gradient.doubles, sums.map { $1.read })
        }
        let (full, mixed) = (run(.float32), run(.mixed))
        #expect(zip(full.losses, mixed.losses).allSatisfy { abs($0 - $1) <= 1e-6 * $0 })
        #expect(largestError(mixed.gradient, full.gradient) < 1e-3)
        #expect(full.gradient.count == 1 || mixed.gradient != full.gradient, "nothing was rounded")
    }

    /// What is allocated is what was announced, and for recompute it does not grow with the clip.
    @Test func memoryOfRecomputeIsBounded() {
        let encoder = WaveEncoder(
            RandomCase(width: 8, layers: 12, samples: 10, seed: 1).weights, threads: 1, tileRows: 32)
        let points: Set<LayerPoint> = [.relu1(3), .relu2(12), .bottleneck]
        func needed(_ samples: Int) -> Int {
            bytes(encoder, samples: samples, points, .recompute, window: 256) - 4 * samples
        }
        #expect(needed(100_000 + 256 * 9_000) == needed(100_000))
        #expect(needed(100_000) * 20 < bytes(encoder, samples: 100_000, points, .keepAll))
    }

    /// A gradient that enters at one layer point alone, for each of them: every path through the network is tested by itself.
    @Test(arguments: RandomCase.small + RandomCase.wide, KernelLevel.available)
    func gradientsFromEachTapAgree(_ case: RandomCase, _ kernels: KernelLevel) {
        let (architecture, x) = (`case`.weights.architecture, `case`.signal(0))
        let encoders = (1...3).map { WaveEncoder(`case`.weights, threads: $0, kernels: kernels, tileRows: 32) }
        let reference = ReferenceEncoder(`case`.weights)
        let signs = encoders[0].activations(of: x, at: Set(allPoints(of: architecture))).mapValues { $0.values.doubles }
        var reached = 0
        for point in allPoints(of: architecture) {
            let (rows, columns) = point.shape(samples: x.count, in: architecture)
            guard rows > 0 else { continue }
            let source = `case`.signal(7, samples: rows * columns)
            let expected = reference.gradient(
                activations: signs, gradients: [point: source.doubles], samples: x.count)
            for encoder in encoders {
                let session = encoder.session(samples: x.count, points: [point], mode: .keepAll)
                let gradient = session.evaluate(x, visitors: [point: [ConstantGradient(source, columns: columns)]])
                #expect(largestError(gradient.doubles, expected) < Self.tolerance, "\(point)")
            }
            if expected.contains(where: { $0 != 0 }) { reached += 1 }
        }
        #expect(reached > 0, "no gradient reached x: the case tests nothing")
    }

    @Test(arguments: [1, 2, 3], [8, 40, 200, 5_000])
    func resultsDependOnTilesAndThreadsOnlyByRounding(threads: Int, tileRows: Int) {
        let sample = RandomCase(width: 8, layers: 11, samples: 1_777, seed: 77)
        let x = sample.signal(0)
        let points: Set<LayerPoint> = [.relu1(3), .relu2(11), .residual(6), .bottleneck, .encoding]
        func run(_ encoder: WaveEncoder) -> (maps: [LayerPoint: FeatureMap], gradient: [Float]) {
            let session = encoder.session(samples: x.count, points: points, mode: .keepAll)
            let recorders = Dictionary(uniqueKeysWithValues: points.map { ($0, FeatureRecorder()) })
            let visitors = Dictionary(
                uniqueKeysWithValues: points.map { point -> (LayerPoint, [any FeatureVisitor]) in
                    let (rows, columns) = point.shape(samples: x.count, in: encoder.architecture)
                    let source = ConstantGradient(sample.signal(9, samples: rows * columns), columns: columns)
                    return (point, [source, recorders[point] ?? FeatureRecorder()])
                })
            let gradient = session.evaluate(x, visitors: visitors)
            return (recorders.mapValues(\.map), gradient)
        }
        let expected = run(WaveEncoder(sample.weights, threads: 1, tileRows: 1_777))
        let result = run(WaveEncoder(sample.weights, threads: threads, tileRows: tileRows))
        // Float32 rounding through eleven blocks, with the factors up to 8 of Winograd's transforms.
        #expect(largestError(result.gradient.doubles, expected.gradient.doubles) < 4e-6)
        for (point, map) in result.maps {
            #expect(largestError(map.values.doubles, expected.maps[point]?.values.doubles ?? []) < 4e-6, "\(point)")
        }
        let again = run(WaveEncoder(sample.weights, threads: threads, tileRows: tileRows))
        #expect(again.gradient == result.gradient, "the same run gave other bytes")
    }

    @Test func aSessionCanBeUsedAgain() {
        let sample = RandomCase(width: 3, layers: 4, samples: 333, seed: 3)
        let encoder = WaveEncoder(sample.weights, threads: 2, tileRows: 16)
        let points: Set<LayerPoint> = [.relu1(2), .relu2(4)]
        let session = encoder.session(samples: 333, points: points, mode: .keepAll)
        func gradient(_ session: EncoderSession, _ x: [Float]) -> [Float] {
            session.evaluate(
                x, visitors: [.relu2(4): [ConstantGradient(sample.signal(5, samples: 999), columns: 3)]])
        }
        _ = gradient(session, sample.signal(1))
        let second = gradient(session, sample.signal(2))
        let fresh = gradient(encoder.session(samples: 333, points: points, mode: .keepAll), sample.signal(2))
        #expect(second == fresh)
    }

    /// Blocks after the layer points are poisoned: had they been computed, their NaN would show.
    @Test func onlyWhatTheTapsNeedIsComputed() {
        let sample = RandomCase(width: 3, layers: 6, samples: 200, seed: 12)
        let poisoned = EncoderWeights(architecture: sample.weights.architecture) { tensor in
            let poison: Bool =
                switch tensor.role {
                case .dilatedKernel(let block), .dilatedBias(let block): block > 3
                case .residualKernel(let block), .residualBias(let block): block >= 3
                case .bottleneckKernel, .bottleneckBias: true
                case .startKernel, .startBias: false
                }
            return poison ? [Float](repeating: .nan, count: tensor.count) : sample.weights[tensor.role]
        }
        let encoder = WaveEncoder(poisoned, threads: 1)
        let session = encoder.session(samples: 200, points: [.relu2(3)], mode: .keepAll)
        let recorder = FeatureRecorder()
        let gradient = session.evaluate(
            sample.signal(0),
            visitors: [.relu2(3): [recorder, ConstantGradient(sample.signal(1, samples: 600), columns: 3)]])
        let expected = ReferenceEncoder(sample.weights).activations(of: sample.signal(0).doubles)[.relu2(3)] ?? []
        #expect(gradient.allSatisfy { $0.isFinite })
        #expect(gradient.contains { $0 != 0 })
        #expect(largestError(recorder.map.values.doubles, expected) < Self.tolerance)
    }

    /// What a session would allocate.
    private func bytes(
        _ encoder: WaveEncoder, samples: Int, _ points: Set<LayerPoint>, _ mode: EncoderSession.Mode, window: Int? = nil
    ) -> Int {
        let (_, ledger) = MemoryLedger.planning {
            withExtendedLifetime(encoder.session(samples: samples, points: points, mode: mode, window: window)) {}
        }
        return ledger.peak
    }

    @Test func memoryGrowsWithWhatIsStored() {
        let encoder = WaveEncoder(RandomCase(width: 8, layers: 10, samples: 10, seed: 1).weights, threads: 1)
        let forward = bytes(encoder, samples: 10_000, [.relu1(10)], .reading)
        let shallow = bytes(encoder, samples: 10_000, [.relu1(2)], .keepAll)
        let deep = bytes(encoder, samples: 10_000, [.relu1(10)], .keepAll)
        #expect(forward < shallow && shallow < deep)
        #expect(deep >= 10 * 10_000 * 8 * 4)
    }
}

/// A visitor whose gradient is given, whatever the activations.
final class ConstantGradient: FeatureVisitor, @unchecked Sendable {
    private let values: [Float]
    private let columns: Int
    let needsWhole: Bool

    init(_ values: [Float], columns: Int, needsWhole: Bool = false) {
        self.needsWhole = needsWhole
        self.values = values
        self.columns = columns
    }

    private let lock = Mutex((asked: [Int](), rows: 0, ended: false, early: 0))

    /// The rows asked for, those asked for twice left out.
    var rowsAsked: Set<Int> { lock.withLock { $0.asked.count == Set($0.asked).count ? Set($0.asked) : [] } }
    var rowsShown: Int { lock.withLock { $0.rows } }
    var askedTooEarly: Int { lock.withLock { $0.early } }

    func begin(_ traversal: FeatureTraversal) { lock.withLock { $0 = ([], traversal.rows, false, 0) } }
    func read(_ rows: FeatureRows, from start: Int, slot: Int) {}
    func end() { lock.withLock { $0.ended = true } }
    func endGradient() {}

    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        lock.withLock {
            $0.asked += start..<start + rows.rows
            if !$0.ended { $0.early += 1 }
        }
        for index in 0..<rows.count { gradient.unsafePointer[index] += values[start * columns + index] }
    }
}

/// Half the sum of squares: its gradient is the activation itself.
private final class SquareSum: FeatureVisitor, @unchecked Sendable {
    let needsWhole = false
    private let sums = Mutex<[Int: Double]>([:])
    var read: Double { sums.withLock { $0.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value } } }

    func begin(_ traversal: FeatureTraversal) {}
    func read(_ rows: FeatureRows, from start: Int, slot: Int) {
        let sum = (0..<rows.count).reduce(0.0) {
            $0 + Double(rows.unsafePointer[$1]) * Double(rows.unsafePointer[$1]) / 2
        }
        sums.withLock { $0[start] = sum }
    }
    func end() {}
    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        for index in 0..<rows.count { gradient.unsafePointer[index] += rows.unsafePointer[index] }
    }
    func endGradient() {}
}

/// Every point of an encoder.
func allPoints(of architecture: EncoderArchitecture) -> [LayerPoint] {
    (1...architecture.layers).flatMap { [.relu1($0), .relu2($0), .residual($0)] } + [.bottleneck, .encoding]
}
