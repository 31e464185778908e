// SPDX-License-Identifier: Apache-2.0
import Foundation
import Matrices
import Spectrogram
import Synchronization

/// A sound and what is computed of it, each when it is first asked for, and once.
final class AnalysedSound: Sendable {
    /// `[T]` at ``Evaluation/sampleRate``, as it came.
    let original: [Float]
    /// `[T]`, at the loudness at which sounds are compared.
    let samples: [Float]
    private let threads: Int
    private let keptPower = Kept<FeatureMap>()
    private let keptMel = Kept<RealMatrix>()
    private let keptLogMel = Kept<RealMatrix>()
    private let keptOnsets = Kept<[Double]>()
    private let keptFeatures = Kept<RealMatrix?>()
    private let keptPitchTrack = Kept<PitchTrack>()
    private let keptProfile = Kept<[Double]?>()
    private let keptResolutions = Kept<[FeatureMap]?>()
    /// The beginning that was asked for last.
    private let shorter = Mutex<AnalysedSound?>(nil)

    /// - Parameter threads: at least 1.
    init(original: [Float], samples: [Float], threads: Int) {
        self.original = original
        self.samples = samples
        self.threads = threads
    }

    /// A sound brought to ``Loudness/target``. Where samples are not finite nothing is defined, as of no samples.
    convenience init(matching sound: [Float], threads: Int) {
        let original = sound.allSatisfy(\.isFinite) ? sound : []
        self.init(
            original: original, samples: Loudness.matched(original, sampleRate: Evaluation.sampleRate),
            threads: threads)
    }

    /// The first samples: itself where it has no more.
    func beginning(_ count: Int) -> AnalysedSound {
        guard count < samples.count else { return self }
        return shorter.withLock { kept in
            if let kept, kept.samples.count == count { return kept }
            let cut = AnalysedSound(
                original: Array(original.prefix(count)), samples: Array(samples.prefix(count)), threads: threads)
            kept = cut
            return cut
        }
    }

    /// ``PowerSpectrogram``, `[frames, 513]`.
    var power: FeatureMap {
        keptPower.value { PowerSpectrogram.of(samples, PowerSpectrogram.transform, threads: threads) }
    }

    /// ``MelFilters`` over ``power``, `[frames, 64]`.
    var mel: RealMatrix { keptMel.value { MelFilters.standard.apply(to: power) } }

    /// `log max(mel, 1e-6)`, see ``PowerSpectrogram/floor``.
    var logMel: RealMatrix {
        keptLogMel.value { mel.mapValues { log(max($0, PowerSpectrogram.floor)) } }
    }

    /// ``OnsetStrength``, `[frames]`.
    var onsets: [Double] { keptOnsets.value { OnsetStrength.of(mel) } }

    /// ``JudgeNetwork``'s features, `[frames - 4, 256]`; nil where the sound is too short for one.
    var features: RealMatrix? { keptFeatures.value { JudgeNetwork.features(of: power) } }

    /// By ``PitchTracker``.
    var pitchTrack: PitchTrack { keptPitchTrack.value { PitchTracker().track(samples, threads: threads) } }

    /// By ``PitchClassEnergy``: 12 shares; nil for silence.
    var pitchClassProfile: [Double]? {
        keptProfile.value { PitchClassEnergy().profile(of: samples, threads: threads) }
    }

    /// By ``Harmonicity``, in decibels; nil for silence.
    var harmonicity: Double? { Harmonicity().ratio(of: samples, threads: threads) }

    /// Power at each of ``MultiResolutionDistance/resolutions``; nil where the sound is too short for one.
    var resolutions: [FeatureMap]? {
        keptResolutions.value { MultiResolutionDistance.spectrograms(of: samples, threads: threads) }
    }
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
