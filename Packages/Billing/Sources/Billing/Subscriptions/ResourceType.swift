/// What can be paid for.
public enum ResourceType: String, Codable, Sendable, CaseIterable {
    /// A graph database of an org's own.
    case graph
    /// A seat of one member at a shared repository.
    case repository
    /// Something beside graphs and repositories, such as priority support.
    case addon
}

/// What is paid for: a graph's id, a repository's slug or an add-on's key.
///
/// It is text here, because the packages that own the resources stand above Billing.
public struct ResourceID: Hashable, Sendable, LosslessStringConvertible {
    /// The text, 1 to 128 printable ASCII characters.
    public let description: String

    /// Takes the id of a resource; text that is empty, too long or not printable ASCII is `nil`.
    public init?(_ description: String) {
        let bytes = description.utf8
        guard (1...128).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        self.description = description
    }
}

extension ResourceID: Codable {
    /// Decodes the text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let value = ResourceID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be 1 to 128 printable ASCII characters")
        }
        self = value
    }

    /// Encodes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
