// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Foundation
import TestSupport
import Testing

/// What users get wrong: one line that says so, the right exit code, and no file.
@Suite struct FailureTests {
    private let sounds: TestSounds
    private let before: [String]

    init() throws {
        sounds = try TestSounds()
        try Data("once upon a time\n".utf8).write(to: URL(fileURLWithPath: sounds.folder.file("text.wav")))
        let files = [
            ("nan.wav", Self.wav([0.1, .nan, 0.2], rate: 16_000)), ("empty.wav", Self.wav([], rate: 16_000)),
            ("slow.wav", Self.wav([0, 0.5, 0, 0.5], rate: 1)),
        ]
        for (name, bytes) in files { try bytes.write(to: URL(fileURLWithPath: sounds.folder.file(name))) }
        before = sounds.folder.contents
    }

    struct Case: Sendable, CustomStringConvertible {
        var arguments: [String]
        var status: Int32
        /// What the line must contain.
        var mention: String
        var description: String { arguments.joined(separator: " ") }

        init(_ arguments: String, _ status: Int32, _ mention: String) {
            self.arguments = arguments.split(separator: " ").map(String.init)
            (self.status, self.mention) = (status, mention)
        }
    }

    static let published = "--content content.wav --style style.wav --output out.wav --weights TINY --iterations 1"
    static let pair = "\(published) --preset clean"

