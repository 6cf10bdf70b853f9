/// The payment provider's id of one of its objects: `sub_…`, `cus_…`, `cs_…`.
///
/// Its printed form is shortened, so that no log, error or trace can hold it whole (BIL-144); the full text is ``rawValue``.
public struct ProviderID: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The id as the provider wrote it.
    public let rawValue: String

    /// Takes an id as the provider wrote it.
    public init(_ rawValue: String) {
        self.rawValue = rawValue
    }

    /// The first 8 characters, three asterisks and the last 4; three asterisks alone when it is shorter than 16.
    public var description: String {
        rawValue.count < 16 ? "***" : rawValue.prefix(8) + "***" + rawValue.suffix(4)
    }

    /// The shortened form.
    public var debugDescription: String { description }
    /// Shows the shortened form only.
    public var customMirror: Mirror { Mirror(self, children: ["id": description]) }
}

extension DefaultStringInterpolation {
    /// Refuses to guess: a text either holds an id whole, such as a key that must be another one for another id, or hides it.
    @available(*, deprecated, message: "write .rawValue where the text must tell ids apart, .description where it may not hold them whole")
    public mutating func appendInterpolation(_ id: ProviderID) {
        appendLiteral(id.description)
    }
}

extension ProviderID: Codable {
    /// Decodes the full text.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Encodes the full text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
