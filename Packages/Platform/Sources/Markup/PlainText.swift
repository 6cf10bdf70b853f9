/// What texts from outside are turned into before they are printed anywhere.
enum PlainText {
    /// A text on one line: line ends and control characters become blanks, characters that turn the reading direction are dropped (NOT-017).
    static func printable(_ text: String) -> String {
        var printable = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029: printable.append(" ")
            case 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: break
            default: printable.append(scalar)
            }
        }
        return String(printable)
    }

    /// Running text as one line without markup, for a subject.
    static func line(_ inlines: [ResolvedInline]) -> String {
        var text = ""
        append(inlines, to: &text)
        return text.split(separator: " ").joined(separator: " ")
    }

    private static func append(_ inlines: [ResolvedInline], to text: inout String) {
        for inline in inlines {
            switch inline {
            case .text(let part): text += part
            case .strong(let inner), .emphasis(let inner), .code(let inner), .link(_, let inner): append(inner, to: &text)
            case .lineBreak: text += " "
            }
        }
    }
}
