// SPDX-License-Identifier: Apache-2.0
internal import CCairo
import Files

/// A picture's size.
public struct PictureSize: Equatable, Sendable {
    /// In pixels.
    public var width: Int
    /// In pixels.
    public var height: Int
    /// Pixels per point, the unit of letters and lines: 2 is sharp on high-density screens.
    public var scale: Double

    /// A size in pixels.
    public init(width: Int, height: Int, scale: Double = 2) {
        (self.width, self.height, self.scale) = (width, height, scale)
    }

    /// The allowed pixels on each side: Cairo's own limit is 32,767, and a pixel takes four bytes.
    public static let sides = 100...16_384
}

/// A rectangle in points, y downwards.
struct Rectangle: Equatable {
    var x, y, width, height: Double
    var right: Double { x + width }
    var bottom: Double { y + height }
}

/// A picture in memory, drawn in points from the upper left corner. Cairo is hidden: its status becomes a ``Failure``
/// in ``png()``, since a context that failed ignores what follows.
final class Canvas {
    /// The whole, in points.
    let bounds: Rectangle
    private let scale: Double
    private let surface: OpaquePointer
    private let context: OpaquePointer

    /// A picture full of one colour.
    ///
    /// - Throws: ``Failure`` of kind `usage` for a size outside ``PictureSize/sides``.
    init(_ size: PictureSize, background: Colour) throws(Failure) {
        guard PictureSize.sides.contains(size.width), PictureSize.sides.contains(size.height), size.scale > 0 else {
            throw Failure(
                .usage, "cannot draw a picture of \(size.width) x \(size.height) pixels",
                why: "a side has \(PictureSize.sides.lowerBound) to \(PictureSize.sides.upperBound)")
        }
        scale = size.scale
        bounds = Rectangle(x: 0, y: 0, width: Double(size.width) / scale, height: Double(size.height) / scale)
        surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(size.width), Int32(size.height))
        context = cairo_create(surface)
        cairo_scale(context, scale, scale)
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
        fill(bounds, background)
    }

    deinit {
        cairo_destroy(context)
        cairo_surface_destroy(surface)
    }

    /// The same position on whole pixels, so that edges are sharp.
    func snapped(_ area: Rectangle) -> Rectangle {
        let (x, y) = ((area.x * scale).rounded() / scale, (area.y * scale).rounded() / scale)
        return Rectangle(
            x: x, y: y, width: (area.right * scale).rounded() / scale - x,
            height: (area.bottom * scale).rounded() / scale - y)
    }

    /// Pixels in a length.
    func pixels(_ length: Double) -> Int { max(1, Int((length * scale).rounded())) }

    func fill(_ area: Rectangle, _ colour: Colour) {
        set(colour)
        cairo_rectangle(context, area.x, area.y, area.width, area.height)
        cairo_fill(context)
    }

    func outline(_ area: Rectangle, _ colour: Colour) {
        line(
            [
                (area.x, area.y), (area.right, area.y), (area.right, area.bottom), (area.x, area.bottom),
                (area.x, area.y),
            ], colour)
    }

    /// A line through points; a single point becomes a dot.
    func line(
        _ points: [(x: Double, y: Double)], _ colour: Colour, width: Double = 0.5, dash: [Double] = [],
        within area: Rectangle? = nil
    ) {
        guard let first = points.first else { return }
        cairo_save(context)
        if let area {
            cairo_rectangle(context, area.x, area.y, area.width, area.height)
            cairo_clip(context)
        }
        set(colour)
        cairo_set_line_width(context, width)
        cairo_set_dash(context, dash, Int32(dash.count), 0)
        if points.count == 1 {
            cairo_arc(context, first.x, first.y, 1.2 * width, 0, 2 * .pi)
            cairo_fill(context)
        } else {
            cairo_move_to(context, first.x, first.y)
            for point in points.dropFirst() { cairo_line_to(context, point.x, point.y) }
            cairo_stroke(context)
        }
        cairo_restore(context)
    }

    /// An image of `columns` x `rows` colours `0xRRGGBB`, row after row from the top, that fills the area without smoothing.
    func image(_ colours: [UInt32], columns: Int, rows: Int, in area: Rectangle) {
        precondition(colours.count == columns * rows, "an image of another size")
        guard let image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(columns), Int32(rows)) else { return }
        defer { cairo_surface_destroy(image) }
        cairo_surface_flush(image)
        if let data = cairo_image_surface_get_data(image) {
            let stride = Int(cairo_image_surface_get_stride(image))
            colours.withUnsafeBytes { source in
                for row in 0..<rows {
                    UnsafeMutableRawBufferPointer(start: data + row * stride, count: 4 * columns)
                        .copyMemory(
                            from: UnsafeRawBufferPointer(rebasing: source[4 * row * columns..<4 * (row + 1) * columns]))
                }
            }
            cairo_surface_mark_dirty(image)
        }
        cairo_save(context)
        cairo_translate(context, area.x, area.y)
        cairo_scale(context, area.width / Double(columns), area.height / Double(rows))
        cairo_set_source_surface(context, image, 0, 0)
        cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_NEAREST)
        cairo_rectangle(context, 0, 0, Double(columns), Double(rows))
        cairo_fill(context)
        cairo_restore(context)
    }

    /// Which part of a text is at its position.
    enum Anchor: Double {
        case start = 0
        case middle = 0.5
        case end = 1
    }

    /// Letters: a size in points.
    struct Font {
        var size: Double
        var isBold = false

        static let tick = Font(size: 9.5)
        static let label = Font(size: 10.5)
        static let title = Font(size: 11.5, isBold: true)
    }

    /// A line of text whose middle is at the height y.
    ///
    /// - Parameter upwards: rotated by 90 degrees, to read from bottom to top.
    func text(
        _ text: String, x: Double, y: Double, _ font: Font, _ colour: Colour, anchor: Anchor = .start,
        upwards: Bool = false
    ) {
        set(colour)
        choose(font)
        cairo_save(context)
        cairo_translate(context, x, y)
        if upwards { cairo_rotate(context, -.pi / 2) }
        // Capitals and digits of DejaVu Sans are 0.73 of its size high.
        cairo_move_to(context, -anchor.rawValue * width(of: text, font), 0.365 * font.size)
        cairo_show_text(context, text.escapingControlCharacters)
        cairo_restore(context)
    }

    /// A text's width in points.
    func width(of text: String, _ font: Font) -> Double {
        choose(font)
        var extents = cairo_text_extents_t()
        cairo_text_extents(context, text.escapingControlCharacters, &extents)
        return extents.x_advance
    }

    /// The text, or as much of its beginning as fits, with an ellipsis.
    func fitted(_ text: String, _ font: Font, width limit: Double) -> String {
        if width(of: text, font) <= limit { return text }
        var text = text.prefix(1_000)
        while !text.isEmpty, width(of: text + "…", font) > limit { text = text.dropLast() }
        return text + "…"
    }

    /// The picture as a PNG file.
    ///
    /// - Throws: ``Failure`` of kind `software`, with Cairo's reason.
    func png() throws(Failure) -> [UInt8] {
        cairo_surface_flush(surface)
        var bytes: [UInt8] = []
        var status = cairo_status(context)
        if status == CAIRO_STATUS_SUCCESS {
            status = withUnsafeMutablePointer(to: &bytes) { bytes in
                let append: cairo_write_func_t = { closure, data, count in
                    closure?.assumingMemoryBound(to: [UInt8].self).pointee
                        .append(contentsOf: UnsafeBufferPointer(start: data, count: Int(count)))
                    return CAIRO_STATUS_SUCCESS
                }
                return cairo_surface_write_to_png_stream(surface, append, bytes)
            }
        }
        guard status == CAIRO_STATUS_SUCCESS else {
            throw Failure(.software, "cannot draw a picture", why: String(cString: cairo_status_to_string(status)))
        }
        return bytes
    }

    private func choose(_ font: Font) {
        cairo_select_font_face(
            context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
            font.isBold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
        cairo_set_font_size(context, font.size)
    }

    private func set(_ colour: Colour) {
        cairo_set_source_rgb(context, colour.share(16), colour.share(8), colour.share(0))
    }
}

/// `0xRRGGBB`.
struct Colour: Equatable, ExpressibleByIntegerLiteral {
    let code: UInt32

    init(integerLiteral code: UInt32) { self.code = code }

    fileprivate func share(_ shift: UInt32) -> Double { Double(code >> shift & 0xFF) / 255 }
}
