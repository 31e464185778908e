// SPDX-License-Identifier: Apache-2.0

// What NSynth's encoder makes of a sound: activations SOUND
import WavestyleKit

let network = try SoundNetwork()
let x = try network.input(AudioFile.read(CommandLine.pathArguments[0]))
let maps = try network.activations(of: x, at: "relu1:1,relu1:10,residual:30,encoding")

for (layer, map) in maps.sorted(by: { $0.key.datasetPath < $1.key.datasetPath }) {
    let active = map.values.count { $0 > 0 }
    print("\(layer.datasetPath): [\(map.rows), \(map.columns)], \(100 * active / map.values.count) % above 0")
}
if let map = maps[.relu1(10)] {
    // The Gram matrix [C, C], which is the style: which channels sound together.
    let gram = map.gram
    let energies = (0..<map.columns).map { gram[$0 * map.columns + $0] }
    print("block10/relu1: the largest of \(energies.count) energies is \(energies.max() ?? 0)")
}