    @Test(arguments: [
        Case("--content missing.wav --style style.wav --output out.wav", 66, "missing.wav"),
        Case("--content content.wav --style missing.wav --output out.wav", 66, "missing.wav"),
        Case("--content text.wav --style style.wav --output out.wav", 65, "text.wav"),
        Case("--content empty.wav --style style.wav --output out.wav", 65, "empty.wav"),
        Case("--content nan.wav --style style.wav --output out.wav", 65, "nan.wav"),
        Case("--content slow.wav --style style.wav --output out.wav", 65, "slow.wav"),
        Case("--content . --style style.wav --output out.wav", 66, "folder"),
        Case("content.wav style.wav", 64, "sounds are given with --content and --style"),
        Case("studo", 64, "'wavestyle' has no subcommand 'studo'; did you mean 'wavestyle studio'?"),
        Case("studo --port 3", 64, "did you mean 'wavestyle studio'?"),
        Case("studo --help", 64, "did you mean 'wavestyle studio'?"),
        Case("help studo", 64, "did you mean 'wavestyle studio'?"),
        Case("hlep", 64, "did you mean 'wavestyle help'?"),
        Case("sweep chek plan.yaml", 64, "'wavestyle sweep' has no subcommand 'chek'; did you mean"),
        Case("weights imprt", 64, "did you mean 'wavestyle weights import'?"),
        Case("weights create --bogus", 64, "Missing expected argument '--output"),
        Case("demonstrate", 64, "see --help"),
        Case("sweep help", 64, "no subcommand 'help'; see --help"), Case("--preset cleen", 64, "did you mean clean?"),
        Case("--content content.wav --output out.wav", 64, "--style"),
        Case("--style style.wav --output out.wav", 64, "--content"),
        Case("--content content.wav --style style.wav --output out.wav --start 99", 65, "content.wav"),
        Case("--content content.wav --style style.wav --output out.wav --start -1", 64, "--start"),
        Case("--content content.wav --style style.wav --output out.wav --duration 0", 64, "--duration"),
        Case("\(pair) --layers relu3", 64, "relu3"), Case("\(pair) --layers relu1:31", 64, "30 blocks"),
        Case("\(published) --loss gram --content-layer relu2:31", 64, "30 blocks"),
        Case("\(pair) --layers relu1:5-2", 64, "empty"),
        Case("\(pair) --alpha -1", 64, "--alpha"), Case("\(pair) --iterations -5", 64, "--iterations"),
        Case("\(pair) --alpha nan", 64, "--alpha"), Case("\(pair) --alpha x", 64, "--alpha"),
        Case("\(pair) --learning-rate 0", 64, "--learning-rate"), Case("\(pair) --init-noise -1", 64, "--init-noise"),
        Case("\(pair) --init loud", 64, "--init"), Case("\(pair) --init mix:2", 64, "mix"),
        Case("\(pair) --loss l1", 64, "--loss"), Case("\(pair) --threads 0", 64, "--threads"),
        Case("\(pair) --snapshots 2", 64, "--snapshots"), Case("\(pair) --snapshots 1,x", 64, "--snapshots"),
        Case("\(pair) --fit loop", 64, "--fit"), Case("\(pair) --clip none --sample-format pcm24", 64, "--clip"),
        Case("\(pair) --output-rate 7", 64, "--output-rate"),
        Case("\(pair) --sample-format pcm8", 64, "--sample-format"),
        Case("\(pair) --bogus", 64, "--bogus"), Case("\(pair) extra", 64, "extra"),
        Case("\(pair) --layers encoding --start 0.24", 65, "encoding"),
        Case("\(pair) --trace out.wav", 64, "out.wav"), Case("\(pair) --trace ./out.wav", 64, "./out.wav"),
        Case("\(pair) --trace style.wav", 64, "style.wav"),
        Case("\(pair) --snapshots 1 --trace out.iteration1.wav", 64, "out."),
        Case("--content content.wav --style style.wav --output ./content.wav", 64, "./content.wav"),
        Case("encode content.wav --output content.wav", 64, "content.wav"),
        Case("\(pair) --quiet --trace /dev/full", 74, "/dev/full"), Case("\(pair) --alpha 1e39", 64, "--alpha"),
        Case("\(pair) --layers relu1@1e308", 64, "1e308"), Case("\(pair) --snapshots -1", 64, "--snapshots"),
        Case("\(pair) --trace nowhere/t.jsonl", 73, "nowhere"),
        Case("--content content.wav --style style.wav --output nowhere/out.wav", 73, "nowhere"),
        Case("--content content.wav --style style.wav --output text.wav/out.wav", 73, "text.wav"),
        Case("--content content.wav --style style.wav --output /proc/out.wav", 73, "/proc/out.wav"),
        Case("--content content.wav --style style.wav --output .", 64, "extension"),
        Case("--content content.wav --style style.wav --output out.doc", 64, "out.doc"),
        Case("\(pair) --weights nosuchname", 66, "nosuchname"), Case("\(pair) --weights no/such.h5", 66, "no/such.h5"),
        Case("\(pair) --weights text.wav", 65, "text.wav"),
        Case("encode missing.wav --output out.h5", 66, "missing.wav"),
        Case("encode content.wav --output nowhere/out.h5", 73, "nowhere"),
        Case("encode content.wav --output out.h5 --layers relu9", 64, "relu9"),
        Case("encode content.wav --output out.h5 --layers relu1@2 --weights TINY", 64, "relu1@2"),
        Case("compare --output duel --bogus", 64, "--bogus"), Case("batch --contents a --styles b", 64, "--output"),
        Case("transfer bogus", 64, "bogus"), Case("compare --output duel --alpha 1", 64, "--alpha"),
        Case("weights inspect nosuchname", 66, "nosuchname"), Case("weights bogus", 64, "bogus"),
        Case("weights create --output out.h5 --seed 1 --width 0", 64, "width"),
    ])
    func isRefusedInOneLine(_ test: Case) throws {
        let arguments = test.arguments.map { $0 == "TINY" ? Fixtures.path("nsynth-tiny/weights.h5") : $0 }
        try expectRefusal(arguments, status: test.status, mention: test.mention)
    }

    static let spectra = "--backend stft --filters 32 --content content.wav --style style.wav --output out.wav"

