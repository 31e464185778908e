// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import AudioIO
import Files
import Foundation
import Matrices
import MuLaw
import Transfer
import WaveEncoder
import WeightLoader

/// `wavestyle serve-encoder`: NSynth's encoder for a program that started this one, such as `wavestyle.Encoder` in Python. It answers on
/// standard output what is asked on standard input, until that ends.
///
/// A message is a line of JSON, and after it as many bytes as its `bytes` says: float32 values in the machine's order, arrays one
/// after the other, row after row. The first message says what the encoder is. Then each request has one answer:
///
///     {"do":"activations","layers":"relu1:1-3,encoding","bytes":4T}       x [T]
///     {"do":"gradient","layers":"relu1:3","samples":T,"bytes":4T+4TC}     x [T], then dL/dF [T, C] of each layer
///     {"do":"input","channels":C,"rate":44100,"bytes":4NC}                a sound, its channels one after the other
///
/// The answer to the first is `{"maps":[{"name":"relu1:1","rows":T,"columns":C},...],"bytes":...}`, to the others `{"bytes":...}`. What
/// cannot be done is answered by `{"error":{...},"bytes":0}`, with the members of ``ErrorLine``, and the next request is awaited. A line
/// that is no request ends the program: nobody knows what follows it.
struct EncoderService: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve-encoder", abstract: "Answer a program's questions to the encoder on standard input.",
        shouldDisplay: false)

    @OptionGroup(title: "Encoder") var encoder: EncoderOptions

    mutating func run() throws {
        guard 1.littleEndian == 1 else {
            throw Failure(.software, "cannot serve the encoder", why: "this machine is not little-endian")
        }
        let threads = try encoder.threads.count()
        let weights = try WeightLibrary().load(encoder.weights?.value.plain)
        let engine = WaveEncoder(weights.weights, threads: threads)
        let stream = try MessageStream()
        try stream.send(
            Greeting(architecture: engine.architecture, weights: weights.name, sha256: weights.sha256, threads: threads)
        )
        while let request: EncoderRequest = try stream.next() {
            do {
                try answer(request, of: engine, on: stream)
            } catch let failure as Failure where failure.kind != .inputOutput {
                try stream.send(Refusal(error: ErrorLine(failure)))
            }
        }
    }

    private func answer(_ request: EncoderRequest, of engine: WaveEncoder, on stream: MessageStream) throws {
        let values = try stream.values(request.bytes)
        switch request.do {
        case .activations:
            let points = try request.points(in: engine.architecture)
            let memory = try EncoderMemory(engine, points: points, samples: values.count)
            try memory.require([.reading])
            let maps = engine.activations(of: values, at: Set(points))
            let found = points.compactMap { point in maps[point].map { (point.name, $0) } }
            let shapes = found.map { EncodedMaps.Shape(name: $0.0, rows: $0.1.rows, columns: $0.1.columns) }
            try withExtendedLifetime(found) {
                try stream.send(EncodedMaps(maps: shapes), found.map { $0.1[0..<$0.1.rows].bytes })
            }
        case .gradient:
            let points = try request.points(in: engine.architecture)
            let (x, cotangents) = try request.parts(values, points, engine.architecture)
            let memory = try EncoderMemory(engine, points: points, samples: x.count)
            let mode = try memory.require([.keepAll, .recompute])
            let session = engine.session(samples: x.count, points: Set(points), mode: mode)
            try stream.send(session.evaluate(x, visitors: cotangents.mapValues { [CotangentVisitor($0)] }))
        case .input:
            try stream.send(
                MuLaw.companded(try request.sound(values).resampled(to: WaveEncoder.sampleRate).channels[0]))
        }
    }
}

/// The first message.
private struct Greeting: Encodable {
    let architecture: EncoderArchitecture
    let weights: String
    let sha256: String
    let threads: Int
}

private struct Refusal: Encodable {
    let error: ErrorLine
}

