// SPDX-License-Identifier: Apache-2.0
import CVectorKernels
import Matrices

/// A signal of a fixed length and its frames, with all the memory that analysis and synthesis need: for iterative methods.
/// Frames are processed in parallel; results do not depend on the number of threads.
public final class FramedSignal: Sendable {
    /// How frames are combined.
    public enum Synthesis: Sendable {
        /// Each under the window again, divided by the sum of the squared windows: LSEE-MSTFTM.
        case leastSquares
        /// Without a second window, divided by the sum of the windows: OA-MSTFTM.
        case overlapAdd
        /// Each under the window again, without division: the transpose of ``FramedSignal/analyse(_:)``, for spectra
        /// whose values between the first and the last count half.
        case transpose
    }

    /// Its transform.
    public let transform: ShortTimeFourierTransform
    /// T.
    public let samples: Int
    /// The number of frames.
    public let frames: Int
    private let workers: Workers
    private let plans: [FourierTransform]
    /// A frame's samples and its spectrum, for each worker.
    private let frameScratch: [AlignedBuffer<Float>]
    private let spectrumScratch: [AlignedBuffer<Complex>]
    private let window: AlignedBuffer<Float>
    /// A frame's factors before it is added: the window or 1, divided by n for the inverse transform.
    private let synthesisWindow: AlignedBuffer<Float>
    /// The signal with `margin` zeros on either side.
    private let padded: AlignedBuffer<Float>
    /// The sums' factors, for each sample of `padded`.
    private let normalisation: AlignedBuffer<Float>
    /// Sums over the frames of each piece.
    private let parts: [AlignedBuffer<Float>]

    /// Frames that are added up by one thread at a time.
    private static let framesOfPiece = 16

    /// - Parameters:
    ///   - samples: at least one.
    ///   - threads: at least one.
    public init(
        _ transform: ShortTimeFourierTransform, samples: Int, synthesis: Synthesis = .leastSquares, threads: Int
    ) {
        precondition(samples >= 1, "a signal of nothing")
        self.transform = transform
        self.samples = samples
        frames = transform.frames(samples: samples)
        workers = Workers(count: threads)
        let (size, hop) = (transform.size, transform.hop)
        plans = (0..<workers.count).map { _ in FourierTransform(size: size) }
        frameScratch = plans.map { _ in AlignedBuffer(count: size) }
        spectrumScratch = plans.map { plan in AlignedBuffer(count: plan.bins) }
        window = AlignedBuffer(transform.window)
        let weights = synthesis == .overlapAdd ? [Float](repeating: 1, count: size) : transform.window
        let scale = synthesis == .transpose ? 1 : 1 / Float(size)
        synthesisWindow = AlignedBuffer(weights.map { $0 * scale })
        padded = AlignedBuffer(count: samples + 2 * transform.margin)
        normalisation = Self.normalisation(
            transform, weights: synthesis == .transpose ? nil : weights, frames: frames, samples: samples)
        let frames = frames
        parts = stride(from: 0, to: frames, by: Self.framesOfPiece).map { first in
            let count = min(Self.framesOfPiece, frames - first)
            return AlignedBuffer(count: (count - 1) * hop + size)
        }
    }

    /// One over the sum of the frames' windows times their weights, or 1 where there are none; 0 outside the signal, and where
    /// no window reaches.
    private static func normalisation(
        _ transform: ShortTimeFourierTransform, weights: [Float]?, frames: Int, samples: Int
    ) -> AlignedBuffer<Float> {
        let result = AlignedBuffer<Float>(count: samples + 2 * transform.margin)
        guard !MemoryLedger.isPlanning else { return result }
        guard let weights else {
            (result.unsafePointer + transform.margin).update(repeating: 1, count: samples)
            return result
        }
        let covered = (frames - 1) * transform.hop + transform.size
        var sums = [Double](repeating: 0, count: max(result.count, covered))
        for frame in 0..<frames {
            for t in 0..<transform.size {
                sums[frame * transform.hop + t] += Double(transform.window[t] * weights[t])
            }
        }
        for t in transform.margin..<transform.margin + samples where sums[t] > Double(Float.leastNormalMagnitude) {
            result.unsafePointer[t] = Float(1 / sums[t])
        }
        return result
    }

    /// The samples.
    public var signal: [Float] {
        Array(UnsafeBufferPointer(start: padded.unsafePointer + transform.margin, count: samples))
    }

    /// Replaces the samples.
    public func set(_ signal: [Float]) {
        precondition(signal.count == samples, "a signal of another length")
        signal.withUnsafeBufferPointer { source in
            if let base = source.baseAddress {
                (padded.unsafePointer + transform.margin).update(from: base, count: samples)
            }
        }
    }

    /// Passes each frame's spectrum to `body`, valid during the call, from several threads.
    ///
    /// - Parameter body: frame, spectrum of `bins` values, and the worker's number.
    public func analyse(_ body: @Sendable (_ frame: Int, UnsafeMutablePointer<Complex>, _ worker: Int) -> Void) {
        workers.run(pieces: parts.count) { piece, worker in
            let spectrum = spectrumScratch[worker].unsafePointer
            for frame in self.frames(of: piece) {
                vk_multiply(
                    padded.unsafePointer + frame * transform.hop, window.unsafePointer,
                    frameScratch[worker].unsafePointer,
                    Int64(transform.size))
                plans[worker].transform(frameScratch[worker].unsafePointer, into: spectrum)
                body(frame, spectrum, worker)
            }
        }
    }

    /// Computes the signal from each frame's spectrum.
    ///
    /// - Parameter body: fills in `bins` values; called from several threads.
    public func synthesise(_ body: @Sendable (_ frame: Int, UnsafeMutablePointer<Complex>, _ worker: Int) -> Void) {
        let (size, hop) = (transform.size, transform.hop)
        workers.run(pieces: parts.count) { piece, worker in
            let (spectrum, samples) = (spectrumScratch[worker].unsafePointer, frameScratch[worker].unsafePointer)
            let sums = parts[piece]
            sums.unsafePointer.update(repeating: 0, count: sums.count)
            for (index, frame) in self.frames(of: piece).enumerated() {
                body(frame, spectrum, worker)
                plans[worker].inverseTransform(spectrum, into: samples)
                vk_multiply_add(samples, synthesisWindow.unsafePointer, sums.unsafePointer + index * hop, Int64(size))
            }
        }
        // Each piece owns the samples from its first frame's start to the next piece's; the last one, all that follow.
        let stride = Self.framesOfPiece * hop
        workers.run(pieces: parts.count) { piece, _ in
            let first = piece * stride
            let end = piece == parts.count - 1 ? padded.count : min(first + stride, padded.count)
            guard first < end else { return }
            (padded.unsafePointer + first).update(repeating: 0, count: end - first)
            for earlier in (0...piece).reversed() {
                let offset = (piece - earlier) * stride
                let count = min(parts[earlier].count - offset, end - first)
                guard count > 0 else { break }
                vk_add(parts[earlier].unsafePointer + offset, padded.unsafePointer + first, Int64(count))
            }
            vk_scale(normalisation.unsafePointer + first, padded.unsafePointer + first, Int64(end - first))
        }
    }

    private func frames(of piece: Int) -> Range<Int> {
        let first = piece * Self.framesOfPiece
        return first..<min(first + Self.framesOfPiece, frames)
    }
}
