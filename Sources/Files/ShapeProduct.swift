// SPDX-License-Identifier: Apache-2.0

extension Sequence<Int> {
    /// The product of a shape's dimensions, which a file may state as it likes; nil when it exceeds `Int`.
    public var product: Int? {
        var product = 1
        for dimension in self {
            let (next, overflows) = product.multipliedReportingOverflow(by: dimension)
            if overflows { return nil }
            product = next
        }
        return product
    }
}
