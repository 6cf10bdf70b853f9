public import Audit
public import Core

/// One sign-in. The row decides whether its access tokens work; they are worthless without it.
public struct Session: IdentifiedEntity, AuditReferable, Identifiable, Sendable, Hashable {
    /// The id of a session.
    public typealias ID = Identifier<Session>
    /// `ses`
    public static let idPrefix = "ses"
    /// `session`
    public static let auditKind = AuditReferenceKind.session

    /// Why a session ended.
    public enum EndReason: String, Sendable, Hashable, CaseIterable {
        /// The person signed out.
        case logout
        /// The person signed out everywhere.
        case logoutAll = "logout_all"
        /// The person ended it from another session.
        case revokedByUser = "revoked_by_user"
        /// The password was changed.
        case passwordChanged = "password_changed"
        /// The password was reset by mail.
        case passwordReset = "password_reset"
        /// A change of address was taken back.
        case emailReverted = "email_reverted"
        /// The account was switched off.
        case deactivated
        /// The account is being deleted.
        case deletion
        /// A token that had been replaced was used from elsewhere.
        case reuseDetected = "reuse_detected"
        /// There were too many.
        case limit
        /// An operator ended it.
        case `operator`
    }

    /// The id.
    public let id: ID
    /// Whose it is.
    public let user: User.ID
    /// The person's session epoch at the sign-in.
    public let epoch: Int
    /// Goes up with each refresh.
    public let generation: Int
    /// The last generation of which a token was used.
    public let confirmedGeneration: Int
    /// When it was refreshed last.
    public let rotatedAt: Instant
    /// The org that it acts for, when a request names none.
    public let activeOrg: OrgReference?
    /// How the person proved who it is, such as `pwd` (RFC 8176).
    public let methods: [String]
    /// When the person proved it.
    public let authenticatedAt: Instant
    /// Where the sign-in came from.
    public let network: String
    /// The kind of client, for people to recognise it.
    public let clientFamily: String
    /// When it was last used.
    public let lastActiveAt: Instant
    /// When its newest token ends.
    public let tokenExpiresAt: Instant
    /// When it ends whatever happens.
    public let absoluteExpiresAt: Instant
    /// When it was ended.
    public let revokedAt: Instant?
    /// Why it was ended.
    public let revokeReason: EndReason?

    /// Makes a session value.
    public init(
        id: ID, user: User.ID, epoch: Int, generation: Int, confirmedGeneration: Int, rotatedAt: Instant, activeOrg: OrgReference?,
        methods: [String], authenticatedAt: Instant, network: String, clientFamily: String, lastActiveAt: Instant,
        tokenExpiresAt: Instant, absoluteExpiresAt: Instant, revokedAt: Instant? = nil, revokeReason: EndReason? = nil
    ) {
        self.id = id
        self.user = user
        self.epoch = epoch
        self.generation = generation
        self.confirmedGeneration = confirmedGeneration
        self.rotatedAt = rotatedAt
        self.activeOrg = activeOrg
        self.methods = methods
        self.authenticatedAt = authenticatedAt
        self.network = network
        self.clientFamily = clientFamily
        self.lastActiveAt = lastActiveAt
        self.tokenExpiresAt = tokenExpiresAt
        self.absoluteExpiresAt = absoluteExpiresAt
        self.revokedAt = revokedAt
        self.revokeReason = revokeReason
    }
}

/// A session with its account and the org it acts for, as they were at one moment.
public struct SessionState: Sendable, Hashable {
    /// The account.
    public let user: User
    /// The session.
    public let session: Session
    /// The org; `nil` when there is none, or the person does not belong to it any more.
    public let org: OrgScope?

    /// Puts together what was read by one statement.
    public init(user: User, session: Session, org: OrgScope?) {
        self.user = user
        self.session = session
        self.org = org
    }
}
