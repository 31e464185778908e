// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Spectrogram
import Synchronization
import Texture

/// A sound and its features, each computed when it is first used, and once. Spectrograms are not stored: a second takes 32 kB
/// of mel bands at most.
final class AnalysedSound: Sendable {
    /// `[T]` at ``Evaluation/sampleRate``, at the loudness at which sounds are compared.
    let samples: [Float]
    /// By ``Clipping``, of the original sound.
    let clipping: Double?
    /// At least 1.
    let threads: Int
    private static let melBands = MelFilterbank(
        bands: 64, size: PowerSpectra.transform.size, sampleRate: Double(Evaluation.sampleRate), normalisation: .area)
    private let keptMel = Kept<RealMatrix>()
    private let keptOnsets = Kept<[Double]>()
    private let keptFeatures = Kept<JudgedFeatures?>()
    private let keptTexture = Kept<TextureStatistics?>()
    private let keptFlatness = Kept<Double?>()
    private let keptPitchTrack = Kept<PitchTrack>()
    private let keptProfile = Kept<[Double]?>()
    /// The last beginning that was requested.
    private let shorter = Mutex<AnalysedSound?>(nil)

    /// - Parameter threads: at least 1.
    init(_ samples: [Float], clipping: Double?, threads: Int) {
        self.samples = samples
        self.clipping = clipping
        self.threads = threads
    }

    /// A sound brought to ``Loudness/target``. If samples are not finite nothing is defined, as without samples.
    convenience init(matching sound: [Float], threads: Int) {
        let finite = sound.allSatisfy(\.isFinite) ? sound : []
        self.init(
            Loudness.matched(finite, sampleRate: Evaluation.sampleRate), clipping: Clipping.share(of: [finite]),
            threads: threads)
    }

    /// The first samples: the sound itself if it has no more.
    func beginning(_ count: Int) -> AnalysedSound {
        guard count < samples.count else { return self }
        return shorter.withLock { kept in
            if let kept, kept.samples.count == count { return kept }
            let cut = AnalysedSound(Array(samples.prefix(count)), clipping: clipping, threads: threads)
            kept = cut
            return cut
        }
    }

    /// 64 mel bands up to 8 kHz over ``PowerSpectra``, `[frames, 64]`.
    var mel: RealMatrix {
        keptMel.value {
            let frames = PowerSpectra.map(samples, threads: threads) { Self.melBands.apply(to: $0) }
            return RealMatrix(rows: frames.count, columns: Self.melBands.bands.count, values: Array(frames.joined()))
        }
    }

    /// `log max(mel, 1e-6)`, see ``PowerSpectra/floor``.
    var logMel: RealMatrix { mel.mapValues { log(max($0, PowerSpectra.floor)) } }

    /// ``OnsetStrength``, `[frames]`.
    var onsets: [Double] { keptOnsets.value { OnsetStrength.of(mel) } }

    /// Of ``JudgeNetwork``; nil where the sound is too short for one.
    var features: JudgedFeatures? { keptFeatures.value { JudgedFeatures(of: samples, threads: threads) } }

    /// By `Texture`; nil without samples.
    var texture: TextureStatistics? {
        keptTexture.value {
            guard !samples.isEmpty else { return nil }
            let model = TextureModel(
                samples: samples.count, sampleRate: Evaluation.sampleRate, threads: threads, gradient: false)
            return model.statistics(of: samples.map(Double.init))
        }
    }

    /// By ``Flatness``; nil for silence.
    var flatness: Double? { keptFlatness.value { Flatness.of(self) } }

    /// By ``PitchTracker``.
    var pitchTrack: PitchTrack {
        keptPitchTrack.value {
            // A sound shorter than a frame has no pitch: the zeros around it would make one up.
            samples.count < PitchTracker.frameLength
                ? PitchTrack(f0: [], voiced: []) : PitchTracker().track(samples, threads: threads)
        }
    }

    /// By ``PitchClassEnergy``: 12 shares; nil for silence.
    var pitchClassProfile: [Double]? {
        keptProfile.value { PitchClassEnergy().profile(of: samples, threads: threads) }
    }

    /// By ``Harmonicity``, in decibels; nil for silence.
    var harmonicity: Double? { Harmonicity().ratio(of: samples, threads: threads) }
}

/// A value that is computed once, whichever threads ask for it.
private final class Kept<Value: Sendable>: Sendable {
    private let storage = Mutex<Value?>(nil)

    func value(_ make: () -> Value) -> Value {
        storage.withLock { stored in
            if let stored { return stored }
            let made = make()
            stored = made
            return made
        }
    }
}
