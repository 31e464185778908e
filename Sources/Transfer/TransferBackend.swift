// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import Optimizers
import Spectrogram
import WaveEncoder

/// What computes: a network, and what a run on it may take. It turns sounds and settings into something to minimise.
public struct TransferBackend: Sendable {
    /// The rate that the network works at, in hertz.
    public let sampleRate: Int
    private let network: NetworkChoice
    private var memoryLimit: Int?
    private let scratchFolder: String?
    private let cache: TargetCache?

    private enum NetworkChoice {
        case encoder(WaveEncoder)
        case spectra(SpectralNetwork)
    }

    /// Raw waveforms under NSynth's encoder, at ``WaveEncoder/WaveEncoder/sampleRate``. Where settings give a
    /// ``TransferSettings/frameLength``, the encoder sees the frames of a sound one by one.
    ///
    /// - Parameters:
    ///   - memoryLimit: bytes that a run may allocate in addition to what the process has; nil for any number. Activations are
    ///     stored while that fits, and recomputed window by window where it does not.
    ///   - scratchFolder: where the targets of long sounds may lie while a run lasts, if that is faster than recomputing
    ///     them; nil for nowhere.
    ///   - cache: style statistics that are known already, and where new ones go; nil for nowhere.
    public init(
        _ encoder: WaveEncoder, memoryLimit: Int? = nil, scratchFolder: String? = nil,
        cache: TargetCache? = TargetCache()
    ) {
        sampleRate = WaveEncoder.sampleRate
        network = .encoder(encoder)
        (self.memoryLimit, self.scratchFolder, self.cache) = (memoryLimit, scratchFolder, cache)
    }

    /// Log spectrograms under a network over time.
    ///
    /// - Parameters:
    ///   - network: prepared for the settings to come.
    ///   - sampleRate: in hertz.
    ///   - memoryLimit, scratchFolder: as for the encoder.
    public init(
        _ network: SpectralNetwork, sampleRate: Int, memoryLimit: Int? = nil, scratchFolder: String? = nil
    ) {
        self.sampleRate = sampleRate
        self.network = .spectra(network)
        (self.memoryLimit, self.scratchFolder, cache) = (memoryLimit, scratchFolder, nil)
    }

    /// Computes the targets.
    ///
    /// - Parameters:
    ///   - content: mono samples at ``sampleRate``, at least one.
    ///   - styles: at least one.
    /// - Throws: ``Failure`` for settings that the network cannot satisfy, and when memory would not suffice.
    public func objective(
        content: [Float], styles: [StyleSignal], settings: TransferSettings
    ) throws -> any TransferObjective {
        try objective(content: content, styles: styles, settings: settings, strategy: nil)
    }

    /// The same by a given memory strategy; nil for the first that fits.
    func objective(
        content: [Float], styles: [StyleSignal], settings: TransferSettings, strategy: MemoryStrategy?
    ) throws -> any TransferObjective {
        try advising(content, styles, settings) { try $0.objective(strategy) }
    }

    /// The same, without advice where memory does not suffice.
    ///
    /// - Parameter strategy: which must fit; nil for the first that does.
    /// - Throws: also ``MemoryShortage``.
    func fittingObjective(
        content: [Float], styles: [StyleSignal], settings: TransferSettings, strategy: MemoryStrategy?
    ) throws -> any TransferObjective {
        let task = try task(content, styles, settings)
        return try task.objective(task.plan(strategy).strategy)
    }

    /// Bytes that a checkpoint of a run takes, at most.
    ///
    /// - Throws: as ``objective(content:styles:settings:)``.
    public func checkpointBytes(content: [Float], styles: [StyleSignal], settings: TransferSettings) throws -> Int {
        try task(content, styles, settings).checkpointBytes()
    }

    /// Estimates a run. A short piece of it is run to measure this machine's speed.
    ///
    /// - Throws: as ``objective(content:styles:settings:)``.
    public func estimate(
        content: [Float], styles: [StyleSignal], settings: TransferSettings
    ) throws -> RunEstimate {
        do {
            return try task(content, styles, settings).estimate()
        } catch let shortage as MemoryShortage {
            let (parts, smaller) = try parts(content, styles, settings, shortage, sounds: 1)
            let first = Array(content[parts.ranges[0]])
            return try smaller.estimate(content: first, styles: styles, settings: settings)
                .repeated(parts.ranges.count, beside: parts.bytes(sounds: 1))
        }
    }

    /// The memory that a run would take, and by which strategy.
    func plan(content: [Float], styles: [StyleSignal], settings: TransferSettings) throws -> MemoryPlan {
        try advising(content, styles, settings) { try $0.plan(nil) }
    }

    /// The parts of a content that is too long for memory, and the backend that has what memory their sounds leave.
    ///
    /// - Parameter sounds: that are put together, besides the content.
    /// - Throws: ``Failure`` where settings don't allow parts, or none fits.
    func parts(
        _ content: [Float], _ styles: [StyleSignal], _ settings: TransferSettings, _ shortage: MemoryShortage,
        sounds: Int
    ) throws -> (ContentParts, TransferBackend) {
        let smaller = smaller(of: content.count, sounds: sounds)
        // A published system's output is not put together.
        let seconds =
            settings.variable == .waveform && settings.lengthFit == nil
            ? try longest(of: content.count, shortage) { samples in
                let parts = ContentParts(of: content.count, longest: samples, sampleRate: sampleRate)
                return try smaller.fits(Array(content[parts.ranges[0]]), styles, settings)
            } : nil
        guard let seconds else {
            throw try tooLittleMemory(shortage, content, styles, settings)
        }
        return parts(of: content.count, longest: Int(seconds * Double(sampleRate)), sounds: sounds)
    }

