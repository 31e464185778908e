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

/// Measures one iteration: activations, losses and the gradient with respect to x.
@main
struct Benchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wavestyle-bench",
        abstract: "Time one iteration of the encoder's objective.",
        discussion: """
            Prints a table by default. With --serve it prepares one case, prints a line, \
            and then does one iteration for each line 'run' on its input, until 'quit': \
            so a driver can let several programs take turns.
            """)

    @Option(help: "Clip lengths in samples, with commas.")
    var samples = "16000,48000"

    @Option(help: "Cases, with commas: gram (relu1 of all blocks, and content), l2 (relu1 of blocks 1-5).")
    var cases = "gram,l2"

    @Option(help: "Threads to compute with.")
    var threads = ProcessInfo.processInfo.activeProcessorCount

    @Option(help: "Counted runs of each case.")
    var runs = 7

    @Option(help: "Runs before, which are not counted.")
    var warmUps = 2

    @Option(help: "Weights by name, or an HDF5 file.")
    var weights: String?

    @Option(help: "Megabytes that a case may take; where activations don't fit, they are recomputed. (default: any)")
    var maxMemory: Int?

    @Option(help: "How activations are kept: float32 or mixed.")
    var precision: Precision = .float32

    @Flag(help: "Serve a driver: one case, one length.")
    var serve = false

    @Option(help: "For --serve: raw float32 file of companded samples where the gradient is taken.")
    var x: String?

    @Option(help: "For --serve: the content, likewise.")
    var content: String?

    @Option(help: "For --serve: the style, likewise.")
    var style: String?

    @Option(
        help:
            "With --serve: the spectrogram backend's ulyanov, griffin-lim or fast-griffin-lim; x is a log spectrogram.")
    var spectra: String?

    @Option(help: "With --spectra ulyanov: write the layer's weights to this raw float32 file first.")
    var writeKernel: String?

    @Option(help: "Write the weights to this HDF5 file, and stop.")
    var writeWeights: String?

    @Option(help: "Time the decoding of these sounds, with commas, here and in a child; and stop.")
    var decode: String?

    static func main() {
        ChildTask.runIfAsked(UntrustedParser.childTasks + AudioFile.childTasks)
        main(nil)
    }

    mutating func run() throws {
        if let decode {
            return try DecodingBenchmark.run(decode.split(separator: ",").map(String.init), runs: runs)
        }
        if let spectra { return try serveSpectra(spectra) }
        let loaded = try WeightLibrary().load(weights)
        if let writeWeights {
            try loaded.weights.write(to: OutputFile(path: writeWeights))
            return
        }
        let encoder = WaveEncoder(loaded.weights, threads: threads, precision: precision)
        if serve {
            try serveDriver(encoder)
        } else {
            try printTable(encoder, loaded)
        }
    }

    private func printTable(_ encoder: WaveEncoder, _ loaded: LoadedWeights) throws {
        let peak = SgemmRate.measure(threads: threads)
        print(
            "\(threads) threads, kernels \(KernelLevel.current.rawValue), OpenBLAS's \(Product.kernelName), weights \(loaded.name)"
        )
        print(String(format: "large sgemm (2048^3): %.0f GFLOP/s", peak / 1e9))
        print("case   T         ms/iteration (min-max)       us/sample  GFLOP/s  share of sgemm  executed  peak MB")
        for kind in try kinds() {
            for samples in try lengths() {
                let clip = Clip(samples: samples)
                let objective = try kind.objective(
                    encoder, content: clip.content, style: clip.style, memoryLimit: maxMemory.map { $0 * 1_000_000 })
                let times = try (0..<runs + warmUps).map { _ in try seconds { _ = try objective.evaluate(clip.x) } }
                    .dropFirst(warmUps).sorted()
                let median = times[times.count / 2]
                let rate = kind.flops(encoder.architecture, samples: samples) / median
                let executed = kind.executedFlops(encoder.architecture, samples: samples) / median
                print(
                    String(
                        format: "%@  %7d   %9.1f (%.1f-%.1f)   %8.2f   %6.0f   %8.2f   %10.2f   %8d",
                        kind.rawValue.padding(toLength: 4, withPad: " ", startingAt: 0), samples, median * 1e3,
                        (times.first ?? 0) * 1e3, (times.last ?? 0) * 1e3, median / Double(samples) * 1e6, rate / 1e9,
                        rate / peak, executed / peak, AvailableMemory.peak / 1_000_000))
                if precision == .mixed {
                    let exact = try kind.objective(
                        WaveEncoder(loaded.weights, threads: threads), content: clip.content, style: clip.style)
                    let (own, wanted) = (try objective.evaluate(clip.x).gradient, try exact.evaluate(clip.x).gradient)
                    let error = norm(zip(own, wanted).map { $0 - $1 }) / norm(wanted)
                    print(String(format: "        the gradient differs from float32's by %.1e of its norm", error))
                }
                guard maxMemory == nil else { continue }
                print("        \(try Profile(kind.timedLosses(encoder, clip), encoder, clip).text)")
                if kind == .gram {
                    let layers = encoder.architecture.layers
                    let profiles = try (0..<runs).map { _ in try Profile(Case.klLosses(encoder, clip), encoder, clip) }
                    let profile = profiles.sorted { $0.between < $1.between }[runs / 2]
                    print(
                        String(
                            format: "        KL: C x C work of %d layers / an iteration: %.1f ms / %.0f ms = %.1f %%",
                            layers, profile.between * 1e3, profile.total * 1e3, 100 * profile.between / profile.total))
                }
            }
        }
    }

    private func serveDriver(_ encoder: WaveEncoder) throws {
        guard let kind = try kinds().first, let samples = try lengths().first, let x, let content, let style else {
            throw ValidationError("--serve needs --x, --content and --style")
        }
        func signal(_ path: String) throws -> [Float] {
            let values = try floats(path)
            guard values.count == samples else {
                throw ValidationError("\(path): \(values.count) samples, not \(samples)")
            }
            return values
        }
        let point = try signal(x)
        // The objective compands what it is given; every code survives the round trip.
        let objective = try kind.objective(
            encoder, content: MuLaw.expand(try signal(content)), style: MuLaw.expand(try signal(style)))
        var result = try objective.evaluate(point)
        result = try objective.evaluate(point)
        say(["ready": true])
        while let line = readLine(), line != "quit" {
            say(["seconds": try seconds { result = try objective.evaluate(point) }])
        }
        let terms = result.losses.terms.map { ($0.name, $0.value as Any) }
        say(
            Dictionary(uniqueKeysWithValues: terms).merging([
                "framework": "wavestyle", "version": KernelLevel.current.rawValue, "case": kind.rawValue,
                "samples": samples,
                "threads": threads, "loss": result.losses.total, "peak_bytes": AvailableMemory.peak,
                "gradient_norm": norm(result.gradient),
            ]) { $1 })
    }

    private func serveSpectra(_ name: String) throws {
        guard let work = SpectraBenchmark.Work(rawValue: name), let content, let style, let x else {
            throw ValidationError(
                "--spectra needs ulyanov, griffin-lim or fast-griffin-lim, --x, --content and --style")
        }
        try SpectraBenchmark(
            work: work, threads: threads, content: try floats(content), style: try floats(style), x: try floats(x),
            kernel: writeKernel
        ).serve(say: say)
    }

    private func floats(_ path: String) throws -> [Float] {
        try Data(contentsOf: URL(fileURLWithPath: path)).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    private func kinds() throws -> [Case] {
        try cases.split(separator: ",").map { name in
            guard let kind = Case(rawValue: String(name)) else { throw ValidationError("there is no case '\(name)'") }
            return kind
        }
    }

    private func lengths() throws -> [Int] {
        try samples.split(separator: ",").map { text in
            guard let number = Int(text), number > 0 else { throw ValidationError("'\(text)' is not a length") }
            return number
        }
    }

    private func say(_ fields: [String: Any]) {
        guard let data = try? JSONSerialization.data(withJSONObject: fields, options: .sortedKeys) else { return }
        FileHandle.standardOutput.write(data + Data("\n".utf8))
    }
}

/// The Euclidean norm.
func norm(_ values: [Float]) -> Double {
    values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
}

/// The wall time of some work.
func seconds(_ work: () throws -> Void) rethrows -> Double {
    let begin = DispatchTime.now().uptimeNanoseconds
    try work()
    return Double(DispatchTime.now().uptimeNanoseconds - begin) / 1e9
}

extension Precision: ExpressibleByArgument {}
