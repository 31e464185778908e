// SPDX-License-Identifier: Apache-2.0
import Matrices
import TestSupport
import Testing

@testable import WaveEncoder

@Suite struct TimeTilesTests {
    @Test(arguments: [1, 7, 32, 33, 1_000, 4_099], [1, 2, 8, 16, 64, 512])
    func everyRowIsInOneTileAndOneSlot(_ rows: Int, _ dilation: Int) {
        for (tileRows, first) in [(32, 0), (96, 8), (512, 16), (512, 4_096)] {
            for slots in [1, 3, 16] {
                let tiles = TimeTiles(rows: first..<first + rows, tileRows: tileRows, slots: slots)
                let all = (0..<tiles.slots).flatMap { tiles.tiles(inSlot: $0, dilation: dilation) }
                let strips = all.flatMap(\.strips)
                #expect(strips.flatMap(\.range).sorted() == Array(first..<first + rows))
                #expect(all.allSatisfy { $0.rows <= tiles.tileRows })
                // Bits of a strip start on a byte, whatever the width.
                #expect(strips.allSatisfy { $0.range.lowerBound % 8 == 0 })
                #expect(all.allSatisfy { tile in tile.strips.allSatisfy { $0.place + $0.range.count <= tile.rows } })
            }
        }
    }

    /// Each of a tile's rows stands where the convolution puts it: group g of period p, output j.
    @Test(arguments: [1, 4, 64])
    func placesFollowTheGroups(_ dilation: Int) {
        let tiles = TimeTiles(rows: 0..<1_000, tileRows: 64, slots: 1)
        for tile in tiles.tiles(inSlot: 0, dilation: dilation) {
            var rowAt: [Int: Int] = [:]
            for strip in tile.strips {
                for (offset, row) in strip.range.enumerated() { rowAt[strip.place + offset] = row }
            }
            for period in 0..<tile.periods {
                for output in 0..<4 {
                    for group in 0..<tile.run {
                        let row = tile.start + (4 * period + output) * dilation + group
                        let place = (4 * period + output) * tile.run + group
                        #expect(rowAt[place] == (row < 1_000 ? row : nil))
                    }
                }
            }
        }
    }
}

@Suite struct DilatedConvolutionTests {
    /// Against the definition in float64. Winograd's factors cost some bits: 1e-6 of the largest output.
    @Test(arguments: [(1, 1, 3), (5, 2, 1), (100, 16, 8), (333, 64, 5), (1_100, 256, 32)], KernelLevel.available)
    func agreesWithItsDefinition(_ size: (rows: Int, dilation: Int, width: Int), _ kernels: KernelLevel) {
        let (rows, dilation, width) = size
        var generator = SeededGenerator(seed: 8)
        let taps = (0..<3).map { _ in (0..<width * width).map { _ in generator.uniform() } }
        let (before, after) = DilatedConvolution.margins(dilation: dilation)
        let x = RowWindow<Float>(rows, columns: width, before: before, after: after)
        for index in 0..<rows * width { x.unsafePointer(row: 0)[index] = generator.uniform() }
        let expected = (0..<rows * width).map { index -> Double in
            let (t, output) = index.quotientAndRemainder(dividingBy: width)
            return (0..<3).reduce(0) { sum, k in
                let source = t + (k - 1) * dilation
                guard (0..<rows).contains(source) else { return sum }
                return (0..<width).reduce(sum) {
                    $0 + Double(x.unsafePointer(row: source)[$1]) * Double(taps[k][$1 * width + output])
                }
            }
        }
        let convolution = DilatedConvolution(taps, width: width, kernels: kernels)
        let tiles = TimeTiles(rows: 0..<rows, tileRows: 96, slots: 2)
        let scratch = DilatedConvolution.Scratch(rows: tiles.tileRows, width: width)
        let y = AlignedBuffer<Float>(count: tiles.tileRows * width)
        var result = [Double](repeating: .nan, count: rows * width)
        for slot in 0..<tiles.slots {
            for tile in tiles.tiles(inSlot: slot, dilation: dilation) {
                convolution.apply(to: x, tile, into: y.unsafePointer, scratch: scratch)
                for strip in tile.strips {
                    for offset in 0..<strip.range.count * width {
                        result[strip.range.lowerBound * width + offset] = Double(
                            y.unsafePointer[strip.place * width + offset])
                    }
                }
            }
        }
        #expect(largestError(result, expected) < 2e-6)
    }
}
