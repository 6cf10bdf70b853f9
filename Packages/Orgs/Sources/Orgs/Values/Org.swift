public import Core
public import Identity

/// A tenant, and the party that pays.
public struct Org: Identifiable, Sendable, Hashable {
    /// The id of an org.
    public typealias ID = OrgReference

    /// What an org is at this moment.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// It works.
        case active
        /// It may be read only, by an operator's order.
        case frozen
        /// It is switched off, and can be restored.
        case deleted
        /// It is being erased.
        case purging
        /// It is erased; final.
        case purged

        /// Whether its end has been ordered: nothing of it is opened any more unless it is restored.
        public var isEnded: Bool {
            switch self {
            case .active, .frozen: false
            case .deleted, .purging, .purged: true
            }
        }
    }

    /// The id.
    public let id: ID
    /// The name.
    public var name: OrgName
    /// The kind.
    public var type: OrgType
    /// The person whose workspace it is, when it is one.
    public var personalOwner: User.ID?
    /// What it is at this moment.
    public var state: State
    /// When it was made.
    public let createdAt: Instant
    /// When it was last changed.
    public var updatedAt: Instant
    /// Goes up with each change.
    public var version: Int
    /// When a deleted org is erased; `nil` for one that is not deleted.
    public let purgeAt: Instant?

    /// Makes an org value.
    public init(
        id: ID, name: OrgName, type: OrgType, personalOwner: User.ID?, state: State, createdAt: Instant, updatedAt: Instant, version: Int,
        purgeAt: Instant? = nil
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.personalOwner = personalOwner
        self.state = state
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.version = version
        self.purgeAt = purgeAt
    }
}

/// The name of an org: 1 to 100 characters in NFC, without control characters, bidirectional overrides and anything that reads as the beginning of a
/// link, so that a mail cannot carry one in it (ORG-005).
public struct OrgName: Sendable, Hashable, LosslessStringConvertible {
    /// The name.
    public let description: String

    /// Takes a name.
    ///
    /// - Returns: `nil` for a text that breaks the rule.
    public init?(_ text: String) {
        guard let name = PersonName(text)?.description, !name.contains("://") else { return nil }
        description = name
    }
}
