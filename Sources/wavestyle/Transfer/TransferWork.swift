// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Mosaic
import Transfer

/// What several transfers share in one process.
struct SharedEngine {
    /// The network made ready.
    let engine: TransferEngine
    /// Bytes for each of several that run at a time, as it was when the first began; nil for what is there when it begins.
    let memoryLimit: Int?
}

/// A transfer by one method, on sounds that are ready for it.
protocol TransferWork {
    /// Estimates it.
    ///
    /// - Throws: ``Failure``, also where memory does not suffice.
    func estimate(_ sounds: SoundPair) throws -> EstimateReport

    /// Bytes of a checkpoint, at most.
    ///
    /// - Throws: ``Failure`` for settings that the network cannot satisfy.
    func checkpointBytes(_ sounds: SoundPair) throws -> Int

    /// Runs, and writes what comes out.
    ///
    /// - Parameters:
    ///   - sounds: their content is then unspecified.
    ///   - checkpoints: where the run goes on from, and is saved; nil where it is not.
    ///   - announcements: told once the sounds and settings have turned out usable.
    /// - Returns: nil where Ctrl-C came before there was anything: nothing is written.
    func run(
        _ sounds: inout SoundPair, to outputs: TransferOutputs, checkpoints: RunCheckpoints?,
        announcing announcements: [String], tell: (RunEvent) -> Void
    ) throws -> RunRecord?
}

/// What decides a transfer's work, whatever its method.
struct WorkOrder {
    let chosen: ChosenSettings
    let form: SoundForm
    let resources: ResourceOptions
    let monitoring: MonitorPlan
    let engine: TransferEngine
    /// The words of the command, for its record.
    let arguments: [String]
    private let memoryShare: Int?

    /// Loads the weights, unless they are there.
    ///
    /// - Parameters:
    ///   - samples: of the content.
    ///   - shared: what there is already; nil to load it.
    /// - Throws: ``Failure``, also for layers that the weights don't have.
    init(
        _ chosen: ChosenSettings, form: SoundForm, samples: Int, threads: Int, _ resources: ResourceOptions,
        monitoring: MonitorPlan, arguments: [String], sharing shared: SharedEngine?
    ) throws {
        (self.chosen, self.form, self.resources, self.monitoring) = (chosen, form, resources, monitoring)
        self.arguments = arguments
        engine = try shared?.engine ?? TransferEngine(chosen.settings, samples: samples, threads: threads, resources)
        memoryShare = shared?.memoryLimit
    }

    /// How what is made from some sounds is written.
    ///
    /// - Throws: ``Failure`` where the content's rate is too far from the backend's.
    func writtenForm(of sounds: SoundPair) throws(Failure) -> WrittenForm {
        WrittenForm(
            format: sounds.format, sampleRate: sounds.workingRate, layout: sounds.layout,
            tags: sounds.tags.carried(by: "wavestyle \(Wavestyle.version), preset \(chosen.preset.lastName)"),
            finish: try sounds.finish(), clip: form.clip)
    }

    /// The work on some sounds.
    ///
    /// - Parameters:
    ///   - snapshots: iterations whose sound is written too.
    ///   - output: targets that don't fit into memory are stored next to it, or where its folder will be created.
    /// - Throws: ``Failure`` of kind `usage` where the memory that may be used is taken already.
    func work(on sounds: SoundPair, snapshots: Set<Int>, output: String) throws -> any TransferWork {
        let limit = try memoryLimit().map { max($0 - memoryBeside(sounds), 0) }
        var folder = OutputFile.isStream(output) ? "/tmp" : output.parentFolder
        while !fileExists(folder) { folder = folder.parentFolder }
        if let settings = chosen.settings.optimisation,
            let backend = engine.backend(settings, memoryLimit: limit, scratchFolder: folder)
        {
            return TransferJob(order: self, settings: settings, backend: backend, snapshots: snapshots)
        }
        return MosaicJob(
            order: self,
            mosaic: Mosaic(
                chosen.settings.mosaic ?? MosaicSettings(), sampleRate: sounds.workingRate, threads: engine.threads),
            memoryLimit: limit)
    }

    /// Bytes to measure the sounds, and to hold the content whose high band is kept.
    func memoryBeside(_ sounds: SoundPair) -> Int {
        let samples = 2 * sounds.frames + sounds.styleFrames
        let original = sounds.original.map { $0.channels.count * $0.frameCount * MemoryLayout<Float>.size } ?? 0
        return monitoring.memoryNeeded(seconds: Double(samples) / Double(sounds.workingRate)) + original
    }

    /// A record without results.
    func record(of sounds: SoundPair, output: String) -> RunRecord {
        RunRecord(
            sounds, chosen, form, resources, monitoring, weights: engine.weights, threads: engine.threads,
            output: output, arguments: arguments)
    }

    private func memoryLimit() throws -> Int? { try memoryShare ?? resources.memoryLimit() }
}
