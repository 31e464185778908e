// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import TestSupport
import Testing
import Transfer

@testable import Sweeps

/// Sounds of any name are there, and `many*` are three.
private struct AnySounds: PlanSoundFinder {
    func sounds(_ path: String) throws(Failure) -> [String] {
        if path.contains("missing") { throw Failure(.noInput, "cannot read", at: path, why: "there is no such file") }
        return path.hasSuffix("many*") ? (1...3).map { "\(path.dropLast())\($0).wav" } : [path]
    }

    func bundledPair() throws(Failure) -> (content: String, style: String) { ("voice.flac", "flute.flac") }
}

/// What a plan's text makes.
@Suite struct SweepPlanTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func plan(_ text: String) throws -> SweepPlan {
        try text.write(toFile: folder.file("plan.yaml"), atomically: true, encoding: .utf8)
        return try SweepPlan(folder.file("plan.yaml"), sounds: AnySounds())
    }

    /// Each run as `pair preset alpha=1 ...`.
    private func runs(_ text: String) throws -> [String] {
        let plan = try plan(text)
        var runs: [String] = []
        try plan.forEachRun { run in
            let settings = plan.settings(of: run)
            let words = settings.settings.map { "\($0.name)=\(settings[$0]?.plain ?? "")" }
            runs.append(
                ([plan.pairs[run.pair].name, plan.systems[run.system].name] + words).joined(separator: " "))
        }
        return runs
    }

    /// Line, column and reason of a mistake.
    private func mistake(_ text: String) -> String {
        do {
            _ = try plan(text).forEachRun()
            return "none"
        } catch let failure as Failure {
            let place = (failure.location ?? "").replacing(folder.file("plan.yaml"), with: "")
            return "\(place) \(failure.why)"
        } catch {
            return "\(error)"
        }
    }

    @Test func aGridIsEachWithEach() throws {
        let runs = try runs(
            """
            contents: [a.wav, b.wav]
            styles: x.wav
            presets: [nsynth, clean]
            settings:
              alpha: [0.5, 2]
              seed: [1, 2]
            """)
        #expect(runs.count == 16 && Set(runs).count == 16)
        #expect(
            runs.prefix(4) == [
                "a--x nsynth alpha=0.5 seed=1", "b--x nsynth alpha=0.5 seed=1", "a--x nsynth alpha=0.5 seed=2",
                "b--x nsynth alpha=0.5 seed=2",
            ])
    }

    @Test func jsonIsYAML() throws {
        let runs = try runs(
            #"{"pairs": [{"content": "a.wav", "style": "b.wav", "name": "one"}], "presets": ["stft"], "settings": {"alpha": [1e-2]}}"#
        )
        #expect(runs == ["one stft alpha=0.01"])
    }

    @Test func withoutAnythingItIsTheBundledPairByTheDefault() throws {
        #expect(try runs("metrics: [flatness]") == ["voice--flute mosaic"])
    }

    /// What has no place with a preset is left out there, and the combinations that differ in it alone are one run.
    @Test func whatHasNoPlaceIsLeftOut() throws {
        let text = """
            presets: [mosaic, nsynth]
            settings:
              layers: [relu1, relu2]
              blend: [0.2, 0.8]
            """
        let runs = try runs(text)
        #expect(
            runs.filter { $0.contains("mosaic") } == ["voice--flute mosaic blend=0.2", "voice--flute mosaic blend=0.8"])
        #expect(runs.count { $0.contains("nsynth") } == 4)
        let counts = try plan(text).forEachRun()
        #expect(counts.runs == 6 && counts.same == 2 && counts.excluded == 0)
    }

    /// A place may depend on another setting's value: the content's layer counts only where the content does.
    @Test func placesDependOnOtherValues() throws {
        let runs = try runs(
            """
            presets: [nsynth]
            settings:
              alpha: [0, 1]
              content-layer: ["relu2:29", "relu2:30"]
            """)
        #expect(runs.count == 3 && runs.count { $0.contains("content-layer") } == 2)
    }

    @Test func exclusionsLeaveOut() throws {
        let runs = try runs(
            """
            contents: [a.wav, b.wav]
            styles: [x.wav]
            presets: [nsynth, clean]
            settings: {alpha: [0.1, 1, 10], seed: [1, 2]}
            exclude:
              - {preset: clean, alpha: {from: 1}}
              - {content: b.wav, seed: [2]}
            """)
        #expect(!runs.contains { $0.contains("clean alpha=1") })
        #expect(runs.contains { $0.contains("clean alpha=0.1") })
        #expect(!runs.contains { $0.hasPrefix("b--x") && $0.hasSuffix("seed=2") })
        #expect(runs.count == (6 + 2) + (3 + 1))
    }

    @Test func rangesWithACountAreEven() throws {
        let runs = try runs(
            """
            presets: [nsynth]
            settings:
              alpha: {from: 0.01, to: 100, scale: log, count: 5}
              seed: {from: 0, to: 8, count: 3}
            """)
        #expect(runs.count == 15)
        let alphas = Set(runs.map { $0.split(separator: " ")[2] })
        #expect(alphas == ["alpha=0.01", "alpha=0.1", "alpha=1", "alpha=10", "alpha=100"])
        #expect(Set(runs.map { $0.split(separator: " ")[3] }) == ["seed=0", "seed=4", "seed=8"])
    }

    /// Sobol's points fall evenly: of 16, one in each 16th of the range. Seeds give other points, and the same ones again.
    @Test func rangesAreSampledTogether() throws {
        func text(_ method: String, _ seed: Int) -> String {
            """
            presets: [nsynth]
            settings:
              layers: [relu1, relu2]
              alpha: {from: 0, to: 16}
              iterations: {from: 10, to: 25}
            sample: {method: \(method), count: 16, seed: \(seed)}
            """
        }
        let plan = try plan(text("sobol", 3))
        #expect(try plan.forEachRun().runs == 32)
        let alphas = plan.axes[1].values.compactMap(\.double)
        let counts = plan.axes[2].values.compactMap(\.double)
        #expect(Set(alphas.map { Int($0) }) == Set(0..<16))
        #expect(Set(counts) == Set((10...25).map(Double.init)))
        #expect(try self.plan(text("sobol", 3)).axes[1].values == plan.axes[1].values)
        #expect(try self.plan(text("sobol", 4)).axes[1].values != plan.axes[1].values)
        let random = try self.plan(text("random", 3)).axes[1].values.compactMap(\.double)
        #expect(random.count == 16 && random.allSatisfy { (0..<16).contains($0) } && random != alphas)
    }

    /// Whole numbers are drawn again: the same samples are one run.
    @Test func equalSamplesAreOneRun() throws {
        let text = """
            presets: [nsynth]
            settings:
              seed: {from: 1, to: 3}
              alpha: [0, 1]
            sample: {count: 8}
            """
        let runs = try runs(text)
        #expect(runs.count == 6 && Set(runs).count == 6)
        let counts = try plan(text).forEachRun()
        #expect(counts.runs == 6 && counts.same == 10)
    }

    @Test func aPlanWithoutEndIsRefused() {
        let text = """
            presets: [nsynth]
            settings:
              alpha: {from: 0, to: 1, count: 1000000}
              style-weight: {from: 0, to: 1, count: 1000000}
            """
        #expect(mistake(text).contains("it combines more than 10000000 runs"), "\(mistake(text))")
    }

    @Test(arguments: [
        ("presets: [nope]", ":1:11 nope: the presets are"), ("a: 1", ":1:1 'a' is not known here"),
        ("settings: {alpha: [0, x]}", ":1:23 alpha must be a number"),
        ("settings:\n  alhpa: [0]", ":2:3 there is no setting 'alhpa'"),
        ("presets: [mosaic]\nsettings:\n  layers: [relu1]", ":3:11 layers changes nothing with this preset"),
        ("pairs:\n  - {content: missing.wav, style: x.wav}", ":2:15 "),
        ("pairs:\n  - {content: many*, style: x.wav}", "many*' is 3 sounds"),
        ("pairs: [{content: a.wav}]", ":1:9 a pair needs a content and a style"),
        ("contents: a.wav", ":1:11 styles is missing beside it"),
        ("settings: {alpha: {from: 1, to: 2}}", ":1:19 this range is to be sampled"),
        ("sample: {count: 4}", ":1:9 there is no range to sample"),
        ("settings: {alpha: {from: 2, to: 1, count: 2}}", ":1:19 a range needs from and to"),
        ("settings: {alpha: {from: 0, to: 1, scale: log, count: 2}}", ":1:19 a logarithmic range must be above 0"),
        ("settings: {loss: {from: 0, to: 1, count: 2}}", ":1:18 loss takes no numbers"),
        ("presets: [nsynth]\nsettings:\n  alpha: [1]\n  alpha: [2]", ":3:3 'alpha' is there twice"),
        ("presets: [nsynth]\nsettings: {alpha: [1, 1.0]}", ":2:23 alpha has the value 1.0 twice"),
        ("presets: [nsynth]\nsettings: {loss: [gram, foo]}", ":2:18 --loss foo: the choices are"),
        ("presets: [nsynth]\nsettings:\n  seed: [1]\n  iterations: [-3]", ":4:15 --iterations -3: it must be between"),
        ("presets: [nsynth]\nsettings: {alpha: [1]}\nexclude: [{alpha: 2}]", ":3:19 alpha never has the value 2"),
        ("presets: [nsynth]\nexclude: [{beta: 2}]", ":2:12 'beta' is neither preset"),
        ("presets: [nsynth]\nexclude: [{preset: nsynth}]", " all of its runs are excluded"),
        ("metrics: [style]", ":1:11 there is no metric 'style'"),
        ("threads: 0", ":1:10 threads must be a whole number"),
        ("checkpoint-every: -1", ":1:19 checkpoint-every must be between"),
        ("format: xyz", ":1:9 the formats are"), ("[1, 2]", ":1:1 a plan must be"), ("a: [", ":2:1 "),
        ("slurm: {options: [x]}", ":1:19 an option of sbatch begins with a dash"), ("", " it is empty"),
    ])
    func mistakesNameLineAndColumn(text: String, expected: String) {
        #expect(mistake(text).contains(expected), "\(mistake(text))")
    }

    /// A value that is wrong only beside another one is found, too: hop and window.
    @Test func limitsThatDependOnOthersAreChecked() {
        let text = """
            presets: [ulyanov]
            settings:
              n-fft: [512, 2048]
              hop: [128, 512]
            """
        #expect(mistake(text).contains("--hop 512"), "\(mistake(text))")
    }

    /// 100,000 runs, of which none is held. Its time is a benchmark's.
    @Test func aLargePlanIsGoneThrough() throws {
        let plan = try plan(
            """
            presets: [nsynth, clean]
            settings:
              layers: [relu1, relu2]
              alpha: {from: 0.01, to: 10, scale: log}
              style-weight: {from: 0.5, to: 2}
              seed: [0, 1, 2, 3, 4]
            sample: {method: sobol, count: 5000}
            exclude: [{preset: clean, seed: 4}]
            """)
        let counts = try plan.forEachRun()
        #expect(counts.runs == 90_000 && counts.excluded == 10_000)
    }

    @Test func theBundledPlanIsOfEveryReLU() throws {
        let plan = try SweepPlan("layer-atlas", sounds: AnySounds())
        var layers: Set<String> = []
        let layer = try #require(plan.axes.first { $0.setting.name == "layers" }?.setting)
        try plan.forEachRun { run in layers.insert(plan.settings(of: run)[layer]?.plain ?? "") }
        #expect(layers == Set((1...2).flatMap { kind in (1...30).map { "relu\(kind):\($0)" } }))
    }
}