private struct EncodedMaps: Encodable {
    struct Shape: Encodable {
        let name: String
        let rows: Int
        let columns: Int
    }

    let maps: [Shape]
}

extension FeatureRows {
    fileprivate var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: unsafePointer, count: count * MemoryLayout<Float>.size)
    }
}

extension MessageStream {
    fileprivate func send(_ values: [Float]) throws {
        try values.withUnsafeBytes { try send([String: Int](), [$0]) }
    }
}

/// What a program asks.
private struct EncoderRequest: Decodable, MessageHead {
    enum Action: String, Decodable {
        case activations, gradient, input
    }

    let `do`: Action
    let bytes: Int
    let layers: String?
    let samples: Int?
    let channels: Int?
    let rate: Int?

    /// - Throws: ``Failure`` of kind `usage`.
    func points(in architecture: EncoderArchitecture) throws(Failure) -> [LayerPoint] {
        let selection = try LayerSelection(layers ?? "")
        guard !selection.isWeighted else {
            throw Failure.unusable(selection.description, "activations have no weights (@)")
        }
        return try selection.resolved(in: architecture).map(\.point)
    }

    /// x and the cotangents of some layers.
    ///
    /// - Throws: ``Failure`` of kind `badData` where there are not as many values as x has samples and maps have entries.
    func parts(
        _ values: [Float], _ points: [LayerPoint], _ architecture: EncoderArchitecture
    ) throws(Failure) -> ([Float], [LayerPoint: FeatureMap]) {
        // As many samples as there are values at most: no product overflows.
        let samples = min(samples ?? 0, values.count)
        let shapes = points.map { ($0, $0.shape(samples: max(samples, 0), in: architecture)) }
        guard samples > 0, shapes.reduce(samples, { $0 + $1.1.rows * $1.1.columns }) == values.count else {
            throw Failure(
                .badData, "cannot compute the gradient", at: layers,
                why: "\(values.count) values are not x and a cotangent in the shape of each layer's map")
        }
        var (start, cotangents) = (samples, [LayerPoint: FeatureMap]())
        for (point, shape) in shapes {
            let end = start + shape.rows * shape.columns
            cotangents[point] = FeatureMap(Array(values[start..<end]), columns: shape.columns)
            start = end
        }
        return (Array(values[..<samples]), cotangents)
    }

    /// - Throws: ``Failure`` of kind `badData`.
    func sound(_ values: [Float]) throws(Failure) -> Waveform {
        let channels = channels ?? 1
        let rate = rate ?? WaveEncoder.sampleRate
        guard AudioFile.sampleRates.contains(rate), AudioFile.channelCounts.contains(channels),
            values.count >= channels, values.count.isMultiple(of: channels)
        else {
            throw Failure(
                .badData, "cannot use the sound",
                why: "\(values.count) values of \(channels) channels at \(rate) Hz are none: rates are "
                    + "\(AudioFile.sampleRates) Hz, channels \(AudioFile.channelCounts)")
        }
        let frames = values.count / channels
        let split = (0..<channels).map { Array(values[$0 * frames..<($0 + 1) * frames]) }
        return Waveform(channels: split, sampleRate: rate).mixedDown()
    }
}

/// A loss whose gradient with respect to a map is given: with cotangents dL/dF the network's backward pass gives dL/dx, a
/// vector-Jacobian product.
private final class CotangentVisitor: FeatureVisitor, Sendable {
    let needsWhole = false
    /// `[T, C]`.
    private let cotangent: FeatureMap

    init(_ cotangent: FeatureMap) { self.cotangent = cotangent }

    func begin(_ traversal: FeatureTraversal) {}
    func read(_ rows: FeatureRows, from start: Int, slot: Int) {}
    func end() {}

    func addGradient(at rows: FeatureRows, from start: Int, to gradient: MutableFeatureRows, slot: Int) {
        let own = cotangent.unsafePointer(row: start)
        for index in 0..<rows.count { gradient.unsafePointer[index] += own[index] }
    }

    func endGradient() {}
}
