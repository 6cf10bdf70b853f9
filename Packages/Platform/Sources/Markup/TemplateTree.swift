/// A condition about a field: that it is so, or that it is not.
struct Condition: Sendable, Hashable {
    let field: String
    let isNegated: Bool
}

/// A piece of running text, with the fields not filled in.
indirect enum Inline: Sendable, Hashable {
    case text(String)
    case value(field: String, format: ValueFormat)
    case strong([Inline])
    case emphasis([Inline])
    case code([Inline])
    case lineBreak
    case link(field: String, [Inline])
    case condition(Condition, [Inline])
}

/// How a value is printed; everything but an instant has one form only.
enum ValueFormat: String, Sendable, Hashable {
    case standard
    case date
}

/// Something that stands once, under a condition, or once for each row of a list.
indirect enum Repeatable<Content: Sendable & Hashable>: Sendable, Hashable {
    case one(Content)
    case condition(Condition, [Repeatable<Content>])
    case each(list: String, [Repeatable<Content>])
}

/// A part of a mail that stands by itself, with the fields not filled in.
indirect enum Block: Sendable, Hashable {
    enum NoteKind: String, Sendable, Hashable {
        case info, warning, danger
    }

    struct Fact: Sendable, Hashable {
        let label: String
        let value: [Inline]
    }

    struct Column: Sendable, Hashable {
        let label: String
        let value: [Inline]
    }

    case heading([Inline])
    case paragraph([Inline])
    case button(field: String, [Inline])
    case note(NoteKind, [Repeatable<Block>])
    case facts([Repeatable<Fact>])
    case table(list: String, [Column])
    case list([Repeatable<[Inline]>])
    case divider
}
