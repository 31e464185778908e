// SPDX-License-Identifier: Apache-2.0
import Matrices
import MuLaw
import Spectrogram

/// Frames of the companded waveform, `[frames, length]` without bounds (P. K. Mital: Time Domain Neural Audio Style Transfer, 2017).
final class FrameVariable: TransferVariable {
    let bounds: ClosedRange<Float>? = nil
    private let frames: HannFrames
    private let sounds: TransferSounds
    private let settings: TransferSettings
    private let threads: Int
    private let memory: MemoryLedger.Entry?

    init(_ frames: HannFrames, _ sounds: TransferSounds, settings: TransferSettings, threads: Int) {
        (self.frames, self.sounds, self.settings, self.threads) = (frames, sounds, settings, threads)
        memory = settings.noteStart(samples: frames.samples)
    }

    var dimension: Int { frames.dimension }

    /// `noise` is standard normal.
    var start: [Float] {
        settings.start.values(
            Start(
                count: dimension,
                content: {
                    [frames, sounds, settings, threads] in
                    MuLaw.companded(
                        frames.cut(
                            settings.startingContent(sounds.content, styles: sounds.styles, threads: threads)))
                },
                style: { [sounds, dimension] in sounds.mixedStyleInput(count: dimension, fit: .trim) },
                drawn: { $0 * $1.normal() }, added: { $0.uniform() }),
            noise: settings.startNoise, seed: settings.seed)
    }

    func point(at x: [Float]) -> VariablePoint { VariablePoint(input: x, waveform: nil) }

    func gradient(_ gradient: [Float], at point: VariablePoint, adding losses: [any WaveformLoss]) -> [Float] {
        precondition(losses.isEmpty, "frames are no waveform")
        return gradient
    }

    /// Frames scaled so that the largest value is 1, expanded one by one, added up, and limited. Values below -1 are raised to
    /// it: where the largest is tiny relative to them, mu-law's inverse would overflow.
    func sound(of x: [Float], listener: (PhaseReconstruction.Progress) throws -> Bool) -> [Float] {
        let largest = x.max() ?? 0
        // Without a value above 0 there is nothing to scale by.
        let scaled = x.map { max(largest > 0 ? $0 / largest : $0, -1) }
        return Limiter().limited(frames.added(MuLaw.expand(scaled)))
    }
}

/// Frames of the linear waveform, `[frames, length]` without bounds, whose parts the network sees: ``FrameParts``.
final class FramePartsVariable: TransferVariable {
    let bounds: ClosedRange<Float>? = nil
    private let layout: FramePartsLayout
    private let frames: HannFrames
    private let sounds: TransferSounds
    private let settings: TransferSettings
    private let memory: MemoryLedger.Entry?

    init(_ layout: FramePartsLayout, _ sounds: TransferSounds, settings: TransferSettings) {
        (self.layout, self.sounds, self.settings) = (layout, sounds, settings)
        frames = layout.frames(of: sounds.content.count)
        memory = settings.noteStart(samples: frames.samples)
    }

    var dimension: Int { frames.dimension }

    /// `noise` is nothing but the normal noise that is added.
    var start: [Float] {
        settings.start.values(
            Start(
                count: dimension,
                content: {
                    [frames, sounds, settings, layout] in
                    frames.cut(
                        settings.startingContent(
                            sounds.content, styles: sounds.styles, threads: layout.parts.threads))
                },
                style: { [frames, sounds] in frames.cut(sounds.styles.mixed(to: frames.samples, fit: .loop)) },
                drawn: { $0 * $1.normal() }, added: { $0.normal() }, isSilent: true),
            // Another sequence than the network's.
            noise: settings.startNoise, seed: settings.seed ^ 0x5354_4152)
    }

    func point(at x: [Float]) -> VariablePoint { VariablePoint(input: layout.parts.parts(of: x), waveform: nil) }

    func gradient(_ gradient: [Float], at point: VariablePoint, adding losses: [any WaveformLoss]) -> [Float] {
        precondition(losses.isEmpty, "frames are no waveform")
        return layout.parts.gradient(gradient, at: point.input)
    }

    /// Frames added up, and limited.
    func sound(of x: [Float], listener: (PhaseReconstruction.Progress) throws -> Bool) -> [Float] {
        Limiter().limited(frames.added(x))
    }
}
