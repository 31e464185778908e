// SPDX-License-Identifier: Apache-2.0
import Files
import Matrices
import Optimizers

/// A network, a variable, sounds and settings, before anything is allocated: what plans, estimates and objectives are made from.
protocol TransferTask {
    /// - Parameter strategy: the only one; nil for the first that fits.
    /// - Throws: ``MemoryShortage`` where nothing fits into memory.
    func plan(_ strategy: MemoryStrategy?) throws -> MemoryPlan
    /// Bytes of a run's state, at most.
    func checkpointBytes() throws -> Int
    /// - Parameter strategy: nil for the first that fits.
    /// - Throws: ``Failure``, ``MemoryShortage``.
    func objective(_ strategy: MemoryStrategy?) throws -> any TransferObjective
    /// - Throws: ``Failure``, ``MemoryShortage``.
    func estimate() throws -> RunEstimate
}

struct NetworkTask<Network: TransferNetwork>: TransferTask {
    let network: Network
    let content: [Float]
    let styles: [StyleSignal]
    let sizes: TransferSizes
    let settings: TransferSettings
    let memoryLimit: Int?
    let cache: TargetCache?
    let variable: (Network, TransferSounds) -> any TransferVariable

    private func objective(
        on network: Network, _ sizes: TransferSizes, _ strategy: MemoryStrategy, cache: TargetCache?
    ) throws -> NetworkObjective<Network> {
        try NetworkObjective(
            network, content: content,
            styles: zip(styles, sizes.given).map { StyleSignal(Array($0.samples.prefix($1)), weight: $0.weight) },
            sizes,
            settings: settings, strategy: strategy, decisive: self.sizes, cache: cache
        ) { variable(network, $0) }
    }

    func plan(_ strategy: MemoryStrategy?) throws -> MemoryPlan {
        try MemoryPlan(strategy.map { [$0] } ?? network.strategies, limit: memoryLimit) { strategy in
            let objective = try objective(on: network, sizes, strategy, cache: nil)
            if let corrections = settings.optimizer.lbfgsb?.corrections {
                guard objective.dimension <= LBFGSB.maximumDimension(corrections: corrections) else { return false }
            }
            let optimizer = settings.iterations > 0 ? settings.makeOptimizer().stateBytes(objective.dimension) : 0
            withExtendedLifetime((objective, MemoryLedger.note("optimizer", bytes: optimizer))) {}
            return true
        }
    }

    func checkpointBytes() throws -> Int {
        let (dimension, _) = try MemoryLedger.planning {
            try objective(on: network, sizes, network.strategies[0], cache: nil).dimension
        }
        return RunState.bytes(dimension: dimension, optimizer: settings.makeOptimizer().stateBytes(dimension))
    }

    func objective(_ strategy: MemoryStrategy?) throws -> any TransferObjective {
        try objective(on: network, sizes, strategy ?? plan(nil).strategy, cache: cache)
    }

    func estimate() throws -> RunEstimate {
        let held = AvailableMemory.held
        let plan = try plan(nil)
        let memory = max(held + plan.bytes, AvailableMemory.peak)
        let strategy = plan.strategy
        // A short piece of the run, by the same strategy.
        let short = network.shortened(strategy)
        let shortSizes = sizes.shortened(to: short.samples)
        let trial = try objective(on: short, shortSizes, strategy, cache: nil)
        let iterate = try Iterate(of: trial, at: trial.start)
        let times = try (0..<3).map { _ in try seconds { _ = try trial.evaluate(iterate.x) } }
        let evaluation = times.sorted()[1] * network.operations(strategy) / short.operations(strategy)
        // Reading for a target is the forward pass alone: so much of an evaluation, by the products that each takes.
        let share = strategy.window == nil ? 0.45 : 0.32
        let read =
            (sizes.fit != nil && strategy.targets == .recomputed ? 0 : sizes.styles.reduce(0, +))
            + (network.contentPoints.isEmpty || strategy.targets == .recomputed ? 0 : sizes.samples)
            + (settings.balance == .auto ? sizes.samples : 0)
        let longer = Double(sizes.samples) / Double(shortSizes.samples)
        return RunEstimate(
            strategy: strategy, memory: memory, requests: plan.byName,
            preparation: share * evaluation * Double(read) / Double(sizes.samples), evaluation: evaluation,
            evaluations: settings.optimizer.evaluations,
            step: try stepSeconds(dimension: Int(longer * Double(trial.dimension))) * trial.variable.stepFactor,
            synthesis: try longer * trial.variable.synthesisSeconds(of: iterate.x))
    }

    /// Seconds that the optimiser takes for a step by itself: Adam's are nothing beside an evaluation.
    private func stepSeconds(dimension: Int) throws -> Double {
        guard let own = settings.optimizer.lbfgsb, settings.iterations > 0 else { return 0 }
        let endless = LBFGSB(
            corrections: own.corrections, lossTolerance: 0, gradientTolerance: 0, maximumEvaluations: .max)
        return try StepTrial(endless, fullAfter: own.corrections, dimension: dimension).seconds
    }
}
