// SPDX-License-Identifier: Apache-2.0
import Spectrogram

/// What the optimiser moves: how it becomes a network's input, a waveform and in the end a sound, and how gradients come back.
///
/// One call at a time.
protocol TransferVariable: AnyObject {
    /// The number of values in x.
    var dimension: Int { get }
    /// What each value must stay in; nil for any.
    var bounds: ClosedRange<Float>? { get }
    /// The first x; found when it is asked for.
    var start: [Float] { get }
    /// By how much longer than in a trial an optimiser's own step takes, where bounds are met often.
    var stepFactor: Double { get }

    /// What x is for networks and losses.
    func point(at x: [Float]) -> VariablePoint
    /// The gradient on x.
    ///
    /// - Parameters:
    ///   - gradient: on the network's input, at the point last asked for.
    ///   - losses: on the waveform, evaluated here.
    func gradient(_ gradient: [Float], at point: VariablePoint, adding losses: [any WaveformLoss]) -> [Float]
    /// The sound of x.
    ///
    /// - Parameter listener: told how far phase estimation is, where there is one; false ends it early.
    /// - Throws: what the listener throws.
    func sound(of x: [Float], listener: (PhaseReconstruction.Progress) throws -> Bool) throws -> [Float]
    /// Seconds that ``sound(of:listener:)`` takes, tried.
    func synthesisSeconds(of x: [Float]) throws -> Double
}

extension TransferVariable {
    var stepFactor: Double { 1 }
    func synthesisSeconds(of x: [Float]) throws -> Double { try seconds { _ = try sound(of: x) { _ in true } } }
}

/// A value of the variable, as networks and losses see it.
struct VariablePoint {
    /// The network's input.
    let input: [Float]
    /// The linear waveform, `[T]`, where the variable is one.
    let waveform: [Float]?
}
