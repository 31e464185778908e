// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Evaluation
import Finishing
import Report

/// Sounds that are to be compared by ear: all at one loudness.
enum PlayedSounds {
    /// In LUFS: that at which sounds are measured, too.
    static let loudness = Loudness.target

    /// Brings sounds to ``loudness``, and all of them down together where one would go over full scale.
    static func matched(_ sounds: [(title: String, caption: String, waveform: Waveform)]) -> [Page.Sound] {
        let matched = sounds.map { $0.waveform.brought(to: loudness) }
        let peak = matched.map(\.peak).max() ?? 0
        return zip(sounds, matched).map { sound, waveform in
            Page.Sound(
                title: sound.title, caption: sound.caption,
                samples: (peak > 1 ? waveform.scaled(by: 1 / peak) : waveform).channels[0],
                sampleRate: waveform.sampleRate)
        }
    }

    /// What a page says of it.
    static let remark =
        "All sounds are played at the same loudness (\(Int(loudness)) LUFS); the files are as they were written."
}
