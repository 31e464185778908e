// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Foundation
import HDF5
import TestSupport
import Testing

@Suite struct EncodeTests {
    @Test func activationsAreMagentas() throws {
        let (folder, golden) = (try TemporaryFolder(), try Golden())
        try TestSounds.write(Waveform(mono: try golden.values("content"), sampleRate: 16_000), in: folder, "c.wav")
        let ended = try ProgramUnderTest.run(
            [
                "encode", "c.wav", "--output", "c.h5", "--weights", Fixtures.path("nsynth-tiny/weights.h5"), "--layers",
                "relu1:1-3,relu2:10,residual:30,bottleneck,encoding",
            ], in: folder)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output == "c.h5\n")
        let file = try HDF5File(readingFrom: folder.file("c.h5"))
        let paths = try file.datasetPaths()
        #expect(
            Set(paths.map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }) == [
                "block1/relu1", "block2/relu1", "block3/relu1", "block10/relu2", "block30/residual", "bottleneck",
                "encoding",
            ])
        for path in paths {
            let (values, shape) = try file.readFloats(path)
            let expected = try golden.values("activations/\(path)")
            // Float32 in another order of summation.
            #expect(largestError(values.map(Double.init), expected.map(Double.init)) < 1e-5, "\(path)")
            #expect(
                shape
                    == (path.hasSuffix("encoding")
                        ? [2, 16] : path.hasSuffix("bottleneck") ? [1_024, 16] : [1_024, 8]))
        }
        #expect(try file.stringAttribute("weights_sha256")?.count == 64)
        #expect(folder.contents == ["c.h5", "c.h5.json", "c.wav"])
    }

    @Test func aSoundWithoutAWholeWindowHasNoEncoding() throws {
        let folder = try TemporaryFolder()
        try TestSounds.write(TestSounds.tone(300, seconds: 0.02), in: folder, "c.wav")
        let ended = try ProgramUnderTest.run(
            ["encode", "c.wav", "--output", "c.h5", "--weights", "random-32"], in: folder)
        #expect(ended.status == 65 && ended.errorLines.count == 1)
        #expect(folder.contents == ["c.wav"])
    }
}
