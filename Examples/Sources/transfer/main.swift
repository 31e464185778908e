// SPDX-License-Identifier: Apache-2.0

// One sound in the style of another: transfer CONTENT STYLE OUTPUT [PRESET [ITERATIONS]]
import WavestyleKit

let arguments = CommandLine.pathArguments
let (content, style) = (try AudioFile.read(arguments[0]), try AudioFile.read(arguments[1]))

let transfer = try StyleTransfer(preset: arguments.dropFirst(3).first ?? "clean") { settings in
    if let count = arguments.dropFirst(4).first.flatMap({ Int($0) }) { settings.iterations = count }
}
let result = try transfer.run(content: content, styles: [.init(style)]) { step in
    print("iteration \(step.iteration)  loss \(step.losses.total)")
    return true
}
try result.sound.write(to: arguments[2])

let figures = try Evaluation.scores(
    of: result.sound, content: content, style: style, metrics: [.styleDistance, .contentEnvelope])
for (metric, value) in figures.sorted(by: { $0.key.rawValue < $1.key.rawValue }) { print(metric.rawValue, value) }
