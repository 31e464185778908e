// SPDX-License-Identifier: Apache-2.0
import CCairo
import Testing

/// A PNG file's pixels, read by Cairo.
struct DecodedPicture {
    let width: Int
    let height: Int
    private let pixels: [UInt32]

    init(png: [UInt8]) throws {
        // The signature, and the size as the file's first chunk has it (PNG specification, 11.2.2).
        #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        func number(_ offset: Int) -> Int { png[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        var rest = png[...]
        let read: cairo_read_func_t = { closure, data, count in
            guard let rest = closure?.assumingMemoryBound(to: ArraySlice<UInt8>.self), let data,
                rest.pointee.count >= count
            else { return CAIRO_STATUS_READ_ERROR }
            for index in 0..<Int(count) { data[index] = rest.pointee.removeFirst() }
            return CAIRO_STATUS_SUCCESS
        }
        let surface = withUnsafeMutablePointer(to: &rest) { cairo_image_surface_create_from_png_stream(read, $0) }
        defer { cairo_surface_destroy(surface) }
        try #require(cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS)
        (width, height) = (Int(cairo_image_surface_get_width(surface)), Int(cairo_image_surface_get_height(surface)))
        #expect((width, height) == (number(16), number(20)))
        let (data, stride) = (
            try #require(cairo_image_surface_get_data(surface)), Int(cairo_image_surface_get_stride(surface))
        )
        let width = width
        pixels = (0..<width * height).map { index in
            (data + index / width * stride + index % width * 4).withMemoryRebound(to: UInt32.self, capacity: 1) {
                $0.pointee
            }
                & 0xFFFFFF
        }
    }

    /// `0xRRGGBB`.
    subscript(x: Int, y: Int) -> UInt32 { pixels[y * width + x] }
}
