/// A mail as written once in XML, from which both HTML and text come (NOT-001). It is checked when it is read and never changed.
public struct MarkupTemplate: Sendable, Hashable {
    /// The namespace of the vocabulary.
    public static let namespace = "urn:trellis:mail:1"

    /// The name that the document gives itself.
    public let name: String
    /// The language of the document, such as `en`.
    public let locale: String
    /// The class of the mail as the document says it.
    public let mailClass: String
    let source: String
    let schema: MarkupSchema
    let subject: [Inline]
    let preheader: [Inline]
    let body: [Repeatable<Block>]

    /// Reads a template and checks it against what it may print.
    ///
    /// - Parameter source: the name for errors.
    /// - Parameter fields: what the template may print besides the brand's own fields.
    /// - Parameter fragments: shared parts that it may use by name.
    /// - Throws: ``MarkupError`` with the place of the first fault: an unknown element, attribute, field or fragment, a field in a place or
    ///   format that its type does not have, an optional field outside of an `if` about it, a field that must appear and does not.
    public init(
        reading bytes: [UInt8], source: String, fields: MarkupSchema, fragments: MarkupFragments = MarkupFragments()
    ) throws(MarkupError) {
        let root = try MarkupElement(reading: bytes, namespace: Self.namespace, source: source)
        try self.init(root, source: source, fields: fields, fragments: fragments)
    }

    /// Checks a document that was read before, for instance to learn from its root what it may print.
    ///
    /// - Parameter source: the name for errors.
    /// - Parameter fields: what the template may print besides the brand's own fields.
    /// - Parameter fragments: shared parts that it may use by name.
    /// - Throws: ``MarkupError`` with the place of the first fault, as when it is read at once.
    public init(_ root: MarkupElement, source: String, fields: MarkupSchema, fragments: MarkupFragments) throws(MarkupError) {
        var reader = TemplateReader(schema: fields, fragments: fragments, source: source)
        self = try reader.template(root)
    }

    init(
        name: String, locale: String, mailClass: String, source: String, schema: MarkupSchema, subject: [Inline], preheader: [Inline],
        body: [Repeatable<Block>]
    ) {
        self.name = name
        self.locale = locale
        self.mailClass = mailClass
        self.source = source
        self.schema = schema
        self.subject = subject
        self.preheader = preheader
        self.body = body
    }

    /// Fills in the values and writes the mail.
    ///
    /// - Throws: ``MarkupError`` when a value is missing or of another type; what is handed in too much is not looked at.
    public func render(_ values: [String: MarkupValue], brand: MarkupBrand) throws(MarkupError) -> RenderedMarkup {
        let resolver = try Resolver(source: source, schema: schema, values: values.merging(brand.values) { _, brand in brand })
        let subject = try PlainText.line(resolver.inlines(self.subject))
        let preheader = try PlainText.line(resolver.inlines(self.preheader))
        let blocks = try resolver.blocks(body)
        return RenderedMarkup(
            subject: subject,
            html: HTMLWriter(palettes: brand.palettes, logo: brand.logo, locale: locale).page(title: subject, preheader: preheader, blocks),
            text: TextWriter().page(blocks))
    }
}

/// A mail with its values filled in.
public struct RenderedMarkup: Sendable, Hashable {
    /// The subject: one line.
    public let subject: String
    /// The HTML part.
    public let html: String
    /// The text part, wrapped at 76 columns.
    public let text: String
}

/// Parts that several templates share, by name (NOT-008).
public struct MarkupFragments: Sendable {
    struct Fragment: Sendable {
        let element: MarkupElement
        let source: String
    }

    private(set) var all: [String: Fragment] = [:]

    /// Makes no fragments.
    public init() {}

    /// Reads a document whose root is `<fragment name="…">`.
    ///
    /// - Throws: ``MarkupError`` for another root or a name that is there already.
    public mutating func read(_ bytes: [UInt8], source: String) throws(MarkupError) {
        let root = try MarkupElement(reading: bytes, namespace: MarkupTemplate.namespace, source: source)
        guard root.name == "fragment", let name = root.attributes["name"], root.attributes.count == 1 else {
            throw MarkupError(source: source, line: root.line, column: root.column, reason: "a fragment file is <fragment name=\"…\">")
        }
        guard all.updateValue(Fragment(element: root, source: source), forKey: name) == nil else {
            throw MarkupError(source: source, line: root.line, column: root.column, reason: "the fragment \(name) is there twice")
        }
    }
}
