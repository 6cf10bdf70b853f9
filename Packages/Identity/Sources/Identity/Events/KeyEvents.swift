public import Core
public import Jobs

/// A key ends soon, 14 days or one day from now; its owner is told (ID-115, NOT-114).
public struct APIKeyExpiring: DomainEvent, Hashable {
    /// `identity.api_key_expiring`
    public static let topic = "identity.api_key_expiring"
    /// The key.
    public let key: APIKey.ID
    /// What its owner calls it.
    public let keyName: String
    /// Its first eight characters.
    public let prefix: String
    /// When it ends.
    public let expiresAt: Instant
    /// When it was last used.
    public let lastUsedAt: Instant?
    /// How far ahead this is told.
    public let stage: KeyEndingStage
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String

    /// Makes the event.
    public init(_ notice: KeyNotice, expiresAt: Instant, stage: KeyEndingStage) {
        key = notice.key.id
        keyName = notice.key.label.name
        prefix = notice.key.prefix
        self.expiresAt = expiresAt
        lastUsedAt = notice.key.lastActiveAt
        self.stage = stage
        user = notice.key.user
        email = notice.email.description
        name = notice.name.description
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// A key was used from a network from which it never was; its owner is told (ID-115, NOT-114).
public struct APIKeyUsedFromNewNetwork: DomainEvent, Hashable {
    /// `identity.api_key_new_network`
    public static let topic = "identity.api_key_new_network"
    /// The key.
    public let key: APIKey.ID
    /// What its owner calls it.
    public let keyName: String
    /// Its first eight characters.
    public let prefix: String
    /// The network.
    public let network: String
    /// When.
    public let usedAt: Instant
    /// The account.
    public let user: User.ID
    /// Its address.
    public let email: String
    /// The name of the person.
    public let name: String

    /// Makes the event.
    public init(_ use: KeyNetworkNotice) {
        key = use.notice.key.id
        keyName = use.notice.key.label.name
        prefix = use.notice.key.prefix
        network = use.network
        usedAt = use.usedAt
        user = use.notice.key.user
        email = use.notice.email.description
        name = use.notice.name.description
    }

    /// By account.
    public var eventKey: String { user.description }
}

/// A key that acts for one org alone was ended; what ends with its own time is not told of again.
public struct APIKeyRevoked: DomainEvent, Hashable {
    /// `identity.api_key_revoked`
    public static let topic = "identity.api_key_revoked"
    /// The key.
    public let key: APIKey.ID
    /// The org that it was bound to.
    public let org: OrgReference

    /// Makes the event.
    public init(key: APIKey.ID, org: OrgReference) {
        self.key = key
        self.org = org
    }

    /// By key.
    public var eventKey: String { key.description }
}

extension IdentityTransaction {
    /// Tells the orgs that keys were bound to that they are over.
    public func tellOrgs(ofRevoked keys: [APIKey.ID]) async throws {
        guard !keys.isEmpty else { return }
        for (key, org) in try await orgs(ofKeys: keys) { try await publish(APIKeyRevoked(key: key, org: org)) }
    }
}
