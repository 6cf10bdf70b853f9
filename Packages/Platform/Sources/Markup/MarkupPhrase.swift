/// A text of one line, written once in XML with words, values and conditions. It is checked when it is read and never changed.
public struct MarkupPhrase: Sendable, Hashable {
    /// The name that the element gives itself.
    public let name: String
    /// The language of the text, such as `en`.
    public let locale: String
    let source: String
    let schema: MarkupSchema
    let content: [Inline]

    /// Reads the text of an element of ``MarkupTemplate/namespace`` with the attributes `name` and `locale`: `strong`, `em`, `code`, `value`,
    /// `if` and `unless` have a place in it.
    ///
    /// - Parameter source: the name for errors.
    /// - Parameter fields: what the text may print.
    /// - Throws: ``MarkupError`` with the place of the first fault, as ``MarkupTemplate`` does.
    public init(_ root: MarkupElement, source: String, fields: MarkupSchema) throws(MarkupError) {
        var reader = TemplateReader(schema: fields, fragments: MarkupFragments(), source: source, shared: MarkupSchema([]))
        self = try reader.phrase(root)
    }

    init(name: String, locale: String, source: String, schema: MarkupSchema, content: [Inline]) {
        self.name = name
        self.locale = locale
        self.source = source
        self.schema = schema
        self.content = content
    }

    /// Fills in the values: one line without markup.
    ///
    /// - Throws: ``MarkupError`` when a value is missing or of another type; what is handed in too much is not looked at.
    public func text(_ values: [String: MarkupValue]) throws(MarkupError) -> String {
        PlainText.line(try Resolver(source: source, schema: schema, values: values).inlines(content))
    }
}
