// SPDX-License-Identifier: Apache-2.0
import CVectorKernels
import Matrices

/// The spectra of a signal's frames, each `[bins]` and computed on demand: no spectrogram is stored.
///
/// Frame m is centred on sample `m * hop`, as in ``ShortTimeFourierTransform``.
public final class FrameSpectra: Sendable {
    /// How a signal is extended before its first and after its last sample.
    public enum Continuation: Sendable {
        /// By zeros, as in librosa.
        case zeros
        /// By reflection at its first and its last sample, as in `torch.stft`. The signal has more samples than half a transform.
        case reflection
    }

    /// Their transform.
    public let transform: ShortTimeFourierTransform
    /// The number of frames.
    public let frames: Int
    private let signal: [Float]
    private let continuation: Continuation
    private let window: AlignedBuffer<Float>
    private let plans: [FourierTransform]
    /// A frame's samples and its spectrum, for each worker.
    private let frameScratch: [AlignedBuffer<Float>]
    private let spectrumScratch: [AlignedBuffer<Complex>]

    /// - Parameters:
    ///   - signal: `[T]`, at least one sample.
    ///   - workers: the most that ask for spectra at the same time, at least 1.
    public init(
        _ transform: ShortTimeFourierTransform, of signal: [Float], continuedBy continuation: Continuation = .zeros,
        workers: Int = 1
    ) {
        precondition(!signal.isEmpty, "a signal of nothing")
        precondition(
            continuation == .zeros || signal.count > transform.margin, "a signal that is too short to be reflected")
        self.transform = transform
        self.signal = signal
        self.continuation = continuation
        frames = transform.frames(samples: signal.count)
        window = AlignedBuffer(transform.window)
        plans = (0..<max(workers, 1)).map { _ in FourierTransform(size: transform.size) }
        frameScratch = plans.map { _ in AlignedBuffer(count: transform.size) }
        spectrumScratch = plans.map { plan in AlignedBuffer(count: plan.bins) }
    }

    /// Passes a frame's spectrum of `bins` values to `body`, valid during the call.
    ///
    /// - Parameter worker: its number; no two calls run at the same time with the same one.
    public func withSpectrum<Result>(
        _ frame: Int, worker: Int = 0, _ body: (UnsafeMutablePointer<Complex>) -> Result
    ) -> Result {
        withExtendedLifetime(self) {
            let (samples, spectrum) = (frameScratch[worker].unsafePointer, spectrumScratch[worker].unsafePointer)
            cut(frame, into: samples)
            plans[worker].transform(samples, into: spectrum)
            return body(spectrum)
        }
    }

    /// A frame's samples under the window.
    private func cut(_ frame: Int, into samples: UnsafeMutablePointer<Float>) {
        let (size, start) = (transform.size, frame * transform.hop - transform.margin)
        if start >= 0, start + size <= signal.count {
            signal.withUnsafeBufferPointer { signal in
                guard let first = signal.baseAddress else { return }
                vk_multiply(first + start, window.unsafePointer, samples, Int64(size))
            }
        } else {
            for t in 0..<size { samples[t] = sample(start + t) * window.unsafePointer[t] }
        }
    }

    /// The extended signal.
    private func sample(_ index: Int) -> Float {
        if signal.indices.contains(index) { return signal[index] }
        guard continuation == .reflection else { return 0 }
        return signal[index < 0 ? -index : 2 * (signal.count - 1) - index]
    }
}
