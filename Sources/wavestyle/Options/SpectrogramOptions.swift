// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Transfer

/// What only `--backend stft` knows.
struct SpectrogramOptions: SettingOptions {
    @Option(\.sampleRate) var sampleRate: GivenSetting?
    @Option(\.fftSize) var fftSize: GivenSetting?
    @Option(\.hop) var hop: GivenSetting?
    @Option(\.windowLength) var windowLength: GivenSetting?
    @Option(\.ceiling) var ceiling: GivenSetting?
    @Option(\.network) var network: GivenSetting?
    @Option(\.filters) var filters: GivenSetting?
    @Option(\.kernel) var kernel: GivenSetting?
    @Option(\.padding) var padding: GivenSetting?
    @Flag(\.relu) var relu: Bool?
    @Flag(\.bias) var bias: Bool?
    @Option(\.initialisation) var initialisation: GivenSetting?
    @Option(\.phase) var phase: GivenSetting?
    @Option(\.phaseIterations) var phaseIterations: GivenSetting?
    @Option(\.phaseMomentum) var phaseMomentum: GivenSetting?
    @Option(\.phaseStart) var phaseStart: GivenSetting?
}
