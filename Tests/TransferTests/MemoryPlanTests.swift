// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import Spectrogram
import TestSupport
import Testing
import WaveEncoder

@testable import Transfer

/// What is planned against what is allocated.
@Suite struct MemoryPlanTests {
    /// A random task: settings, sounds, a network and a memory strategy.
    private struct Task {
        var settings: TransferSettings
        let content: [Float]
        let styles: [StyleSignal]
        let strategy: MemoryStrategy
        let backend: TransferBackend

        init(_ generator: inout SeededGenerator, scratch: String) throws {
            func flip(_ odds: Int = 2) -> Bool { generator.next() % UInt64(odds) == 0 }
            func number(_ range: ClosedRange<Int>) -> Int {
                range.lowerBound + Int(generator.next() % UInt64(range.count))
            }
            func sound() -> [Float] { (0..<number(3_000...9_000)).map { _ in generator.uniform() / 2 } }
            let overSpectra = flip()
            settings = TransferSettings(overSpectra ? .stft : .nsynth)
            if flip() { settings.variable = .waveform } else if overSpectra, flip(3) { settings.variable = .frames }
            settings.statistic = StyleStatistic.all[number(0...StyleStatistic.all.count - 1)]
            settings.optimizer = flip() ? .adam(step: 0.05) : .lbfgsb(LBFGSBSettings())
            settings.optimizer.lbfgsb?.corrections = number(3...12)
            settings.balance = flip() ? .auto : .none
            settings.lengthFit = .loop
            settings.start = [.content, .noise, .style, .equalised, .vocoded][number(0...4)]
            if flip(3) { settings[term: .energy] = 1 }
            if flip(3) { settings[term: .frequencyEnergy] = 1 }
            if settings.variable == .waveform {
                if flip() { settings[term: .meanSpectrum] = 0.5 }
                if flip(3) { settings[term: .spectralStyle] = 0.5 }
                if flip(3) { settings[term: .texture] = 0.5 }
                if flip() { settings.contentLoss = .envelope }
            }
            (content, styles) = (sound(), (0..<number(1...2)).map { _ in StyleSignal(sound()) })
            let threads = number(1...3)
            if overSpectra {
                settings.network.spectral?.fftSize = 256
                settings.network.spectral?.hop = 64
                settings.network.randomNetwork?.wide?.filters = number(16...300)
                settings.network.randomNetwork?.wide?.kernel = 5
                if settings.variable == .frames {
                    settings.network.spectral?.windowLength = 128
                    settings.style?.layers = try LayerSelection("magnitudes,relu1", for: .stft)
                }
                strategy = flip() ? .storeAll : MemoryStrategy(window: 64 * 40, targets: flip() ? .stored : .onDisk)
                let weights = SpectralWeights.random(
                    try settings.architecture(), .he, hasBias: false, seed: 1, threads: 1)
                backend = TransferBackend(
                    SpectralNetwork(weights, threads: threads), sampleRate: 16_000, scratchFolder: scratch)
            } else {
                let width = [8, 16, 32][number(0...2)]
                settings.style?.layers = try LayerSelection(
                    ["relu1", "relu1:1-2,residual:3", "relu2,bottleneck"][number(0...2)])
                if settings.variable == .mulaw, flip(4) {
                    settings.network.frames = FrameSettings(length: 512, fit: .loop)
                }
                let window = settings.network.frames?.length ?? (flip() ? nil : 600)
                strategy = MemoryStrategy(window: window, targets: window == nil || flip() ? .stored : .recomputed)
                let encoder = WaveEncoder(
                    RandomCase(width: width, layers: 4, samples: 10, seed: 5).weights, threads: threads,
                    precision: flip() ? .float32 : .mixed, tileRows: 64)
                backend = TransferBackend(
                    encoder, scratchFolder: flip() ? scratch : nil,
                    cache: nil)
            }
        }

        func objective() throws -> any TransferObjective {
            try backend.objective(content: content, styles: styles, settings: settings, strategy: strategy)
        }
    }

    /// Over 200 random settings the planned bytes are those that a run holds once it has evaluated its objective, to the byte,
    /// though the plan has touched none of them.
    @Test func whatIsPlannedIsAllocated() throws {
        let folder = try TemporaryFolder()
        var generator = SeededGenerator(seed: 18)
        var largest = 0
        for number in 0..<200 {
            let task = try Task(&generator, scratch: folder.path)
            let (planned, plan) = try MemoryLedger.planning { try task.objective() }
            let (made, ledger) = try MemoryLedger.recording {
                let objective = try task.objective()
                _ = try objective.evaluate(objective.start)
                return objective
            }
            #expect(plan.held == ledger.held, "\(number): \(task.settings.values), \(task.strategy)")
            #expect(plan.held > 0 && plan.peak >= plan.held)
            largest = max(largest, plan.held)
            withExtendedLifetime((planned, made)) {}
        }
        #expect(largest > 10_000_000)
    }

    /// A plan of more than the machine has takes none of it.
    @Test func aPlanTakesNoMemory() throws {
        let encoder = WaveEncoder(
            RandomCase(width: 128, layers: 30, samples: 10, seed: 1).weights, threads: 2)
        let before = AvailableMemory.held
        let (_, ledger) = MemoryLedger.planning {
            let hour = encoder.session(samples: 16_000 * 3_600, points: [.relu1(30)], mode: .keepAll)
            withExtendedLifetime(hour) {}
        }
        // 30 first ReLUs of 128 channels alone.
        #expect(ledger.peak > 16_000 * 3_600 * 30 * 128 * 4)
        // Small buffers and the bookkeeping.
        #expect(AvailableMemory.held - before < 50_000_000)
    }
}
