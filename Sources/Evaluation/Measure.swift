// SPDX-License-Identifier: Apache-2.0

/// The interface between ``Evaluation`` and its metrics: something that has what it needs of content or style, and scores an
/// output.
protocol Measure: Sendable {
    /// nil if it is not defined.
    func score(_ output: AnalysedSound) -> Double?
}

/// Measures the output alone.
struct Property: Measure {
    private let value: @Sendable (AnalysedSound) -> Double?

    init(_ value: @escaping @Sendable (AnalysedSound) -> Double?) {
        self.value = value
    }

    func score(_ output: AnalysedSound) -> Double? { value(output) }
}

/// Compares the beginnings that an output and a reference have in common.
struct Comparison: Measure {
    /// From output and reference, equally long.
    typealias Function = @Sendable (_ output: AnalysedSound, _ reference: AnalysedSound) -> Double?

    private let reference: AnalysedSound
    private let compare: Function

    init(with reference: AnalysedSound, _ compare: @escaping Function) {
        self.reference = reference
        self.compare = compare
    }

    func score(_ output: AnalysedSound) -> Double? {
        let count = min(output.samples.count, reference.samples.count)
        return compare(output.beginning(count), reference.beginning(count))
    }
}
