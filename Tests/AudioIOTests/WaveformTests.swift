// SPDX-License-Identifier: Apache-2.0

import AudioIO
import TestSupport
import Testing

@Suite struct WaveformTests {
    @Test func measures() {
        let waveform = Waveform(channels: [[0.1, -0.7, 0.2], [0.5, 0, 0.6]], sampleRate: 6)
        #expect(waveform.frameCount == 3)
        #expect(waveform.duration == 0.5)
        #expect(waveform.peak == 0.7)
    }

    @Test func mixdownIsTheMean() {
        let waveform = Waveform(channels: [[0.5, 1], [0.25, -1], [0, 3]], sampleRate: 8_000)
        #expect(waveform.mixedDown() == Waveform(mono: [0.25, 1], sampleRate: 8_000))
        let mono = Waveform(mono: [0.3], sampleRate: 8_000)
        #expect(mono.mixedDown() == mono)
    }
}

@Suite struct ClippingTests {
    let loud = Waveform(channels: [[0.5, -2], [1.5, 1]], sampleRate: 8_000)

    @Test func rescaleUsesOneFactorForAllChannels() {
        let result = loud.limited(by: .rescale)
        #expect(result.waveform.channels == [[0.25, -1], [0.75, 0.5]])
        #expect(result.peak == 2)
        #expect(result.overs == 2)
    }

    @Test func clampLimits() {
        let result = loud.limited(by: .clamp)
        #expect(result.waveform.channels == [[0.5, -1], [1, 1]])
        #expect(result.overs == 2)
    }

    @Test func noneReportsOnly() {
        let result = loud.limited(by: .none)
        #expect(result.waveform == loud)
        #expect(result.peak == 2 && result.overs == 2)
    }

    @Test(arguments: ClipPolicy.allCases) func fullScaleIsNoOver(policy: ClipPolicy) {
        let waveform = Waveform(mono: [1, -1, 0.5], sampleRate: 8_000)
        let result = waveform.limited(by: policy)
        #expect(result.waveform == waveform && result.peak == 1 && result.overs == 0)
    }
}
