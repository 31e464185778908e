// SPDX-License-Identifier: Apache-2.0

/// The lengths of a transfer's sounds, in samples at the network's rate.
struct TransferSizes {
    /// Samples of the content that are optimised.
    let samples: Int
    /// Samples of each style as it is given.
    let given: [Int]
    /// How styles are brought to the content's length, or both to the shorter one's; nil where they are looked at as they are.
    let fit: LengthFit?

    /// - Parameters:
    ///   - content: as given.
    ///   - styles: as given.
    init(content: Int, styles: [Int], fit: LengthFit?) {
        self.init(
            samples: fit.map { fit in styles.reduce(content) { fit.length(content: $0, style: $1) } } ?? content,
            given: styles, fit: fit)
    }

    private init(samples: Int, given: [Int], fit: LengthFit?) {
        (self.samples, self.given, self.fit) = (samples, given, fit)
    }

    /// Samples of each style that are looked at.
    var styles: [Int] { fit == nil ? given : given.map { _ in samples } }

    /// Of the shortest sound.
    var shortest: Int { min(samples, styles.min() ?? samples) }

    /// Of parts of the sounds, no longer than so many samples.
    func shortened(to count: Int) -> TransferSizes {
        TransferSizes(samples: min(samples, count), given: given.map { min($0, count) }, fit: fit)
    }
}
