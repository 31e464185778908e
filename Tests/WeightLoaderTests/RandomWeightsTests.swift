// SPDX-License-Identifier: Apache-2.0
import HDF5
import Testing
import TestSupport
import WaveEncoder
import WeightLoader

/// Random weights must keep all blocks alive on real sounds, or there is no style to transfer.
@Suite struct RandomWeightsTests {
    /// Speech and a flute, 1,024 companded samples each.
    private static func sound(_ name: String) throws -> [Float] {
        try HDF5File(readingFrom: Fixtures.path("nsynth-tiny/golden.h5")).readFloats("\(name)_companded").values
    }

    @Test(arguments: [8, 32, 128], ["content", "style"])
    func activationsNeitherDieNorExplode(width: Int, sound: String) throws {
        let architecture = EncoderArchitecture(width: width, layers: 30)
        let weights = EncoderWeights.random(architecture: architecture, seed: 1)
        let maps = plainRelu1(of: try Self.sound(sound), weights)
        let rms = maps.map { map in (map.joined().reduce(0) { $0 + $1 * $1 } / Float(map.count * width)).squareRoot() }
        #expect(rms.allSatisfy { (0.2...5).contains($0) }, "\(rms)")
        let dead = maps.map { map in (0..<width).filter { c in map.allSatisfy { $0[c] == 0 } }.count }
        #expect(dead.allSatisfy { 10 * $0 < width }, "\(dead)")
    }

    @Test func silenceHasActivations() {
        let weights = EncoderWeights.random(architecture: .init(width: 32, layers: 10), seed: 1)
        let last = plainRelu1(of: [Float](repeating: 0, count: 64), weights).last ?? []
        #expect(last.contains { $0.contains { $0 > 0 } })
    }

    @Test func seedDecidesEverything() {
        let architecture = EncoderArchitecture(width: 8, layers: 3)
        let first = EncoderWeights.random(architecture: architecture, seed: 7)
        #expect(first == EncoderWeights.random(architecture: architecture, seed: 7))
        #expect(first.checksum != EncoderWeights.random(architecture: architecture, seed: 8).checksum)
    }
}

/// relu1 of every block, `[block][t][channel]`, by the definition alone: no outside code, no speed.
private func plainRelu1(of x: [Float], _ weights: EncoderWeights) -> [[[Float]]] {
    let architecture = weights.architecture
    let width = architecture.width
    func convolve(_ input: [[Float]], _ kernel: [Float], _ bias: [Float], points: Int, dilation: Int) -> [[Float]] {
        input.indices.map { t in
            var sum = bias
            for point in 0..<points {
                let source = t + (point - points / 2) * dilation
                guard input.indices.contains(source) else { continue }
                for (i, value) in input[source].enumerated() where value != 0 {
                    let row = (point * input[source].count + i) * width
                    for o in 0..<width { sum[o] += value * kernel[row + o] }
                }
            }
            return sum
        }
    }
    func relu(_ map: [[Float]]) -> [[Float]] { map.map { $0.map { max($0, 0) } } }

    var stream = convolve(x.map { [$0] }, weights.startKernel, weights.startBias, points: 3, dilation: 1)
    return weights.blocks.enumerated().map { index, block in
        let first = relu(stream)
        let dilation = architecture.dilation(ofBlock: index + 1)
        let second = relu(convolve(first, block.dilatedKernel, block.dilatedBias, points: 3, dilation: dilation))
        let residual = convolve(second, block.residualKernel, block.residualBias, points: 1, dilation: 1)
        stream = zip(stream, residual).map { zip($0, $1).map { $0 + $1 } }
        return first
    }
}
