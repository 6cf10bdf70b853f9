public import Core

/// What a JSON value looks like, as the API's description tells it (JSON Schema 2020-12, as far as the product needs it).
public struct Schema: Sendable, Hashable {
    /// The kinds of value.
    indirect enum Form: Sendable, Hashable {
        case any
        case null
        /// A text, a number or a truth value, by its name in JSON Schema.
        case value(type: String, format: String?)
        /// One of these texts.
        case words([String])
        case array(Schema)
        /// An object with free keys.
        case map(Schema)
        /// An object with these keys. One with a name stands once in the document, and everybody refers to it.
        case object(name: String?, [Field])
        /// A value that fits one of these, such as what is done and what would be.
        case either([Schema])
        /// What could not be found out from a type; a document that holds it is not given out.
        case unknown(String)
    }

    /// One key of an object.
    struct Field: Sendable, Hashable {
        let name: String
        var schema: Schema
        let isRequired: Bool
    }

    var form: Form
    var isNullable = false
    var meaning: String?
    var sample: JSONValue?
    var limits: [String: JSONValue] = [:]

    init(_ form: Form, sample: JSONValue? = nil) {
        self.form = form
        self.sample = sample
    }

    /// Anything.
    public static let any = Schema(.any)
    /// Nothing but `null`.
    public static let null = Schema(.null)
    /// A text.
    public static let string = Schema(.value(type: "string", format: nil), sample: "text")
    /// A whole number.
    public static let integer = Schema(.value(type: "integer", format: nil), sample: 1)
    /// A number.
    public static let number = Schema(.value(type: "number", format: nil), sample: 1.5)
    /// `true` or `false`.
    public static let boolean = Schema(.value(type: "boolean", format: nil), sample: true)
    /// An instant in UTC, ISO 8601.
    public static let instant = Schema(.value(type: "string", format: "date-time"), sample: "2026-01-31T10:00:00.000000Z")

    /// A text with an example.
    public static func text(_ example: String) -> Schema {
        Schema(.value(type: "string", format: nil), sample: .string(example))
    }

    /// An id: a prefix and 26 characters.
    public static func id(_ prefix: String) -> Schema {
        text(prefix + "_01KG5D8N8ZQ2V3W4X5Y6Z7A8B9")
    }

    /// One of a few words.
    public static func words(_ words: String...) -> Schema {
        Schema(.words(words))
    }

    /// The raw values of an enumeration, so that a new case stands in the document at once.
    public static func words<Word: CaseIterable & RawRepresentable<String>>(of type: Word.Type) -> Schema {
        Schema(.words(Word.allCases.map(\.rawValue)))
    }

    /// A list.
    public static func array(of element: Schema) -> Schema {
        Schema(.array(element))
    }

    /// A value that fits one of several schemas; the first is the usual one, and the example.
    public static func either(_ schemas: Schema...) -> Schema {
        Schema(.either(schemas))
    }

    /// An object with free keys.
    public static func map(of value: Schema) -> Schema {
        Schema(.map(value))
    }

    /// An object, all of whose keys are always there, but for those that ``withOptional(_:)`` names.
    ///
    /// - Parameter name: under which it stands in the document; two different objects of one name are a fault of the document.
    public static func object(_ name: String, _ fields: KeyValuePairs<String, Schema>) -> Schema {
        Schema(.object(name: name, fields.map { Field(name: $0.key, schema: $0.value, isRequired: true) }))
    }

    /// An object that stands in one place only, and needs no name.
    public static func object(_ fields: KeyValuePairs<String, Schema>) -> Schema {
        Schema(.object(name: nil, fields.map { Field(name: $0.key, schema: $0.value, isRequired: true) }))
    }

    /// The same object with further keys that are not there in every answer.
    public func withOptional(_ fields: KeyValuePairs<String, Schema>) -> Schema {
        guard case .object(let name, let present) = form else { return self }
        var copy = self
        copy.form = .object(name: name, present + fields.map { Field(name: $0.key, schema: $0.value, isRequired: false) })
        return copy
    }

    /// The same object with further keys that are always there.
    public func with(_ fields: KeyValuePairs<String, Schema>) -> Schema {
        guard case .object(let name, let present) = form else { return self }
        var copy = self
        copy.form = .object(name: name, present + fields.map { Field(name: $0.key, schema: $0.value, isRequired: true) })
        return copy
    }

    /// The same, or `null`.
    public var orNull: Schema {
        var copy = self
        copy.isNullable = true
        return copy
    }

    /// The same with a sentence on what it means.
    public func means(_ sentence: String) -> Schema {
        var copy = self
        copy.meaning = sentence
        return copy
    }

    /// The same with a keyword of JSON Schema that limits it, such as `maxLength`.
    public func limited(_ keyword: String, _ value: JSONValue) -> Schema {
        var copy = self
        copy.limits[keyword] = value
        return copy
    }

    /// The same object with a sentence on one of its keys.
    public func telling(_ field: String, _ sentence: String) -> Schema {
        guard case .object(let name, var fields) = form, let place = fields.firstIndex(where: { $0.name == field }) else {
            return Schema(.unknown("no field \(field)"))
        }
        fields[place].schema.meaning = sentence
        var copy = self
        copy.form = .object(name: name, fields)
        return copy
    }

    /// The same object with another schema for one of its keys, where its type alone does not say enough.
    public func refining(_ field: String, _ schema: Schema) -> Schema {
        guard case .object(let name, var fields) = form, let place = fields.firstIndex(where: { $0.name == field }) else {
            return Schema(.unknown("no field \(field)"))
        }
        fields[place].schema = schema
        var copy = self
        copy.form = .object(name: name, fields)
        return copy
    }
}

/// A type of a body that says itself what it looks like in JSON, because decoding it once does not show it.
public protocol SchemaDescribing {
    /// What its JSON looks like.
    static var schema: Schema { get }
}
