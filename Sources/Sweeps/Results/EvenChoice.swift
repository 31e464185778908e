// SPDX-License-Identifier: Apache-2.0

/// Some of many, evenly chosen as they pass by: when there are too many, every second one is dropped, and from then on only every
/// second one is taken.
public struct EvenChoice<Element> {
    /// The most that are kept.
    public let limit: Int
    /// Those that are.
    public private(set) var some: [Element] = []
    /// All that passed.
    public private(set) var count = 0
    private var stride = 1

    /// - Parameter limit: at least 1.
    public init(limit: Int) { self.limit = limit }

    /// Lets one pass.
    public mutating func add(_ element: Element) {
        if count % stride == 0, some.count == limit {
            some = some.indices.filter { $0 % 2 == 0 }.map { [some] in some[$0] }
            stride *= 2
        }
        if count % stride == 0 { some.append(element) }
        count += 1
    }
}
