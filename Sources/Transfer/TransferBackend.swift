// SPDX-License-Identifier: Apache-2.0
import Optimizers

/// Turns two sounds and settings into something to minimise: a parametrisation, a network and losses on it.
public protocol TransferBackend: Sendable {
    /// The rate that the backend works at, in hertz.
    var sampleRate: Int { get }
    /// Computes the targets and the start.
    ///
    /// - Parameters:
    ///   - content: mono samples at ``sampleRate``, at least one.
    ///   - style: the same.
    /// - Throws: ``Failure`` for settings that the backend cannot satisfy, and when memory would not suffice.
    func objective(content: [Float], style: [Float], settings: TransferSettings) throws -> any TransferObjective
    /// What a run would take. A short piece of it is tried to learn how fast this machine is.
    ///
    /// - Throws: as ``objective(content:style:settings:)``.
    func estimate(content: [Float], style: [Float], settings: TransferSettings) throws -> RunEstimate
}

/// An objective whose variables are a sound.
public protocol TransferObjective: Objective {
    /// The sound of x: mono samples at the backend's rate.
    func waveform(of x: [Float]) -> [Float]
}
