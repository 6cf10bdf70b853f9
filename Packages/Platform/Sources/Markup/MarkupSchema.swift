/// What a template may print: named fields with types. A list has a schema of its own for its rows.
public struct MarkupSchema: Sendable, Hashable {
    /// The type of a field, which decides how it is printed.
    public indirect enum FieldType: Sendable, Hashable {
        /// Any text, such as a name; escaped wherever it stands.
        case text
        /// A whole number.
        case integer
        /// A point in time.
        case instant
        /// An amount of money.
        case money
        /// An amount of credits.
        case credits
        /// A size in bytes.
        case bytes
        /// A share of a hundred.
        case percent
        /// A place on the web, built by ``MarkupLink``.
        case link
        /// Yes or no; for conditions only.
        case flag
        /// Rows.
        case list(MarkupSchema)
    }

    /// One field.
    public struct Field: Sendable, Hashable {
        /// The name in templates.
        public let name: String
        /// The type.
        public let type: FieldType
        /// Whether it may be absent; then it stands inside of an `if` about it.
        public let isOptional: Bool
        /// Whether a template that does not use it is refused.
        public let mustAppear: Bool

        /// Makes a field.
        public init(_ name: String, _ type: FieldType, isOptional: Bool = false, mustAppear: Bool = false) {
            self.name = name
            self.type = type
            self.isOptional = isOptional
            self.mustAppear = mustAppear
        }
    }

    /// All fields in the order of the reference page.
    public let fields: [Field]

    /// Makes a schema.
    public init(_ fields: [Field]) {
        self.fields = fields
    }

    /// The field of a name.
    public func field(_ name: String) -> Field? {
        fields.first { $0.name == name }
    }
}