    /// The same with the other backend, and what only one of them knows.
    @Test(arguments: [
        Case("--backend stft --content missing.wav --style style.wav --output out.wav", 66, "missing.wav"),
        Case("--backend stft --content content.wav --style text.wav --output out.wav", 65, "text.wav"),
        Case("--backend stft --content nan.wav --style style.wav --output out.wav", 65, "nan.wav"),
        Case("--backend stft --content content.wav --output out.wav", 64, "--style"),
        Case("\(spectra) --start 99", 65, "content.wav"), Case("\(spectra) --duration 0", 64, "--duration"),
        Case("\(spectra) --duration 0.01", 65, "too few for layer 1"),
        Case("\(spectra) --layers relu2", 64, "the network has 1"),
        Case("\(spectra) --layers relu1:1-5", 64, "relu1:1-5"),
        Case("\(spectra) --layers residual", 64, "residual"), Case("\(spectra) --layers conv1", 64, "choose relu1"),
        Case("\(spectra) --no-relu --layers relu1", 64, "choose conv1"),
        Case("\(spectra) --layers relu0", 64, "count from 1"),
        Case("\(spectra) --alpha -1", 64, "--alpha"), Case("\(spectra) --iterations -5", 64, "--iterations"),
        Case("\(spectra) --n-fft 7", 64, "--n-fft"), Case("\(spectra) --hop 4096", 64, "--hop"),
        Case("\(spectra) --hop 0", 64, "--hop"), Case("\(spectra) --hop 1025", 64, "half the window"),
        Case("\(spectra) --alpha 0 --content-layer relu1", 64, "--alpha 0"),
        Case("\(spectra) --precision float32", 64, "--precision"),
        Case("\(spectra) --normalisation gatys --gram-divisor frames", 64, "gatys"),
        Case("\(spectra) --kernel 0", 64, "--kernel"),
        Case("\(spectra) --filters 0", 64, "--filters"), Case("\(spectra) --phase magic", 64, "--phase"),
        Case("\(spectra) --phase le-roux --hop 1000", 64, "3 hops"), Case("\(spectra) --ceiling 0", 64, "--ceiling"),
        Case("\(spectra) --window-length 4000", 64, "--window-length"),
        Case("\(spectra) --trace out.wav", 64, "out.wav"),
        Case("--backend stft --content content.wav --style style.wav --weights none.h5", 66, "none.h5"),
        Case("\(spectra) --precision mixed", 64, "--precision"),
        Case("\(spectra) --learning-rate 0.1", 64, "--learning-rate"),
        Case("\(spectra) --round-codes", 64, "--round-codes"),
        Case("\(spectra) --phase-momentum 0.5", 64, "--phase griffin-lim"), Case("\(spectra) --fit loop", 64, "--fit"),
        Case("\(spectra) --network deep", 64, "--network deep"),
        Case("\(spectra) --loss l2 --gram-divisor entries", 64, "--loss l2"),
        Case("\(spectra) --optimizer adam --max-evaluations 5", 64, "--optimizer adam"),
        Case("\(pair) --filters 32", 64, "--backend nsynth"), Case("\(pair) --phase fast", 64, "--backend nsynth"),
        Case("\(published) --backend nsynth --corrections 5", 64, "--optimizer adam"),
        Case("\(pair) --alpha 0 --style-weight 0", 64, "--style-weight"),
        Case("\(pair) --preset nosuch", 64, "ulyanov, srm"), Case("\(pair) --preset no/such.json", 66, "no/such.json"),
        Case("\(pair) --preset text.wav", 65, "text.wav"), Case("presets nosuch", 64, "nosuch"),
        Case("\(pair) --style style.wav@0", 64, "--style"),
    ])
    func theOtherBackendRefusesToo(_ test: Case) throws {
        try isRefusedInOneLine(test)
    }

    /// Presets of a user's own.
    @Test func illFormedPresetsAreRefused() throws {
        for (json, status, mention) in [
            ("{}", Int32(65), "'settings' is missing"), ("[1]", 65, "not"),
            ("{\"settings\": {\"filter\": 3}}", 65, "'filter'"),
            ("{\"settings\": {\"filters\": []}}", 65, "text, a number"), ("{\"settings\": 3}", 65, "settings"),
            ("{\"settings\": {\"alpha\": \"x\"}}", 65, "--alpha"),
            ("{\"settings\": {\"filters\": 3.5}}", 65, "--filters"),
            ("{\"settings\": {\"backend\": \"wav\"}}", 65, "nsynth, stft"),
            ("{\"settings\": {\"init\": 3}}", 65, "--init"),
            ("{\"settings\": {\"backend\": \"stft\", \"relu\": 1}}", 65, "--relu"), ("{\"settings\": ", 65, "not JSON"),
            ("{\"settings\": {\"n-fft\": 512}}", 65, "--backend nsynth"),
            ("{\"settings\": {\"backend\": \"stft\", \"learning-rate\": 0.1}}", 65, "--optimizer lbfgsb"),
            ("{\"settings\": {}, \"iterations\": 5}", 65, "'iterations'"),
        ] {
            let folder = try TemporaryFolder()
            try Data(json.utf8).write(to: URL(fileURLWithPath: folder.file("p.json")))
            let ended = try ProgramUnderTest.run(["--preset", "p.json", "--print-settings"], in: folder)
            #expect(ended.status == status, "\(json): \(ended.errors)")
            #expect(ended.errorLines.count == 1 && ended.errors.contains(mention), "\(json): \(ended.errors)")
        }
    }

