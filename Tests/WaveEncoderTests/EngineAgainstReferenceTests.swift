// SPDX-License-Identifier: Apache-2.0
import Matrices
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
        let taps = Set(allTaps(of: `case`.weights.architecture))
        let expected = ReferenceEncoder(`case`.weights).activations(of: x.doubles)
        for threads in 1...3 {
            let encoder = WaveEncoder(`case`.weights, threads: threads, kernels: kernels, tileRows: 64)
            let maps = encoder.activations(of: x, at: taps)
            #expect(Set(maps.keys) == taps)
            for (tap, map) in maps {
                #expect(largestError(map.values.doubles, expected[tap] ?? []) < Self.tolerance, "\(tap)")
            }
        }
    }

    /// A gradient that enters at one tap alone, for each tap: so every way through the network is taken by itself.
    @Test(arguments: RandomCase.small + RandomCase.wide, KernelLevel.available)
    func gradientsFromEachTapAgree(_ case: RandomCase, _ kernels: KernelLevel) {
        let (architecture, x) = (`case`.weights.architecture, `case`.signal(0))
        let encoders = (1...3).map { WaveEncoder(`case`.weights, threads: $0, kernels: kernels, tileRows: 32) }
        let reference = ReferenceEncoder(`case`.weights)
        let signs = encoders[0].activations(of: x, at: Set(allTaps(of: architecture))).mapValues { $0.values.doubles }
        var reached = 0
        for tap in allTaps(of: architecture) {
            let (rows, columns) = tap.shape(samples: x.count, in: architecture)
            guard rows > 0 else { continue }
            let source = `case`.signal(7, samples: rows * columns)
            let expected = reference.gradient(
                activations: signs, gradients: [tap: source.doubles], samples: x.count)
            for encoder in encoders {
                let session = encoder.session(samples: x.count, taps: [tap], keepsGradient: true)
                let gradient = session.evaluate(x, visitors: [tap: [ConstantGradient(source, columns: columns)]])
                #expect(largestError(gradient.doubles, expected) < Self.tolerance, "\(tap)")
            }
            if expected.contains(where: { $0 != 0 }) { reached += 1 }
        }
        #expect(reached > 0, "no gradient reached x: the case tests nothing")
    }

    @Test(arguments: [1, 2, 3], [8, 40, 200, 5_000])
    func resultsDependOnTilesAndThreadsOnlyByRounding(threads: Int, tileRows: Int) {
        let sample = RandomCase(width: 8, layers: 11, samples: 1_777, seed: 77)
        let x = sample.signal(0)
        let taps: Set<Tap> = [.relu1(3), .relu2(11), .residual(6), .bottleneck, .encoding]
        func run(_ encoder: WaveEncoder) -> (maps: [Tap: FeatureMap], gradient: [Float]) {
            let session = encoder.session(samples: x.count, taps: taps, keepsGradient: true)
            let recorders = Dictionary(uniqueKeysWithValues: taps.map { ($0, FeatureRecorder()) })
            let visitors = Dictionary(
                uniqueKeysWithValues: taps.map { tap -> (Tap, [any FeatureVisitor]) in
                    let (rows, columns) = tap.shape(samples: x.count, in: encoder.architecture)
                    let source = ConstantGradient(sample.signal(9, samples: rows * columns), columns: columns)
                    return (tap, [source, recorders[tap] ?? FeatureRecorder()])
                })
            let gradient = session.evaluate(x, visitors: visitors)
            return (recorders.mapValues(\.map), gradient)
        }
        let expected = run(WaveEncoder(sample.weights, threads: 1, tileRows: 1_777))
        let result = run(WaveEncoder(sample.weights, threads: threads, tileRows: tileRows))
        // Float32 rounding through eleven blocks, with the factors up to 8 of Winograd's transforms.
        #expect(largestError(result.gradient.doubles, expected.gradient.doubles) < 4e-6)
        for (tap, map) in result.maps {
            #expect(largestError(map.values.doubles, expected.maps[tap]?.values.doubles ?? []) < 4e-6, "\(tap)")
        }
        let again = run(WaveEncoder(sample.weights, threads: threads, tileRows: tileRows))
        #expect(again.gradient == result.gradient, "the same run gave other bytes")
    }

    @Test func aSessionCanBeUsedAgain() {
        let sample = RandomCase(width: 3, layers: 4, samples: 333, seed: 3)
        let encoder = WaveEncoder(sample.weights, threads: 2, tileRows: 16)
        let taps: Set<Tap> = [.relu1(2), .relu2(4)]
        let session = encoder.session(samples: 333, taps: taps, keepsGradient: true)
        func gradient(_ session: EncoderSession, _ x: [Float]) -> [Float] {
            session.evaluate(
                x, visitors: [.relu2(4): [ConstantGradient(sample.signal(5, samples: 999), columns: 3)]])
        }
        _ = gradient(session, sample.signal(1))
        let second = gradient(session, sample.signal(2))
        let fresh = gradient(encoder.session(samples: 333, taps: taps, keepsGradient: true), sample.signal(2))
        #expect(second == fresh)
    }

    /// Blocks behind the taps are poisoned: had they been computed, their NaN would show.
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
        let session = encoder.session(samples: 200, taps: [.relu2(3)], keepsGradient: true)
        let recorder = FeatureRecorder()
        let gradient = session.evaluate(
            sample.signal(0),
            visitors: [.relu2(3): [recorder, ConstantGradient(sample.signal(1, samples: 600), columns: 3)]])
        let expected = ReferenceEncoder(sample.weights).activations(of: sample.signal(0).doubles)[.relu2(3)] ?? []
        #expect(gradient.allSatisfy { $0.isFinite })
        #expect(gradient.contains { $0 != 0 })
        #expect(largestError(recorder.map.values.doubles, expected) < Self.tolerance)
    }

    @Test func memoryIsEstimatedFromWhatIsKept() {
        let encoder = WaveEncoder(RandomCase(width: 8, layers: 10, samples: 10, seed: 1).weights, threads: 1)
        let forward = encoder.memoryNeeded(samples: 10_000, taps: [.relu1(10)], keepsGradient: false)
        let shallow = encoder.memoryNeeded(samples: 10_000, taps: [.relu1(2)], keepsGradient: true)
        let deep = encoder.memoryNeeded(samples: 10_000, taps: [.relu1(10)], keepsGradient: true)
        #expect(forward < shallow && shallow < deep)
        #expect(deep >= 10 * 10_000 * 8 * 4)
    }
}

/// A visitor whose gradient is given, whatever the activations.
final class ConstantGradient: FeatureVisitor, @unchecked Sendable {
    private let values: [Float]
    private let columns: Int

    init(_ values: [Float], columns: Int) {
        self.values = values
        self.columns = columns
    }

    func begin(_ traversal: FeatureTraversal) {}
    func read(_ rows: FeatureRows, from start: Int, slot: Int) {}
    func end() {}
    func endGradient() {}

    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        for index in 0..<rows.count { gradient.start[index] += values[start * columns + index] }
    }
}

/// Every tap of an encoder.
func allTaps(of architecture: EncoderArchitecture) -> [Tap] {
    (1...architecture.layers).flatMap { [.relu1($0), .relu2($0), .residual($0)] } + [.bottleneck, .encoding]
}
