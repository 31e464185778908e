// SPDX-License-Identifier: Apache-2.0
import Files
extension Metric {
    public enum Direction: Sendable { case lower, higher, neither }
    public enum Group: String, Sendable { case style = "Style" }
    public var direction: Direction { .higher }
    public var title: String { rawValue }
    public var unit: String { rawValue }
    public var formula: String { rawValue }
    public var range: String { rawValue }
    public var source: String { rawValue }
    public var group: Group { .style }
    public func format(_ v: Double) -> String { "\(v)" }
}
public enum Loudness {
    public static func of(_ samples: [Float], sampleRate: Int) -> Double? { nil }
}
public enum PitchClass {
    public static func parse(_ text: String) throws(Failure) -> Set<Int> { [0] }
    public static func list(_ c: Set<Int>) -> String { "" }
}
