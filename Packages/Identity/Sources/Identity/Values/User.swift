public import Audit
public import Core

/// One account of one person.
public struct User: IdentifiedEntity, AuditReferable, Identifiable, Sendable, Hashable {
    /// The id of an account.
    public typealias ID = Identifier<User>
    /// `user`
    public static let idPrefix = "user"
    /// `user`
    public static let auditKind = AuditReferenceKind.user

    /// What an account is allowed to be.
    public enum Status: String, Sendable, Hashable, CaseIterable {
        /// It works.
        case active
        /// An operator has switched it off.
        case deactivated
        /// Its owner asked for its end, and may still take that back.
        case deleting
        /// It is gone but for its id; final.
        case purged
    }

    /// The id.
    public let id: ID
    /// The address it signs in with.
    public var email: EmailAddress
    /// The name it is shown by.
    public var name: PersonName
    /// Since when the address is known to be the person's.
    public var emailVerifiedAt: Instant?
    /// What the account is allowed to be.
    public var status: Status
    /// Goes up when all sessions end at once; a session of an older epoch is dead.
    public var sessionEpoch: Int
    /// Goes up when all keys end at once.
    public var keyEpoch: Int
    /// The org that new sign-ins act for, once the person has expressly chosen one.
    public var defaultOrg: OrgReference?
    /// When it was made.
    public let createdAt: Instant
    /// When it was last changed.
    public var updatedAt: Instant

    /// Makes an account value.
    public init(
        id: ID, email: EmailAddress, name: PersonName, emailVerifiedAt: Instant?, status: Status, sessionEpoch: Int, keyEpoch: Int,
        defaultOrg: OrgReference?, createdAt: Instant, updatedAt: Instant
    ) {
        self.id = id
        self.email = email
        self.name = name
        self.emailVerifiedAt = emailVerifiedAt
        self.status = status
        self.sessionEpoch = sessionEpoch
        self.keyEpoch = keyEpoch
        self.defaultOrg = defaultOrg
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// Whether the address is known to be the person's.
    public var isEmailVerified: Bool { emailVerifiedAt != nil }
}