@Suite struct ParetoFrontTests {
    @Test func aFrontIsWhatNoOtherBeats() {
        let points: [[Double]] = [[1, 5], [2, 4], [2, 3], [3, 1], [0, 6], [3, 1], [1, 1]]
        #expect(ParetoFront.indices(of: points) == [3, 5, 1, 0, 4])
        // By definition.
        let beaten = points.indices.filter { index in
            points.contains { other in
                zip(other, points[index]).allSatisfy { $0 >= $1 } && other != points[index]
            }
        }
        #expect(Set(ParetoFront.indices(of: points)) == Set(points.indices).subtracting(beaten))
    }

    @Test func ofOneCoordinateItIsTheBest() {
        #expect(ParetoFront.indices(of: [[1], [3], [2], [3]]) == [1, 3])
        #expect(ParetoFront.indices(of: []) == [])
    }
}

@Suite struct EvenChoiceTests {
    @Test func someOfManyAreEvenlyApart() {
        for count in [0, 1, 7, 8, 9, 100, 1_000] {
            var choice = EvenChoice<Int>(limit: 8)
            for number in 0..<count { choice.add(number) }
            #expect(choice.count == count && choice.some.count <= 8 && choice.some.count >= min(count, 4))
            let steps = Set(zip(choice.some, choice.some.dropFirst()).map { $1 - $0 })
            #expect(choice.some.first == (count > 0 ? 0 : nil) && steps.count <= 1, "\(count): \(choice.some)")
        }
    }
}
