public import Core

/// Where accounts are kept: units of work, and reads of one statement each.
public protocol IdentityStore<Transaction>: Sendable {
    /// What can be done in one unit of work.
    associatedtype Transaction: IdentityTransaction

    /// Commits what a closure did, or undoes all of it when the closure throws.
    ///
    /// - Parameter scope: on whose behalf; `nil` sees no row of any tenant.
    func withTransaction<Result: Sendable>(
        _ scope: AccessScope?, _ body: (Transaction) async throws -> Result
    ) async throws -> Result

    /// Finds by one statement who calls: the credential, its person, the membership in the org, and notes the use when it is due (ID-159).
    func authenticate(_ lookup: CredentialLookup, actingFor org: OrgReference?, at now: Instant) async throws -> AuthenticationRow?

    /// The account of an address and its password.
    func signInRecord(for address: EmailAddress) async throws -> SignInRecord?

    /// The account of an id and its password.
    func signInRecord(of user: User.ID) async throws -> SignInRecord?

    /// An account.
    func profile(of user: User.ID) async throws -> User?

    /// The keys of a person, newest first.
    func keys(of user: User.ID, includingInactive: Bool, at now: Instant) async throws -> [APIKey]

    /// The sessions of a person, newest first; ended ones of 90 days when asked for.
    func sessions(of user: User.ID, includingEnded: Bool, at now: Instant) async throws -> [Session]

    /// The orgs of a person, by the time of joining.
    func orgChoices(of user: User.ID) async throws -> [OrgChoice]

    /// An open link, without using it up.
    func link(_ kind: LinkToken.Kind, digest: SecretDigest, at now: Instant) async throws -> LinkToken?

    /// The last use of any credential of a person, ended ones included (ID-079); `nil` when none is known.
    func lastActivity(of user: User.ID) async throws -> Instant?
}

/// What a credential is looked up by.
public enum CredentialLookup: Sendable, Hashable {
    /// A session by its id, with the generation that the token names.
    case session(Session.ID, generation: Int)
    /// A key by the digest of its secret.
    case apiKey(SecretDigest)
}

/// What is known about a credential at the moment of a request; the decision about it is a pure function, ``AuthenticationDecision``.
public struct AuthenticationRow: Sendable, Hashable {
    /// The account.
    public var user: User
    /// The session, when a token was presented.
    public var session: Session?
    /// The key, when one was presented.
    public var key: APIKey?
    /// The membership that the request acts by.
    public var orgScope: OrgScope?

    /// Makes a row.
    public init(user: User, session: Session?, key: APIKey?, orgScope: OrgScope?) {
        self.user = user
        self.session = session
        self.key = key
        self.orgScope = orgScope
    }
}

/// What signing in needs to know about an account.
public struct SignInRecord: Sendable, Hashable {
    /// The account.
    public let user: User
    /// Its password, when it has one.
    public let password: StoredPassword?

    /// Makes a record.
    public init(user: User, password: StoredPassword?) {
        self.user = user
        self.password = password
    }
}
