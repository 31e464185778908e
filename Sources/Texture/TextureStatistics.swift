// SPDX-License-Identifier: Apache-2.0

/// A kind of statistics of a sound texture (McDermott and Simoncelli: Sound Texture Perception via Statistics of the Auditory Periphery, Neuron
/// 71, 2011), of the compressed envelopes e of 32 cochlear bands.
public enum TextureClass: String, CaseIterable, Sendable {
    /// Of each envelope, m; 32.
    case mean
    /// `variance / m^2`; 32.
    case variation
    /// `mean (e - m)^3 / variance^(3/2)`; 32.
    case skewness
    /// `mean (e - m)^4 / variance^2`; 32.
    case kurtosis
    /// Pearson's r of the envelopes of bands that are 1, 2, 3, 5, 8, 11, 16 and 21 apart; 189, by distance.
    case correlation
    /// The power in each of 20 modulation bands over the envelope's variance; 32 times 20.
    case modulationPower = "modulation-power"
    /// C1: Pearson's r of the modulations in one octave, 3.125 to 100 Hz, of cochlear bands that are 1 and 2 apart; 6 times 61.
    case octaveCorrelation = "octave-correlation"
    /// C2: the correlation of the modulations in adjacent octaves of one band, the slower one's phase doubled: with the real and with the
    /// imaginary part of the faster one; 32 times 6 times 2.
    case phaseCorrelation = "phase-correlation"
    /// The variance of the band itself; 32.
    case subbandVariance = "subband-variance"

    /// Its statistics.
    public var count: Int {
        switch self {
        case .mean, .variation, .skewness, .kurtosis, .subbandVariance: CochlearBank.count
        case .correlation: BandPairs.envelopes.count
        case .modulationPower: CochlearBank.count * ModulationBanks.powerBands
        case .octaveCorrelation: (ModulationBanks.octaveBands - 1) * BandPairs.octaves.count
        case .phaseCorrelation: CochlearBank.count * (ModulationBanks.octaveBands - 1) * 2
        }
    }
}

/// The statistics of a sound, or derivatives with respect to them. One that needs slower modulations than the sound can have is NaN.
public struct TextureStatistics: Sendable {
    private var values: [[Double]]

    /// All 0.
    init() { values = TextureClass.allCases.map { [Double](repeating: 0, count: $0.count) } }

    /// Those of a class.
    public internal(set) subscript(kind: TextureClass) -> [Double] {
        get { values[kind.index] }
        set { values[kind.index] = newValue }
    }

    /// The mean of some by shares that sum to 1, at least one.
    public static func mean(_ parts: [(statistics: TextureStatistics, share: Double)]) -> TextureStatistics {
        var mean = TextureStatistics()
        for kind in TextureClass.allCases {
            for (statistics, share) in parts {
                for (index, value) in statistics[kind].enumerated() { mean.values[kind.index][index] += share * value }
            }
        }
        return mean
    }
}

extension TextureClass {
    fileprivate var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Pairs of bands at given distances: the lower one of each, distance by distance.
struct BandPairs: Sendable {
    static let envelopes = BandPairs(distances: [1, 2, 3, 5, 8, 11, 16, 21])
    static let octaves = BandPairs(distances: [1, 2])

    /// With the place of a distance's first pair.
    private let distances: [(distance: Int, first: Int)]
    let count: Int

    init(distances: [Int]) {
        var (places, count) = ([(Int, Int)](), 0)
        for distance in distances {
            places.append((distance, count))
            count += CochlearBank.count - distance
        }
        (self.distances, self.count) = (places, count)
    }

    /// Pairs of which a band is the lower one.
    func forEachUpper(of band: Int, _ body: (_ pair: Int, _ partner: Int) -> Void) {
        for (distance, first) in distances where band + distance < CochlearBank.count {
            body(first + band, band + distance)
        }
    }

    /// All pairs that a band is in.
    func forEachPartner(of band: Int, _ body: (_ pair: Int, _ partner: Int) -> Void) {
        forEachUpper(of: band, body)
        for (distance, first) in distances where band >= distance { body(first + band - distance, band - distance) }
    }
}
