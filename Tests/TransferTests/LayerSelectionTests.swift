// SPDX-License-Identifier: Apache-2.0
import Files
import Testing
import WaveEncoder

@testable import Transfer

@Suite struct LayerSelectionTests {
    let architecture = EncoderArchitecture(width: 8, layers: 30)

    private func points(_ text: String) throws -> [LayerPoint] {
        try LayerSelection(text).resolved(in: architecture).map(\.point)
    }

    @Test func aNameAloneMeansEveryBlock() throws {
        #expect(try points("relu1") == (1...30).map { .relu1($0) })
        #expect(try points("residual") == (1...30).map { .residual($0) })
        #expect(try points("bottleneck,encoding") == [.bottleneck, .encoding])
    }

    @Test func blocksAndRanges() throws {
        #expect(try points("relu1:3") == [.relu1(3)])
        #expect(try points("relu1:1-3,relu2:30") == [.relu1(1), .relu1(2), .relu1(3), .relu2(30)])
        #expect(try points("relu2:30-30") == [.relu2(30)])
    }

    @Test func anOpenEndReachesAsFarAsTheNetwork() throws {
        #expect(try points("relu1:-3") == [.relu1(1), .relu1(2), .relu1(3)])
        #expect(try points("relu1:-31") == points("relu1"))
        #expect(try points("residual:29-@2,relu2:-1") == [.residual(29), .residual(30), .relu2(1)])
    }

    @Test func weightsAreSharesOfOne() throws {
        let equal = try LayerSelection("relu1:1-5").resolved(in: architecture)
        #expect(equal.map(\.weight) == [Double](repeating: 0.2, count: 5))
        let mixed = try LayerSelection("relu1:1-2@0.5,relu2:30@3").resolved(in: architecture)
        #expect(mixed.map(\.weight) == [0.125, 0.125, 0.75])
        #expect(try LayerSelection("relu1:1,relu1:2@3").resolved(in: architecture).map(\.weight) == [0.25, 0.75])
        #expect(try LayerSelection("relu1@2").isWeighted)
        #expect(try !LayerSelection("relu1").isWeighted)
    }

    @Test(arguments: [
        "", ",", "relu1,", "relu3", "Relu1", "relu1:", "relu1:0", "relu1:5-3", "relu1:-", "relu1:-0", "relu1:-3-",
        "relu1:a",
        "relu1:1.5", "relu1:1-2-3", "relu1@", "relu1@0", "relu1@-1", "relu1@nan", "relu1@1e308", "relu1@1e-9",
        "relu1@inf", "bottleneck:1",
        "relu1:99999999999999999999", "relu1 ", "relu1:١", ":3", "@2", "relu1@1@2",
    ])
    func whatIsNotInTheGrammarIsRefusedWithIt(_ text: String) throws {
        let error = #expect(throws: Failure.self) { try LayerSelection(text) }
        #expect(error?.kind == .usage)
        #expect(error?.description.contains(LayerSelection.grammar) == true)
    }

    @Test(arguments: ["relu1:31", "relu1:31-", "relu2:29-31", "relu1,relu1:3", "encoding,encoding"])
    func whatTheWeightsDoNotHaveIsRefused(_ text: String) throws {
        let error = #expect(throws: Failure.self) { try LayerSelection(text).resolved(in: architecture) }
        #expect(error?.kind == .usage)
    }
}
