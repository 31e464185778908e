// SPDX-License-Identifier: Apache-2.0

/// How a run trades memory for time.
public struct MemoryStrategy: Equatable, Sendable, Codable {
    /// Where maps are that a sound is compared with row by row.
    public enum Targets: String, Sendable, Codable {
        /// In memory.
        case stored
        /// In a scratch file.
        case onDisk = "on-disk"
        /// Nowhere: they are recomputed beside each evaluation.
        case recomputed
    }

    /// Samples that activations are recomputed for at a time; nil where all are stored between the forward and the backward pass.
    public var window: Int?
    /// Where targets are.
    public var targets: Targets
    /// Parts that the content is optimised in, one after the other (``ContentParts``); nil for one.
    public var parts: Int?

    /// A strategy.
    public init(window: Int? = nil, targets: Targets = .stored) {
        (self.window, self.targets) = (window, targets)
    }

    /// Everything is stored.
    public static let storeAll = MemoryStrategy()

    /// For people.
    public var description: String {
        (parts.map { "in \($0) parts with crossfades, as memory does not hold more at a time; " } ?? "")
            + (window.map { "activations recomputed in windows of \($0) samples" } ?? "all activations stored")
    }
}
