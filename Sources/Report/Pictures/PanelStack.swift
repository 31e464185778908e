// SPDX-License-Identifier: Apache-2.0
import Files

/// Panels from top to bottom over one horizontal axis, each under a line of text, all under a title.
struct PanelStack {
    /// Where the panels' plots are.
    let areas: [Rectangle]
    private let titleY: Double

    private static let edge = 6.0
    private static let titleHeight = 22.0
    private static let captionHeight = 19.0
    private static let gap = 8.0

    /// - Parameters:
    ///   - count: of panels, at least 1.
    ///   - rightMargin: room to the right of the plots, in points.
    /// - Throws: ``Failure`` of kind `usage` when there is no room.
    init(on canvas: Canvas, hasTitle: Bool, count: Int, rightMargin: Double) throws(Failure) {
        titleY = Self.edge + Self.titleHeight / 2
        let top = hasTitle ? Self.edge + Self.titleHeight : Self.edge
        let room = canvas.bounds.height - top - Panel.bottomMargin
        let height = (room - Double(count - 1) * Self.gap) / Double(count) - Self.captionHeight
        let width = canvas.bounds.width - Panel.leftMargin - rightMargin
        guard width >= 60, height >= 30 else {
            throw Failure(
                .usage, "cannot draw \(count) \(count == 1 ? "plot" : "plots")",
                why: "the picture is too small for them", remedy: "make it larger")
        }
        areas = (0..<count).map { index in
            let y = top + Double(index) * (height + Self.captionHeight + Self.gap) + Self.captionHeight
            return canvas.snapped(Rectangle(x: Panel.leftMargin, y: y, width: width, height: height))
        }
    }

    /// The title, above the plots.
    func draw(title: String, on canvas: Canvas, _ theme: Theme) {
        canvas.text(
            canvas.fitted(title, .title, width: canvas.bounds.width - Panel.leftMargin - Self.edge),
            x: Panel.leftMargin,
            y: titleY, .title, theme.text)
    }

    /// A panel's line of text.
    func draw(caption: String, over panel: Int, on canvas: Canvas, _ theme: Theme) {
        let area = areas[panel]
        canvas.text(
            canvas.fitted(caption, .label, width: canvas.bounds.width - area.x - Self.edge), x: area.x, y: area.y - 9,
            .label, theme.text)
    }
}
