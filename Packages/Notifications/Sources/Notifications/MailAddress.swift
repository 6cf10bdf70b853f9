/// An address that mail can be sent to: one `@`, printable ASCII without blanks, brackets, quotes or separators.
///
/// Comparing does not mind case: two spellings are one recipient.
public struct MailAddress: Sendable, Hashable, Codable, LosslessStringConvertible {
    /// The address as it was given.
    public let description: String

    /// Reads an address; whatever could be read as more than an address is `nil` (NOT-017).
    public init?(_ description: String) {
        let bytes = Array(description.utf8)
        let isPlain = bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"<>\"\\(),;:[]".utf8.contains($0) }
        let parts = description.split(separator: "@", omittingEmptySubsequences: false)
        guard isPlain, bytes.count <= 254, parts.count == 2, (1...64).contains(parts[0].utf8.count), !parts[1].isEmpty else { return nil }
        self.description = description
    }

    /// The address in lower case, by which it is compared and stored.
    public var normalized: String { description.lowercased() }

    /// An address of which only the first letter and the domain are shown: `a…@example.com`.
    public static func masked(_ address: String) -> String {
        let parts = address.split(separator: "@", maxSplits: 1)
        guard parts.count == 2, let first = parts[0].first else { return "…" }
        return "\(first)…@\(parts[1])"
    }

    /// Two spellings of one address are equal.
    public static func == (left: MailAddress, right: MailAddress) -> Bool {
        left.normalized == right.normalized
    }

    /// Hashes the normalized form.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(normalized)
    }

    /// Decodes the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let address = MailAddress(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be a mail address")
        }
        self = address
    }

    /// Encodes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
