// SPDX-License-Identifier: Apache-2.0

/// Curves over one axis.
public struct Chart: Sendable {
    /// Points, from left to right.
    public struct Curve: Sendable {
        /// For the legend.
        public var name: String
        /// Values that are not finite are left out; so are those at or below 0 on a logarithmic axis.
        public var points: [(x: Double, y: Double)]

        /// A curve.
        public init(name: String, points: [(x: Double, y: Double)]) { (self.name, self.points) = (name, points) }
    }

    /// The title.
    public var title: String
    /// Under the horizontal axis, with its unit.
    public var xLabel: String
    /// Next to the vertical axis, with its unit.
    public var yLabel: String
    /// Whether the vertical axis is logarithmic.
    public var isLogarithmic: Bool
    /// In the legend's order.
    public var curves: [Curve]

    /// A chart.
    public init(title: String, xLabel: String, yLabel: String, isLogarithmic: Bool = false, curves: [Curve]) {
        (self.title, self.xLabel, self.yLabel) = (title, xLabel, yLabel)
        (self.isLogarithmic, self.curves) = (isLogarithmic, curves)
    }
}
