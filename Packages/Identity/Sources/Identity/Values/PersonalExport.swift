public import Core

/// A copy of everything kept about a person, for the person (ID-148).
public struct PersonalExport: IdentifiedEntity, Identifiable, Sendable, Hashable {
    /// The id of a copy.
    public typealias ID = Identifier<PersonalExport>
    /// `pex`
    public static let idPrefix = "pex"

    /// The id.
    public let id: ID
    /// Whose it is.
    public let user: User.ID
    /// What is kept.
    public let document: JSONValue
    /// When it was made.
    public let createdAt: Instant
    /// Until when it can be read.
    public let expiresAt: Instant

    /// Makes a copy value.
    public init(id: ID, user: User.ID, document: JSONValue, createdAt: Instant, expiresAt: Instant) {
        self.id = id
        self.user = user
        self.document = document
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// Something about the security of an account, from the log (AUD-077).
public struct SecurityEvent: Sendable, Hashable {
    /// The type of entry.
    public let type: String
    /// When.
    public let at: Instant
    /// One line.
    public let summary: String
    /// From where.
    public let network: String?

    /// Makes an event.
    public init(type: String, at: Instant, summary: String, network: String?) {
        self.type = type
        self.at = at
        self.summary = summary
        self.network = network
    }
}
