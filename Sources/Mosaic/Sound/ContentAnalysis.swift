// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Finishing
import Matrices

/// What a mosaic knows of the content: after this its samples are needed no more.
struct ContentAnalysis {
    let samples: Int
    /// Of all channels.
    let level: Double
    /// The largest magnitude of any sample.
    let peak: Float
    /// That brings the mix to a root mean square of 0.1.
    let gain: Float
    /// The mix at ``YIN/rate``, at a root mean square of 0.1.
    let mix: [Float]
    /// Of the mix, every 10 ms.
    let pitch: PitchTrack
    /// Of the mix, at the grid's frames.
    let envelope: BandEnvelope
    /// Of each channel; the mix's where there is one only.
    let channels: [BandEnvelope]
    /// Of each channel.
    let loudness: [LoudnessCurve]
    /// Where it is silent or quiet.
    let pauses: ContentPauses

    /// - Parameter content: `[channels][samples]`.
    init(_ content: [[Float]], _ grid: Grid, _ scale: BandScale, workers: Workers) throws(Failure) {
        samples = content.first?.count ?? 0
        level = soundLevel(of: content)
        peak = content.reduce(0) { peak, channel in channel.reduce(peak) { max($0, abs($1)) } }
        let whole = mixed(content, grid)
        let own = soundLevel(of: [whole])
        gain = own > 0 ? Float(0.1 / own) : 1
        mix = try analysed(whole, gain: gain, grid)
        pitch = YIN.track(mix, workers: workers).fitted(to: grid.steps(samples))
        let f0 = pitch.atFrames(grid.frames(samples), of: grid)
        let gain = gain
        func measure(_ samples: [Float]) -> BandEnvelope {
            DensityEnvelope.measure(samples, gain: gain, f0: f0, grid, scale, workers: workers)
        }
        envelope = measure(whole)
        channels = content.count == 1 ? [envelope] : content.map(measure)
        loudness = content.map { LoudnessCurve($0, grid) }
        pauses = ContentPauses(of: Waveform(channels: content, sampleRate: grid.rate))
    }
}
