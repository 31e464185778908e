// SPDX-License-Identifier: Apache-2.0

// What NSynth's encoder makes of a sound: activations SOUND
import WavestyleKit

let sound = try AudioFile.read(CommandLine.pathArguments[0])
let network = try SoundNetwork()
let maps = try network.activations(of: network.input(sound), at: "relu1:1,relu1:10,residual:30,encoding")
let grams = maps.mapValues(\.gram)  // [C, C] of each: which channels sound together, the style

for (layer, map) in maps.sorted(by: { $0.key.datasetPath < $1.key.datasetPath }) {
    let active = 100 * map.values.count { $0 > 0 } / map.values.count
    let loudest = grams[layer]?.max() ?? 0
    print("\(layer.datasetPath): [\(map.rows), \(map.columns)], \(active) % above 0, energies up to \(loudest)")
}