    /// The same where the longest part is known, in samples.
    func parts(of samples: Int, longest: Int, sounds: Int) -> (ContentParts, TransferBackend) {
        (
            ContentParts(of: samples, longest: longest, sampleRate: sampleRate),
            smaller(of: samples, sounds: sounds)
        )
    }

    /// With the memory that a content of so many samples leaves, and so many sounds as they are put together.
    private func smaller(of samples: Int, sounds: Int) -> TransferBackend {
        var smaller = self
        let bytes = ContentParts(of: samples, longest: samples, sampleRate: sampleRate).bytes(sounds: sounds)
        // From part to part, freed memory is not all found again: up to 10 MB in twenty parts, and more in larger ones.
        smaller.memoryLimit = memoryLimit.map { max($0 / 20 * 19 - 10_000_000 - bytes, 0) }
        return smaller
    }

    private func fits(_ content: [Float], _ styles: [StyleSignal], _ settings: TransferSettings) throws -> Bool {
        do {
            _ = try task(content, styles, settings).plan(nil)
            return true
        } catch is MemoryShortage {
            return false
        } catch is Failure {
            // So short a sound is of no use.
            return false
        }
    }

    private func longest(
        of samples: Int, _ shortage: MemoryShortage, fits: (_ samples: Int) throws -> Bool
    ) rethrows -> Double? {
        try Failure.secondsThatFit(
            of: samples, sampleRate: sampleRate,
            likely: shortage.needed.map { Double(shortage.allowed) / Double($0) } ?? 0.9, fits: fits)
    }

    /// Turns a shortage of memory into a failure that says what would fit.
    private func advising<Result>(
        _ content: [Float], _ styles: [StyleSignal], _ settings: TransferSettings,
        _ body: (any TransferTask) throws -> Result
    ) throws -> Result {
        do {
            return try body(try task(content, styles, settings))
        } catch let shortage as MemoryShortage {
            throw try tooLittleMemory(shortage, content, styles, settings)
        }
    }

    func tooLittleMemory(
        _ shortage: MemoryShortage, _ content: [Float], _ styles: [StyleSignal], _ settings: TransferSettings
    ) throws -> Failure {
        func fits(_ samples: Int, _ styleSamples: Int) throws -> Bool {
            let shorter = styles.map { StyleSignal(Array($0.samples.prefix(styleSamples)), weight: $0.weight) }
            return try self.fits(Array(content.prefix(samples)), shorter, settings)
        }
        let duration = try longest(of: content.count, shortage) { try fits($0, .max) }
        var shorter = duration.map { "--duration \($0)" }
        if shorter == nil {
            let samples = max(content.count, styles.map(\.samples.count).max() ?? 0)
            let both = try longest(of: samples, shortage) { try fits($0, $0) }
            shorter = both.map { "--duration \($0) --style-duration \($0)" }
        }
        guard let needed = shortage.needed else {
            return Failure(
                .badData, "cannot run", why: "L-BFGS-B cannot deal with as many variables as the sound has",
                remedy: shorter.map { "shorten the sounds (\($0))" })
        }
        return Failure.tooLittleMemory(needed: needed, allowed: shortage.allowed, shorter: shorter)
    }

    /// The network made ready for the sounds, and the variable that settings ask for.
    private func task(
        _ content: [Float], _ styles: [StyleSignal], _ settings: TransferSettings
    ) throws -> any TransferTask {
        try settings.validate()
        let sizes = TransferSizes(
            content: content.count, styles: styles.map(\.samples.count), fit: settings.lengthFit)
        func task<Network: TransferNetwork>(
            _ network: Network, _ variable: @escaping (Network, TransferSounds) -> any TransferVariable
        ) -> any TransferTask {
            NetworkTask(
                network: network, content: content, styles: styles, sizes: sizes, settings: settings,
                memoryLimit: memoryLimit, cache: cache, variable: variable)
        }
        switch network {
        case .encoder(let encoder):
            let threads = encoder.threads
            if let frames = settings.network.frames {
                return task(try FramedEncoderNetwork(encoder, sizes, frames, settings: settings)) {
                    FrameVariable($0.frames, $1, settings: settings, threads: threads)
                }
            }
            return task(
                try WaveEncoderNetwork(encoder, sizes, settings: settings, scratchFolder: scratchFolder)
            ) { _, sounds in
                guard let preconditioner = settings.network.preconditioner else {
                    return CompandedVariable(sounds, settings: settings, threads: threads)
                }
                return WaveformVariable(CompandedView(), preconditioner, sounds, settings: settings, threads: threads)
            }
        case .spectra(let network):
            return task(
                try SpectralTransferNetwork(
                    network, sizes, settings.network.spectral ?? SpectralSettings(), settings: settings,
                    scratchFolder: scratchFolder)
            ) { spectral, sounds in
                if let layout = spectral.layout as? FramePartsLayout {
                    return FramePartsVariable(layout, sounds, settings: settings)
                }
                let spectra = SpectrogramLayout(settings.transform, threads: network.threads)
                guard let preconditioner = settings.network.preconditioner else {
                    return LogSpectrumVariable(
                        spectra, settings.network.logSpectrum ?? LogSpectrumSettings(), sounds, settings: settings)
                }
                return WaveformVariable(
                    LogSpectrumView(spectra, samples: spectral.samples), preconditioner, sounds, settings: settings,
                    threads: network.threads)
            }
        }
    }
}
