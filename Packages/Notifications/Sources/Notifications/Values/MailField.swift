/// A field that a template may print.
public struct MailField: Sendable, Hashable {
    /// The type of a field.
    public indirect enum FieldType: Sendable, Hashable {
        /// See ``MailValue/text(_:)``.
        case text
        /// See ``MailValue/integer(_:)``.
        case integer
        /// See ``MailValue/instant(_:)``.
        case instant
        /// See ``MailValue/money(_:)``.
        case money
        /// See ``MailValue/flag(_:)``.
        case flag
        /// See ``MailValue/link(_:)``.
        case link
        /// See ``MailValue/list(_:)``; the fields of a row.
        case list([MailField])
    }

    /// The name in templates.
    public let name: String
    /// The type.
    public let type: FieldType
    /// Whether it may be absent.
    public let isOptional: Bool
    /// Whether a template that does not print it is refused at start.
    public let mustAppear: Bool

    init(_ name: String, _ type: FieldType, isOptional: Bool = false, mustAppear: Bool = false) {
        self.name = name
        self.type = type
        self.isOptional = isOptional
        self.mustAppear = mustAppear
    }

    /// A field that is always there.
    public static func required(_ name: String, _ type: FieldType) -> MailField {
        MailField(name, type)
    }

    /// A field that is always there and must be printed: what a person has to be told.
    public static func mandatory(_ name: String, _ type: FieldType) -> MailField {
        MailField(name, type, mustAppear: true)
    }

    /// A field that may be absent.
    public static func optional(_ name: String, _ type: FieldType) -> MailField {
        MailField(name, type, isOptional: true)
    }

    /// The field of every mail that says why its recipient gets it.
    public static let reason = MailField.mandatory("reason", .text)
}
