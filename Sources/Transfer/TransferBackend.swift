// SPDX-License-Identifier: Apache-2.0
import Optimizers
import Spectrogram

/// A sound whose style is wanted, with its share among several.
public struct StyleSignal: Sendable {
    /// Mono samples at the backend's rate, at least one.
    public var samples: [Float]
    /// Above 0; only its proportion to the others' counts.
    public var weight: Double

    /// A style.
    public init(_ samples: [Float], weight: Double = 1) {
        self.samples = samples
        self.weight = weight
    }
}

extension [StyleSignal] {
    /// The weights, so that they sum to 1.
    var shares: [Double] {
        let sum = reduce(0) { $0 + $1.weight }
        return map { $0.weight / sum }
    }

    /// All styles at a given length, one over the other.
    func mixed(to count: Int, fit: LengthFit) -> [Float] {
        zip(self, shares).reduce([Float](repeating: 0, count: count)) { mix, style in
            zip(mix, fit.fit(style.0.samples, to: count)).map { $0 + Float(style.1) * $1 }
        }
    }
}

/// Turns sounds and settings into something to minimise: a parametrisation, a network and losses on it.
public protocol TransferBackend: Sendable {
    /// The rate that the backend works at, in hertz.
    var sampleRate: Int { get }
    /// Computes the targets and the start.
    ///
    /// - Parameters:
    ///   - content: mono samples at ``sampleRate``, at least one.
    ///   - styles: at least one.
    /// - Throws: ``Failure`` for settings that the backend cannot satisfy, and when memory would not suffice.
    func objective(content: [Float], styles: [StyleSignal], settings: TransferSettings) throws -> any TransferObjective
    /// How a run on sounds of these lengths would deal with activations.
    ///
    /// - Throws: as ``objective(content:styles:settings:)``.
    func way(content: Int, styles: [Int], settings: TransferSettings) throws -> RunEstimate.Way
    /// What a run would take. A short piece of it is tried to learn how fast this machine is.
    ///
    /// - Throws: as ``objective(content:styles:settings:)``.
    func estimate(content: [Float], styles: [StyleSignal], settings: TransferSettings) throws -> RunEstimate
}

/// An objective whose variables are a sound.
public protocol TransferObjective: Objective {
    /// The sound of x: mono samples at the backend's rate.
    ///
    /// - Parameter listener: told how far the search for phases is, where there is one; false ends it early.
    /// - Throws: what the listener throws.
    func waveform(of x: [Float], listener: (PhaseReconstruction.Progress) throws -> Bool) throws -> [Float]
}
