// SPDX-License-Identifier: Apache-2.0

// One sound in the style of another, by an optimiser: transfer CONTENT STYLE OUTPUT ITERATIONS
import WavestyleKit

let words = CommandLine.pathArguments
let (content, style) = (try AudioFile.read(words[0]), try AudioFile.read(words[1]))
let transfer = try StyleTransfer(preset: "clean") { settings in
    if let iterations = Int(words[3]) { settings.optimisation?.iterations = iterations }
}
let result = try transfer.run(content: content, styles: [.init(style)]) { step in
    print("iteration \(step.iteration)  loss \(step.losses.total)")
    return true
}
try result.sound.write(to: words[2])

let metrics = try Evaluation.scores(
    of: result.sound, content: content, style: style, metrics: [.styleDistance, .contentEnvelope])
for (metric, value) in metrics.sorted(by: { $0.key.rawValue < $1.key.rawValue }) { print(metric.rawValue, value) }
