// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import TestSupport
import Testing
import WaveEncoder

@testable import Transfer

/// Covariance, histogram and Wasserstein distance on maps that no network made, and in an objective.
@Suite struct StyleStatisticTests {
    /// What NumPy computed in float64, and central differences confirmed (`Tools/reference/style_statistics.py`).
    private struct Reference: Decodable {
        struct Loss: Decodable {
            let value: Double
            let gradient: [Double]
        }

        let columns: Int
        let own: [Float]
        let styles: [[Float]]
        let shares: [Double]
        /// `[K, columns]`.
        let directions: [Float]
        let losses: [String: Loss]

        static func read() throws -> Reference {
            let data = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("statistics/reference.json")))
            return try JSONDecoder().decode(Reference.self, from: data)
        }
    }

    /// A loss by what a statistic finds in some styles.
    private func loss(
        _ comparison: MapComparison, of styles: [FeatureMap], slots: Int
    ) throws -> any FeatureLoss {
        guard case .summaries(let summary, let loss) = comparison else { throw Unexpected() }
        return loss(
            styles.enumerated().map { index, style in
                let visitor = summary(index)
                _ = style.show(to: visitor, slots: slots)
                return visitor
            })
    }

    private struct Unexpected: Error {}

    private func compared(
        _ own: FeatureMap, _ styles: [FeatureMap], shares: [Double], _ statistic: StyleStatistic = .covariance,
        byRows: Bool = false, normalisation: LossNormalisation = .mean
    ) -> ComparedMap {
        func shape(_ map: FeatureMap) -> MapShape {
            MapShape(rows: map.rows, columns: map.columns, inputRows: map.rows)
        }
        return ComparedMap(
            own: shape(own), styles: styles.map(shape), shares: shares, rows: byRows ? (0, 0) : nil, threads: 2,
            seed: 3,
            settings: StyleComparison(statistic, normalisation: normalisation))
    }

    /// Half of the values are 0 and one channel does not vary. Float32's sums leave 1e-6 of a value of 1, and of the largest entry of a
    /// gradient; ranks are those of float64, as no projection lies closer to another.
    @Test(arguments: ["covariance", "histogram", "wasserstein"], [1, 2])
    func valueAndGradientAgreeWithNumPy(_ name: String, _ styleCount: Int) throws {
        let reference = try Reference.read()
        let own = FeatureMap(reference.own, columns: reference.columns)
        let styles = reference.styles.prefix(styleCount).map { FeatureMap($0, columns: reference.columns) }
        let map = compared(own, styles, shares: styleCount == 1 ? [1] : reference.shares)
        let directions = Directions(AlignedBuffer(reference.directions), columns: reference.columns)
        let comparisons =
            switch name {
            case "covariance":
                [
                    map.gramDistance(centred: true),
                    compared(own, styles, shares: map.shares, byRows: true).gramDistance(centred: true),
                ]
            case "histogram": [map.marginals(nil)]
            default: [map.marginals(directions)]
            }
        let expected = try #require(reference.losses[styleCount == 1 ? name : "\(name)_of_two"])
        for (comparison, slots) in comparisons.flatMap({ one in [1, 3].map { (one, $0) } }) {
            let loss = try loss(comparison, of: styles, slots: slots)
            let gradient = own.show(to: loss, slots: slots)
            #expect(abs(loss.value / expected.value - 1) < 1e-6)
            #expect(largestError(gradient.doubles, expected.gradient) < 2e-6)
            loss.weight = 3
            #expect(largestError(own.show(to: loss, slots: slots).doubles, expected.gradient.map { 3 * $0 }) < 2e-6)
        }
    }

    /// What each does not see, and that it sees more than that.
    @Test func whatCountsForNothing() throws {
        let reference = try Reference.read()
        let own = FeatureMap(reference.own, columns: reference.columns)
        let columns = own.columns
        func found(_ statistic: StyleStatistic, _ changed: [Float]) throws -> (value: Double, least: Double) {
            let style = FeatureMap(changed, columns: columns)
            let loss = try loss(
                statistic.comparison(compared(own, [style], shares: [1], statistic)), of: [style], slots: 2)
            _ = own.show(to: loss, slots: 2)
            return (loss.value, loss.resolution)
        }
        func changed(_ value: (_ row: Int, _ column: Int) -> Float) -> [Float] {
            (0..<reference.own.count).map { value($0 / columns, $0 % columns) }
        }
        func entry(_ row: Int, _ column: Int) -> Float { reference.own[row % own.rows * columns + column] }
        let offset = changed { entry($0, $1) + 0.5 }
        let later = changed { entry($0 + 7, $1) }
        let apart = changed { entry($0 + 7 * $1, $1) }
        for (statistic, same, other) in [
            (StyleStatistic.covariance, [reference.own, offset, later], [apart]),
            (.histogram, [reference.own, later, apart], [offset]), (.moments, [reference.own, later, apart], [offset]),
            (.wasserstein, [reference.own, later], [offset, apart]), (.gram, [reference.own, later], [offset, apart]),
        ] {
            for map in same {
                let (value, least) = try found(statistic, map)
                #expect(value <= least, "\(statistic.name)")
            }
            for map in other {
                let (value, least) = try found(statistic, map)
                #expect(value > 1e4 * least && value > 1e-4, "\(statistic.name)")
            }
        }
    }

    /// Means of 10 beside deviations of 0.1: the covariance is the small difference of two matrices.
    @Test func covarianceBesideLargeMeans() throws {
        var generator = SeededGenerator(seed: 4)
        let columns = 12
        func map(_ rows: Int, _ size: Float) -> FeatureMap {
            FeatureMap((0..<rows * columns).map { _ in 10 + size * generator.normal() }, columns: columns)
        }
        let (own, style) = (map(400, 0.1), map(300, 0.2))
        func covariance(_ map: FeatureMap) -> [Double] {
            let values = map.values.doubles
            let means = (0..<columns).map { c in
                (0..<map.rows).reduce(0) { $0 + values[$1 * columns + c] } / Double(map.rows)
            }
            return (0..<columns * columns).map { index in
                (0..<map.rows).reduce(0) {
                    $0 + (values[$1 * columns + index / columns] - means[index / columns])
                        * (values[$1 * columns + index % columns] - means[index % columns])
                } / Double(map.rows)
            }
        }
        let expected = zip(covariance(own), covariance(style)).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 144
        for byRows in [false, true] {
            let loss = try loss(
                compared(own, [style], shares: [1], byRows: byRows).gramDistance(centred: true), of: [style], slots: 3)
            _ = own.show(to: loss)
            // Float32 knows 10 to 1e-6, which is 1e-5 of a deviation.
            #expect(abs(loss.value / expected - 1) < 2e-5)
        }
    }

    /// Unit vectors in all directions: with as many as a space has dimensions, each axis has a share of one on average.
    @Test func directionsHaveNoPreference() {
        let (count, columns) = (512, 16)
        let axes = (0..<columns).flatMap { axis in (0..<columns).map { Float($0 == axis ? 1 : 0) } }
        func values(_ seed: UInt64) -> [Float] {
            let projections = AlignedBuffer<Float>(count: columns * count)
            Directions.random(count, columns: columns, seed: seed).project(
                axes, into: projections.unsafePointer, rows: columns)
            return projections.values
        }
        let one = values(1)
        for direction in 0..<count {
            let length = (0..<columns).reduce(0.0) {
                $0 + Double(one[$1 * count + direction] * one[$1 * count + direction])
            }
            #expect(abs(length - 1) < 1e-6)
        }
        for axis in 0..<columns {
            let own = one[axis * count..<(axis + 1) * count]
            let (mean, square) = (own.reduce(0, +) / Float(count), own.reduce(0) { $0 + $1 * $1 } / Float(count))
            // Deviations of 1 / sqrt(16 * 512) and of sqrt(2) / (16 sqrt(512)): five of them.
            #expect(abs(mean) < 0.055 && abs(square - 1.0 / 16) < 0.02)
        }
        #expect(values(1) == one && values(2) != one)
    }

    /// On an encoder, by both memory strategies: the whole objective's gradient by central differences.
    @Test(
        arguments: [StyleStatistic.moments, .covariance, .histogram, .wasserstein],
        [MemoryStrategy.storeAll, MemoryStrategy(window: 80, targets: .recomputed)])
    func theObjectivesGradient(_ statistic: StyleStatistic, _ strategy: MemoryStrategy) throws {
        let sample = RandomCase(width: 8, layers: 3, samples: 500, seed: 9)
        var settings = try TransferSettings([\.loss: "gram", \.layers: "relu1"])
        settings.statistic = statistic
        settings.alpha = 0
        let objective = try TransferBackend(WaveEncoder(sample.weights, threads: 2, tileRows: 40)).objective(
            content: sample.signal(1), styles: [StyleSignal(sample.signal(2, samples: 700))], settings: settings,
            strategy: strategy)
        let x = sample.signal(5)
        let gradient = try objective.evaluate(x).gradient.doubles
        let length = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        func loss(_ step: Double) throws -> Double {
            try objective.evaluate(zip(x, gradient).map { Float(Double($0) + step * $1 / length) }).losses.total
        }
        let difference = try (loss(1e-2) - loss(-1e-2)) / 2e-2
        // ReLUs on their kinks bend the loss within the step.
        #expect(length > 0 && abs(difference / length - 1) < 0.01)
    }

    /// What one process finds in a style another one reads, bit for bit; what is damaged, and what is of another network, is found anew.
    @Test(arguments: ["gram", "kl", "covariance", "moments", "histogram"])
    func stylesAreSharedThroughAFolder(loss: String) throws {
        let sample = RandomCase(width: 8, layers: 3, samples: 500, seed: 9)
        let folder = try TemporaryFolder()
        func losses(_ cache: TargetCache?, style seed: UInt64 = 2) throws -> [Double] {
            let settings = try TransferSettings([\.loss: .text(loss), \.layers: "relu1,residual"])
            let objective = try TransferBackend(WaveEncoder(sample.weights, threads: 2), cache: cache).objective(
                content: sample.signal(1), styles: [StyleSignal(sample.signal(seed))], settings: settings)
            return try objective.evaluate(objective.start).losses.terms.map(\.value)
        }
        let alone = try losses(nil)
        let isStored = loss != "histogram"
        #expect(try losses(TargetCache(folder: folder.path, network: "one")) == alone)
        #expect(folder.contents.count == (isStored ? 1 : 0))
        #expect(try losses(TargetCache(folder: folder.path, network: "one")) == alone)
        #expect(try losses(TargetCache(folder: folder.path, network: "one"), style: 3) != alone)
        #expect(folder.contents.count == (isStored ? 2 : 0))
        guard isStored else { return }
        // Another style under this one's name: it is read, and not computed.
        let (one, other) = (folder.file(folder.contents.sorted()[0]), folder.file(folder.contents.sorted()[1]))
        let (first, second) = (
            try Data(contentsOf: URL(fileURLWithPath: one)), try Data(contentsOf: URL(fileURLWithPath: other))
        )
        try second.write(to: URL(fileURLWithPath: one))
        try first.write(to: URL(fileURLWithPath: other))
        #expect(try losses(TargetCache(folder: folder.path, network: "one")) != alone)
        #expect(try losses(TargetCache(folder: folder.path, network: "other")) == alone)
        for path in [one, other] {
            try first.prefix(first.count - 70).write(to: URL(fileURLWithPath: path))
        }
        #expect(try losses(TargetCache(folder: folder.path, network: "one")) == alone)
    }

    /// Directions are the seed's. A cache of styles keeps nothing of them, nor of ranks: both are as large as the maps.
    @Test func directionsAreTheSeeds() throws {
        let sample = RandomCase(width: 8, layers: 3, samples: 500, seed: 9)
        let cache = TargetCache()
        func losses(_ seed: UInt64, _ cache: TargetCache?) throws -> Double {
            var settings = try TransferSettings([\.loss: "wasserstein", \.layers: "relu1"])
            settings.seed = seed
            let objective = try TransferBackend(WaveEncoder(sample.weights, threads: 2), cache: cache).objective(
                content: sample.signal(1), styles: [StyleSignal(sample.signal(2))], settings: settings)
            return try objective.evaluate(objective.start).losses.total
        }
        let plain = try [losses(1, nil), losses(2, nil)]
        #expect(try [losses(1, cache), losses(2, cache)] == plain && plain[0] != plain[1])
        #expect(try losses(1, cache) == plain[0])
        func found(_ statistic: StyleStatistic) throws -> Bool {
            var (isFound, settings) = (true, try TransferSettings([\.loss: "gram", \.layers: "relu1"]))
            settings.statistic = statistic
            let key = TargetCache.Key(
                input: [1], points: [], comparison: try #require(settings.style?.comparison), strategy: .storeAll)
            for _ in 0..<2 {
                isFound = true
                _ = TargetCache.found(in: cache, key) {
                    [statistic == .gram ? GramMatrix() : MarginalQuantiles(nil, threads: 1)]
                } show: { _ in
                    isFound = false
                }
            }
            return isFound
        }
        #expect(try found(.gram) && !found(.histogram))
    }
}
