// SPDX-License-Identifier: Apache-2.0

// Adam with a custom loss, the mean of each channel compared with another sound's: custom-loss SOUND OTHER OUTPUT
import WavestyleKit

let arguments = CommandLine.pathArguments
let network = try SoundNetwork()
let layer = LayerPoint.relu1(5)

@Sendable func means(_ map: FeatureMap) -> [Float] {
    var means = [Float](repeating: 0, count: map.columns)
    for (index, value) in map.values.enumerated() { means[index % map.columns] += value / Float(map.rows) }
    return means
}

let other = try network.input(AudioFile.read(arguments[1]))
let target = means(try network.activations(of: other, at: "relu1:5")[layer] ?? FeatureMap(rows: 0, columns: 0))
let loss = MapLoss { map in
    let differences = zip(means(map), target).map { $0 - $1 }
    let value = differences.reduce(0) { $0 + Double($1 * $1) }
    return (value, (0..<map.rows * map.columns).map { 2 * differences[$0 % map.columns] / Float(map.rows) })
}

/// What an optimizer moves: x, the companded sound.
final class ChannelMeans: Objective {
    let start: [Float]
    let bounds: ClosedRange<Float>? = MuLaw.minimum...MuLaw.maximum
    var dimension: Int { start.count }

    init(start: [Float]) { self.start = start }

    func evaluate(_ x: [Float]) -> (losses: Losses, gradient: [Float]) {
        let (total, gradient) = network.evaluate(x, losses: [layer: [loss]])
        return (Losses(total: total, terms: []), gradient)
    }
}

let objective = ChannelMeans(start: try network.input(AudioFile.read(arguments[0])))
var optimizer = Adam(learningRate: 0.01)
var iterate = try Iterate(of: objective, at: objective.start)
for step in 1...10 {
    guard let next = try optimizer.step(from: iterate, of: objective) else { break }
    iterate = next
    print("step \(step)  loss \(iterate.losses.total)")
}
try Waveform(mono: MuLaw.expand(iterate.x), sampleRate: SoundNetwork.sampleRate).write(to: arguments[2])