    @Test(arguments: ["segfault-1.h5", "segfault-2.h5"])
    func filesThatCrashTheLibraryAreRefused(_ name: String) throws {
        let path = Fixtures.path("hdf5-hostile/\(name)")
        try expectRefusal(
            ["--content", sounds.content, "--style", sounds.style, "--preset", "clean", "--weights", path], status: 65,
            mention: name)
        try expectRefusal(["weights", "inspect", path], status: 65, mention: name)
    }

    @Test(arguments: [0, 100, 4_096, 70_000, 139_000])
    func truncatedWeightsAreRefused(_ bytes: Int) throws {
        let whole = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("nsynth-tiny/weights.h5")))
        let folder = try TemporaryFolder()
        try whole.prefix(bytes).write(to: URL(fileURLWithPath: folder.file("cut.h5")))
        try expectRefusal(
            [
                "--content", sounds.content, "--style", sounds.style, "--preset", "clean", "--weights",
                folder.file("cut.h5"),
            ], status: 65, mention: "cut.h5")
    }

    @Test func aFileNameCannotDriveTheTerminal() throws {
        let ended = try ProgramUnderTest.run(
            ["--content", "a\u{1B}[2Jb\nc.wav", "--style", "style.wav"], in: sounds.folder)
        #expect(ended.status == 66)
        #expect(ended.errorLines.count == 1 && !ended.errors.contains("\u{1B}"))
    }

    /// Another file would be written.
    /// Stopped while it writes: 126 MB take long enough to be met.
    @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func aSignalLeavesNoPartialFile(_ number: Int32) throws {
        let folder = try TemporaryFolder()
        let ended = try ProgramUnderTest.run(
            ["weights", "create", "--seed", "1", "--width", "512", "--output", "large.h5"], in: folder
        ) { process, _ in
            func size(_ name: String) -> Int {
                ((try? FileManager.default.attributesOfItem(atPath: folder.file(name)))?[.size] as? Int) ?? 0
            }
            while process.isRunning, !folder.contents.contains(where: { $0.hasSuffix(".partial") && size($0) > 0 }) {
                Thread.sleep(forTimeInterval: 0.002)
            }
            kill(process.processIdentifier, number)
        }
        #expect(ended.status == number)
        #expect(folder.contents.isEmpty)
    }

    private func expectRefusal(_ arguments: [String], status: Int32, mention: String) throws {
        let ended = try ProgramUnderTest.run(arguments, in: sounds.folder)
        #expect(ended.status == status, "\(ended.errors)")
        #expect(ended.errorLines.count == 1, "\(ended.errors)")
        #expect(ended.errors.hasPrefix("wavestyle: error: "))
        #expect(ended.errors.contains(mention), "\(ended.errors)")
        #expect(ended.output.isEmpty)
        #expect(sounds.folder.contents == before)
    }

    /// A wav file of mono float32 samples, as bytes.
    private static func wav(_ samples: [Float], rate: UInt32) -> Data {
        func little(_ value: UInt32, _ bytes: Int) -> [UInt8] {
            (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let format = little(3, 2) + little(1, 2) + little(rate, 4) + little(4 * rate, 4) + little(4, 2) + little(32, 2)
        let data = samples.flatMap { little($0.bitPattern, 4) }
        let chunks =
            Array("WAVEfmt ".utf8) + little(16, 4) + format + Array("data".utf8) + little(UInt32(data.count), 4) + data
        return Data(Array("RIFF".utf8) + little(UInt32(chunks.count), 4) + chunks)
    }
}
