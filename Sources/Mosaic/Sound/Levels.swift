// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files

/// The root mean square of channels together.
func soundLevel(of channels: [[Float]]) -> Double {
    let sum = channels.reduce(0.0) { sum, channel in
        sum + channel.reduce(0.0) { $0 + Double($1) * Double($1) }
    }
    return (sum / Double(max(channels.reduce(0) { $0 + $1.count }, 1))).squareRoot()
}

/// The mix of channels: ``AudioIO/Waveform/mixedDown(warn:)``.
func mixed(_ channels: [[Float]], _ grid: Grid) -> [Float] {
    guard channels.first?.isEmpty == false else { return [] }
    return Waveform(channels: channels, sampleRate: grid.rate).mixedDown().channels[0]
}

/// A mix at the rate that pitch is measured at, times a gain.
func analysed(_ mix: [Float], gain: Float, _ grid: Grid) throws(Failure) -> [Float] {
    var low = mix
    if grid.rate != YIN.rate {
        low = try Waveform(mono: mix, sampleRate: grid.rate).resampled(to: YIN.rate, .fastest).channels[0]
    }
    for t in low.indices { low[t] *= gain }
    return low
}

/// Without its constant part: a grain of it would click, and a filter would magnify it.
func withoutMean(_ samples: [Float]) -> [Float] {
    let mean = Float(samples.reduce(0.0) { $0 + Double($1) } / Double(max(samples.count, 1)))
    return samples.map { $0 - mean }
}
