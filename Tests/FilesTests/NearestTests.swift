// SPDX-License-Identifier: Apache-2.0
import Files
import Testing

@Suite struct NearestTests {
    private static let names = ["alpha", "clean", "clean-stft", "learning-rate", "studio", "hop"]

    /// A letter that is left out, put in, another, two that changed places; and what is too far from all.
    @Test(
        arguments: [
            ("studo", "studio"), ("cleann", "clean"), ("cleen", "clean"), ("alhpa", "alpha"),
            ("learnig-raet", "learning-rate"),
            ("clean-sft", "clean-stft"), ("hpo", nil), ("voice.wav", nil), ("", nil), ("x", nil),
        ] as [(String, String?)])
    func theNearestNameIsMeant(_ given: String, _ meant: String?) {
        #expect(Nearest.name(to: given, among: Self.names) == meant)
    }

    @Test func ofNoNamesNoneIsMeant() {
        #expect(Nearest.name(to: "clean", among: [String]()) == nil)
    }
}
