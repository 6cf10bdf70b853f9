public import Audit
public import Core

/// A credential for programs: `rfs` and 64 hex digits, of which only a digest is kept (ID-103).
public struct APIKey: IdentifiedEntity, AuditReferable, Identifiable, Sendable, Hashable {
    /// The id of a key.
    public typealias ID = Identifier<APIKey>
    /// `uak`
    public static let idPrefix = "uak"
    /// `api_key`
    public static let auditKind = AuditReferenceKind.apiKey
    /// The most live keys of one person.
    public static let limit = 50

    /// The id.
    public let id: ID
    /// Whose it is.
    public let user: User.ID
    /// The person's key epoch when it was made.
    public let epoch: Int
    /// What its owner calls it.
    public var label: APIKeyLabel
    /// The first eight characters, to recognise it by.
    public let prefix: String
    /// What it may do at most; `nil` for all that its owner may.
    public let scopes: Set<Scope>?
    /// The only org it acts for.
    public let org: OrgReference?
    /// The only graph it reaches.
    public let graph: String?
    /// The only networks it may be used from; `nil` for any.
    public let networks: [NetworkRange]?
    /// When it ends by itself.
    public let expiresAt: Instant?
    /// When it was made.
    public let createdAt: Instant
    /// When it was last used.
    public let lastActiveAt: Instant?
    /// When it was ended.
    public let revokedAt: Instant?

    /// Makes a key value.
    public init(
        id: ID, user: User.ID, epoch: Int, label: APIKeyLabel, prefix: String, scopes: Set<Scope>?, org: OrgReference?,
        graph: String?, networks: [NetworkRange]? = nil, expiresAt: Instant?, createdAt: Instant, lastActiveAt: Instant?,
        revokedAt: Instant?
    ) {
        self.id = id
        self.user = user
        self.epoch = epoch
        self.label = label
        self.prefix = prefix
        self.scopes = scopes
        self.org = org
        self.graph = graph
        self.networks = networks
        self.expiresAt = expiresAt
        self.createdAt = createdAt
        self.lastActiveAt = lastActiveAt
        self.revokedAt = revokedAt
    }

    /// Whether it works at an instant.
    public func isActive(at now: Instant) -> Bool {
        revokedAt == nil && expiresAt.map { now < $0 } ?? true
    }
}

/// What the owner of a key calls it.
public struct APIKeyLabel: Sendable, Hashable {
    /// 1 to 100 characters.
    public var name: String
    /// At most 500 characters.
    public var description: String?

    /// Takes a name and a note.
    ///
    /// - Returns: `nil` when one of them breaks its rule.
    public init?(name: String, description: String?) {
        guard let name = name.nameForm, description.map({ $0.count <= 500 && !$0.unicodeScalars.contains("\0") }) ?? true else {
            return nil
        }
        self.name = name
        self.description = description
    }
}

/// What a caller may do with one part of the product. A write scope includes its read scope, `graph:admin` includes `graph:write`.
public enum Scope: String, Sendable, Hashable, Codable, CaseIterable {
    /// Read the own profile.
    case userRead = "user:read"
    /// Change the own profile.
    case userWrite = "user:write"
    /// Manage the own keys.
    case keysWrite = "keys:write"
    /// Read orgs.
    case orgRead = "org:read"
    /// Change orgs.
    case orgWrite = "org:write"
    /// Manage members and invitations.
    case membersWrite = "members:write"
    /// Read subscriptions and invoices.
    case billingRead = "billing:read"
    /// Buy and cancel.
    case billingWrite = "billing:write"
    /// Read graphs.
    case graphRead = "graph:read"
    /// Change graphs.
    case graphWrite = "graph:write"
    /// Create and delete graphs, and manage who reaches them.
    case graphAdmin = "graph:admin"
    /// Read the audit log.
    case auditRead = "audit:read"

    /// The scope itself and those it includes.
    public var including: Set<Scope> {
        switch self {
        case .userWrite: [.userWrite, .userRead]
        case .orgWrite: [.orgWrite, .orgRead]
        case .membersWrite: [.membersWrite, .orgRead]
        case .billingWrite: [.billingWrite, .billingRead]
        case .graphWrite: [.graphWrite, .graphRead]
        case .graphAdmin: [.graphAdmin, .graphWrite, .graphRead]
        default: [self]
        }
    }
}
