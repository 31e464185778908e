// SPDX-License-Identifier: Apache-2.0

/// Post-screening of listeners by ITU-R BS.1534-3, 4.1.2.
///
/// A listener is excluded who rates the hidden reference lower than 90 for more than 15 % of the test items, or the mid-range anchor
/// higher than 90 for more than 15 % of them. An item whose mid-range anchor more than 25 % of the listeners rate above 90 was not degraded
/// enough by the filter, and does not count for the second rule.
///
/// An item is a page that the listener answered. The second rule looks at pages for quality only: a low-passed sound may well
/// keep all of the content, or of the style.
public struct Screening: Codable, Equatable, Sendable {
    /// Ratings of the hidden reference below it, and of the mid-range anchor above it, are suspicious.
    public static let limit = 90.0
    /// The share of items above which a listener is excluded.
    public static let mostItems = 0.15
    /// The share of listeners above which an item's mid-range anchor does not count.
    public static let mostListeners = 0.25

    /// What was found about a listener.
    public struct Report: Codable, Equatable, Sendable {
        /// Who.
        public let listener: String
        /// How many pages were answered.
        public let items: Int
        /// On how many of them the hidden reference is below 90.
        public let lowReferences: Int
        /// How many pages count for the mid-range anchor.
        public let anchorItems: Int
        /// On how many of them the mid-range anchor is above 90.
        public let highAnchors: Int

        /// Whether the answers are left out.
        public var isExcluded: Bool { hearsNoReference || hearsNoAnchor }
        /// By the first rule.
        public var hearsNoReference: Bool { Double(lowReferences) > mostItems * Double(items) }
        /// By the second rule.
        public var hearsNoAnchor: Bool { Double(highAnchors) > mostItems * Double(anchorItems) }
    }

    /// All listeners, in the order of their first answers.
    public let reports: [Report]
    /// Pages whose mid-range anchor does not count.
    public let weakAnchors: [PageID]

    /// - Parameter answers: one for each listener and page.
    init(of answers: [DecodedAnswer], listeners: [String]) {
        let withAnchor = answers.filter { $0.answer.criterion == .quality && $0.values[.midAnchor] != nil }
        func isHigh(_ answer: DecodedAnswer) -> Bool { answer.values[.midAnchor].map { $0 > Self.limit } ?? false }
        let weak = Dictionary(grouping: withAnchor, by: \.answer.page)
            .filter { Double($0.value.count(where: isHigh)) > Self.mostListeners * Double($0.value.count) }
        weakAnchors = weak.keys.sorted { $0.trial < $1.trial }
        reports = listeners.map { listener in
            let own = answers.filter { $0.answer.listener == listener }
            let counted = withAnchor.filter { $0.answer.listener == listener && weak[$0.answer.page] == nil }
            return Report(
                listener: listener, items: own.count,
                lowReferences: own.count { ($0.values[.hiddenReference] ?? 100) < Self.limit },
                anchorItems: counted.count, highAnchors: counted.count(where: isHigh))
        }
    }
}
