// SPDX-License-Identifier: Apache-2.0
import CHDF5
import Files
import Foundation
import HDF5
import TestSupport
import Testing
import WaveEncoder

/// Weights that cannot be used, given to the program.
@Suite struct BadWeightsTests {
    private let sounds: TestSounds
    private let folder: TemporaryFolder

    init() throws {
        sounds = try TestSounds()
        folder = try TemporaryFolder()
    }

    enum Fault: String, CaseIterable {
        case missing, shape, float64, notANumber
    }

    @Test(arguments: [
        (Fault.missing, "ae_res_2/biases"), (.shape, "ae_dilatedconv_1/W"), (.float64, "ae_dilatedconv_2/W"),
        (.notANumber, "ae_bottleneck/biases"),
    ])
    func aFaultyTensorIsNamed(_ fault: Fault, _ name: String) throws {
        let path = folder.file("\(fault.rawValue).h5")
        try write(path, fault, in: name)
        try expectRefusal(["--weights", path], mentioning: ["\(fault.rawValue).h5", name], in: sounds)
    }

    @Test func aWrongChecksumIsRefused() throws {
        let tiny = try Data(contentsOf: URL(fileURLWithPath: Fixtures.path("nsynth-tiny/weights.h5")))
        try tiny.write(to: URL(fileURLWithPath: folder.file("mine.h5")))
        func manifest(sha256: String) -> String {
            """
            {"schema": 1, "weights": [{"name": "mine", "title": "Mine", "licence": "CC0-1.0", "file": "mine.h5",
              "architecture": {"width": 8, "layers": 30, "stages": 10, "bottleneck": 16, "hop": 512},
              "bytes": \(tiny.count), "sha256": "\(sha256)", "tensors": 124}]}
            """
        }
        let home = ["WAVESTYLE_HOME": folder.path]
        let right = try Checksum(ofFile: folder.file("mine.h5")).description
        try manifest(sha256: right).write(
            toFile: folder.file("weights-manifest.json"), atomically: true, encoding: .utf8)
        let verified = try ProgramUnderTest.run(["weights", "verify", "mine"], in: folder, environment: home)
        #expect(verified.status == 0, "\(verified.errors)")

        // One bit of one weight: still a valid file, with another checksum.
        var changed = tiny
        changed[tiny.count - 1] ^= 1
        try changed.write(to: URL(fileURLWithPath: folder.file("mine.h5")))
        try expectRefusal(
            ["--weights", "mine"], mentioning: ["mine.h5", "SHA-256", right], in: sounds, environment: home)
        let refused = try ProgramUnderTest.run(["weights", "verify", "mine"], in: folder, environment: home)
        #expect(refused.status == 65)
    }

    private func expectRefusal(
        _ arguments: [String], mentioning mentions: [String], in sounds: TestSounds, environment: [String: String] = [:]
    ) throws {
        let before = sounds.folder.contents
        let ended = try ProgramUnderTest.run(
            ["--content", sounds.content, "--style", sounds.style, "--output", "out.wav", "--preset", "clean"]
                + arguments,
            in: sounds.folder, environment: environment)
        #expect(ended.status == 65)
        #expect(ended.errorLines.count == 1, "\(ended.errors)")
        for mention in mentions { #expect(ended.errors.contains(mention), "\(ended.errors)") }
        #expect(sounds.folder.contents == before)
    }

    /// Writes small weights with one fault.
    private func write(_ path: String, _ fault: Fault, in name: String) throws {
        let sample = RandomCase(width: 4, layers: 2, samples: 1, seed: 1)
        let file = ForeignFile(path)
        for group in Set(EncoderTensor.all(of: sample.weights.architecture).map { $0.name.split(separator: "/")[0] }) {
            file.group(String(group))
        }
        for tensor in EncoderTensor.all(of: sample.weights.architecture) {
            var (values, shape) = (sample.weights[tensor.role], tensor.shape)
            var storage = ForeignFile.Storage()
            if tensor.name == name {
                switch fault {
                case .missing: continue
                case .shape:
                    (shape, values) = ([1, 2] + shape.dropFirst(2), Array(values.prefix(values.count * 2 / 3)))
                case .float64: storage = ForeignFile.Storage(type: hdf5_native_double())
                case .notANumber: values[0] = .nan
                }
            }
            file.dataset(tensor.name, shape: shape.map(hsize_t.init), values, storage)
        }
    }
}
