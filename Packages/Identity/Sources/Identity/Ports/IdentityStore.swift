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
    ///
    /// - Parameter touches: whether the use is noted at all; without it nothing is written.
    func authenticate(
        _ lookup: CredentialLookup, actingFor org: OrgReference?, from client: ClientContext, touches: Bool, at now: Instant
    ) async throws -> AuthenticationRow?

    /// Notes a use that an idle case of the person is waiting for, by one statement that skips no locked row (ID-078).
    ///
    /// - Throws: what the database throws, when it takes longer than 250 ms as well; then nothing is written.
    func recordPendingActivity(_ activity: PendingActivity) async throws

    /// Orders the reversal of what waits for a use of a person, if anything does; twice is once.
    func reverseCases(of user: User.ID, usedAt at: Instant) async throws

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

    /// What a person is in each of its orgs, for whoever must know a role outside of the org that a request acts for: limit it by a
    /// ``MembershipReach``.
    func standings(of user: User.ID) async throws -> [OrgReference: SecondFactorStanding]

    /// An open link, without using it up.
    func link(_ kind: LinkToken.Kind, digest: SecretDigest, at now: Instant) async throws -> LinkToken?

    /// What the person is to be told of, by the view that Notifications fills; newest first, at most 50.
    func pendingNotices(of user: User.ID) async throws -> [PendingNotice]

    /// A copy of a person's data that can still be read.
    func export(_ id: PersonalExport.ID, of user: User.ID, at now: Instant) async throws -> PersonalExport?

    /// Counts live sessions and blocked networks.
    func census(at now: Instant) async throws -> IdentityCensus

    /// The last use of any credential of a person, ended ones included (ID-079); `nil` when none is known.
    func lastActivity(of user: User.ID) async throws -> Instant?

    /// Writes the use of the canary as that of any credential is written, reads it back, and stores what came of it (OPS-151).
    ///
    /// - Throws: what the database throws when not even the outcome can be stored.
    func probeActivity(at now: Instant) async throws -> ActivityProbe

    /// The outcome of the latest probe; `nil` before the first.
    func latestActivityProbe() async throws -> ActivityProbe?
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
    /// How many live memberships the person has, where that decided on the org; 3 for more as well, and 1 for at least one where it did not.
    public var memberships: Int
    /// Whether the key may be used from where the request comes from.
    public var isNetworkAllowed: Bool
    /// Whether an idle case of the person is waiting for a use.
    public var isIdleCasePending: Bool
    /// Whether the use was written down.
    public var isTouched: Bool
    /// Whether the person may have notices to be shown.
    public var mayHaveNotices: Bool
    /// The membership that the request acts by, for the rules of second factors; `nil` without one.
    public var standing: SecondFactorStanding?

    /// Makes a row.
    public init(
        user: User, session: Session?, key: APIKey?, orgScope: OrgScope?, memberships: Int = 0, isNetworkAllowed: Bool = true,
        isIdleCasePending: Bool = false, isTouched: Bool = false, mayHaveNotices: Bool = true,
        standing: SecondFactorStanding? = nil
    ) {
        self.user = user
        self.session = session
        self.key = key
        self.orgScope = orgScope
        self.memberships = memberships
        self.isNetworkAllowed = isNetworkAllowed
        self.isIdleCasePending = isIdleCasePending
        self.isTouched = isTouched
        self.mayHaveNotices = mayHaveNotices
        self.standing = standing
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
