#if canImport(Glibc)
internal import Glibc
#endif

/// A colour as `#rrggbb`.
public struct MarkupColor: Sendable, Hashable, LosslessStringConvertible {
    private let red, green, blue: UInt8

    /// Reads `#` and six hexadecimal digits; anything else is `nil`.
    public init?(_ description: String) {
        guard description.utf8.count == 7, description.hasPrefix("#"), description.dropFirst().allSatisfy(\.isHexDigit),
            let value = UInt32(description.dropFirst(), radix: 16)
        else { return nil }
        self.init(value)
    }

    /// Makes a colour from `0xRRGGBB`.
    public init(_ value: UInt32) {
        red = UInt8(truncatingIfNeeded: value >> 16)
        green = UInt8(truncatingIfNeeded: value >> 8)
        blue = UInt8(truncatingIfNeeded: value)
    }

    /// `#rrggbb`
    public var description: String {
        "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The contrast of two colours, from 1 to 21 (WCAG 2.1, "contrast ratio").
    public func contrast(to other: MarkupColor) -> Double {
        let (lighter, darker) = (max(luminance, other.luminance), min(luminance, other.luminance))
        return (lighter + 0.05) / (darker + 0.05)
    }

    private var luminance: Double {
        func linear(_ component: UInt8) -> Double {
            let value = Double(component) / 255
            return value <= 0.03928 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
}

/// The colours of one scheme.
public struct MarkupPalette: Sendable, Hashable {
    /// Behind everything.
    public var page: MarkupColor
    /// Behind the text.
    public var card: MarkupColor
    /// The text.
    public var text: MarkupColor
    /// Text of less weight.
    public var muted: MarkupColor
    /// Links and buttons.
    public var accent: MarkupColor
    /// The text of buttons.
    public var onAccent: MarkupColor
    /// Lines.
    public var border: MarkupColor
    /// Behind notes of each kind.
    public var info, warning, danger: MarkupColor

    /// Dark text on white.
    public static let light = MarkupPalette(
        page: MarkupColor(0xF4F5F7), card: MarkupColor(0xFFFFFF), text: MarkupColor(0x1A1F26), muted: MarkupColor(0x525B67),
        accent: MarkupColor(0x1B5FAA), onAccent: MarkupColor(0xFFFFFF), border: MarkupColor(0xD8DCE2), info: MarkupColor(0xE8F1FB),
        warning: MarkupColor(0xFDF3D8), danger: MarkupColor(0xFCE6E4))
    /// Light text on near black.
    public static let dark = MarkupPalette(
        page: MarkupColor(0x101318), card: MarkupColor(0x1A1F26), text: MarkupColor(0xEEF1F5), muted: MarkupColor(0xA9B2BE),
        accent: MarkupColor(0x7DB5F2), onAccent: MarkupColor(0x0D1520), border: MarkupColor(0x38414D), info: MarkupColor(0x1B2F47),
        warning: MarkupColor(0x3D3114), danger: MarkupColor(0x45201D))

    /// The pairs of text and background that are used, with their contrast.
    var contrasts: [(name: String, value: Double)] {
        [
            ("text on card", text.contrast(to: card)), ("muted on card", muted.contrast(to: card)),
            ("muted on page", muted.contrast(to: page)),
            ("accent on card", accent.contrast(to: card)), ("onAccent on accent", onAccent.contrast(to: accent)),
            ("text on info", text.contrast(to: info)), ("text on warning", text.contrast(to: warning)),
            ("text on danger", text.contrast(to: danger)), ("accent on info", accent.contrast(to: info)),
            ("accent on warning", accent.contrast(to: warning)), ("accent on danger", accent.contrast(to: danger)),
        ]
    }
}

/// The colours for light and dark clients; all text can be read in both.
public struct MarkupPalettes: Sendable, Hashable {
    /// Colours that stand on the elements themselves.
    public let light: MarkupPalette
    /// Colours that clients with a dark scheme use instead.
    public let dark: MarkupPalette

    /// The product's own colours.
    public static let standard = MarkupPalettes(known: .light, .dark)

    /// Makes palettes.
    ///
    /// - Throws: ``MarkupError`` when text of either has a contrast of less than 4.5 to its background (NOT-011, NOT-024).
    public init(light: MarkupPalette, dark: MarkupPalette) throws(MarkupError) {
        for (name, palette) in [("light", light), ("dark", dark)] {
            if let weak = palette.contrasts.first(where: { $0.value < 4.5 }) {
                throw MarkupError(source: "\(name) colours", reason: "the contrast of \(weak.name) is below 4.5")
            }
        }
        self.init(known: light, dark)
    }

    private init(known light: MarkupPalette, _ dark: MarkupPalette) {
        self.light = light
        self.dark = dark
    }
}
