// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
internal import Mustache

/// What the pages have in common: a Mustache template, and a policy that allows the page's own script and style only.
enum HTMLTemplate {
    /// A page: a template that names `HTML_SCALARS` as its content type, filled with data under the template's names.
    static func rendered(_ template: [UInt8], with data: Any) throws -> String {
        MustacheContentTypes.register(HTMLByScalars(), named: "HTML_SCALARS")
        return try MustacheTemplate(string: String(decoding: template, as: UTF8.self)).render(data)
    }

    /// Allows one script and one style, by their SHA-256; pictures that the page carries; and sounds from `media`.
    static func policy(script: String, style: String, media: String) -> String {
        """
        default-src 'none'; script-src '\(digest(of: script))'; style-src '\(digest(of: style))'; \
        img-src data:; media-src \(media); base-uri 'none'; form-action 'none'
        """
    }

    /// As in Content Security Policy Level 3: of the text between the tags.
    private static func digest(of text: String) -> String {
        let digits = Array(Array(text.utf8).withUnsafeBytes { Checksum(of: $0) }.description)
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
        return "sha256-" + Data(bytes).base64EncodedString()
    }
}

/// Escapes scalar by scalar. The library's own escaping goes by characters, and misses a quotation mark that a combining
/// accent follows, with which a file's name could end an attribute.
private struct HTMLByScalars: MustacheContentType {
    func escapeText(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
            case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}
