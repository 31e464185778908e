// SPDX-License-Identifier: Apache-2.0

/// The colours of a picture besides its data.
public enum Theme: String, CaseIterable, Sendable {
    case light, dark

    var background: Colour { self == .light ? 0xFFFFFF : 0x15151B }
    var text: Colour { self == .light ? 0x1B1B1F : 0xECECF1 }
    /// Ticks and labels: at least 7:1 against the background.
    var label: Colour { self == .light ? 0x4A4A55 : 0xB4B4C0 }
    var frame: Colour { self == .light ? 0x8A8A94 : 0x6A6A78 }
    var grid: Colour { self == .light ? 0xE2E2E8 : 0x2B2B35 }
    /// Where a plot has no data: after a sound's end, above its highest frequency.
    var empty: Colour { self == .light ? 0xEFEFF3 : 0x24242D }

    /// Colours that colour-blind people can distinguish: Okabe and Ito, Color Universal Design (2008), without the one that is
    /// too close to the background.
    var curves: [Colour] {
        switch self {
        case .light: [0x0072B2, 0xD55E00, 0x009E73, 0xCC79A7, 0x000000, 0xE69F00, 0x56B4E9]
        case .dark: [0x56B4E9, 0xE69F00, 0x2FBF92, 0xE29BC3, 0xF0E442, 0xF07A33, 0xFFFFFF]
        }
    }

    /// Curves differ in their dashes too, in points: line, gap, ...
    static let dashes: [[Double]] = [[], [6, 2.5], [1.5, 2], [7, 2, 1.5, 2]]
}
