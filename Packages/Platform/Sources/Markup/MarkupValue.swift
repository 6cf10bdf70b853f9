public import Core

/// A value for a field of a template.
public indirect enum MarkupValue: Sendable, Hashable {
    /// A text.
    case text(String)
    /// A whole number.
    case integer(Int64)
    /// A point in time.
    case instant(Instant)
    /// An amount of money.
    case money(Money)
    /// Credits in hundredths.
    case credits(hundredths: Int64)
    /// A size in bytes.
    case bytes(Int64)
    /// A share of a hundred.
    case percent(Int)
    /// A place on the web.
    case link(MarkupLink)
    /// Yes or no.
    case flag(Bool)
    /// Rows, each with values for the fields of the list.
    case list([[String: MarkupValue]])
    /// Nothing, for an optional field.
    case absent

    /// Whether the value is one of the type.
    func fits(_ type: MarkupSchema.FieldType) -> Bool {
        switch (self, type) {
        case (.text, .text), (.integer, .integer), (.instant, .instant), (.money, .money), (.credits, .credits), (.bytes, .bytes),
            (.percent, .percent), (.link, .link), (.flag, .flag), (.list, .list):
            true
        default: false
        }
    }

    /// Whether a condition about the value holds: a flag that is set, or something that is there.
    var isTrue: Bool {
        switch self {
        case .flag(let flag): flag
        case .absent: false
        case .list(let rows): !rows.isEmpty
        default: true
        }
    }
}
