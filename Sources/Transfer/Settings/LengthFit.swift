// SPDX-License-Identifier: Apache-2.0

/// How two sounds are brought to one length, for losses that compare them step by step.
public enum LengthFit: String, CaseIterable, Sendable {
    /// The longer one is cut to the shorter one's length, be it the content.
    case trim
    /// The style is cut, or followed by silence, to the content's length.
    case pad
    /// The style is cut, or repeated, to the content's length.
    case loop

    /// The common length.
    func length(content: Int, style: Int) -> Int {
        self == .trim ? min(content, style) : content
    }

    /// The signal at a given length.
    func fit(_ signal: [Float], to count: Int) -> [Float] {
        switch self {
        case .trim, .pad:
            signal.prefix(count) + [Float](repeating: 0, count: max(count - signal.count, 0))
        case .loop:
            (0..<count).map { signal[$0 % signal.count] }
        }
    }
}
