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
    private let memoryLimit: Int?
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
        try task(content, styles, settings).objective(strategy)
    }

    /// Estimates a run. A short piece of it is run to measure this machine's speed.
    ///
    /// - Throws: as ``objective(content:styles:settings:)``.
    public func estimate(
        content: [Float], styles: [StyleSignal], settings: TransferSettings
    ) throws -> RunEstimate {
        try task(content, styles, settings).estimate()
    }

    /// The memory that a run would take, and by which strategy.
    func plan(content: [Float], styles: [StyleSignal], settings: TransferSettings) throws -> MemoryPlan {
        try task(content, styles, settings).plan()
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
                guard let preconditioner = settings.network.preconditioner else {
                    return LogSpectrumVariable(
                        spectral.spectra, settings.network.logSpectrum ?? LogSpectrumSettings(), sounds,
                        settings: settings)
                }
                return WaveformVariable(
                    LogSpectrumView(spectral.spectra, samples: spectral.samples), preconditioner, sounds,
                    settings: settings, threads: network.threads)
            }
        }
    }
}
