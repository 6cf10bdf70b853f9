public import Audit
public import Core
public import Jobs

/// What a transaction can do with accounts and credentials, beside jobs, events and the audit log. It exists once it has committed, or never did.
public protocol IdentityTransaction: JobTransaction, AuditTransaction, AccountTransaction, AccountEndTransaction, HandoffTransaction,
    SecondFactorTransaction, SecondFactorResetTransaction
{
    // MARK: Accounts

    /// An account as it is, without a lock.
    func user(_ id: User.ID) async throws -> User?

    /// Accounts as they are, without a lock, in one statement however many; purged ones are left out, and there is no order.
    func users(_ ids: [User.ID]) async throws -> [User]

    /// An account, locked.
    func lockedUser(_ id: User.ID) async throws -> User?

    /// The account of an address that is not purged, without a lock.
    func user(with address: EmailAddress) async throws -> User?

    /// Whether any address of an account was ever known to be the person's; changing it does not undo that.
    func wasVerified(_ user: User.ID) async throws -> Bool

    /// Stores a new account.
    ///
    /// - Throws: ``IdentityError/emailTaken`` when another account has the address, also one that is being stored at this moment.
    func insert(_ user: User, password: StoredPassword?) async throws

    /// Stores accounts of another system; one whose id or address is there already is left out.
    ///
    /// - Returns: those that were made, and those that were there by their id before.
    func insert(imported users: [(user: User, password: StoredPassword?)]) async throws -> (made: Set<User.ID>, present: Set<User.ID>)

    /// Stores what changed about an account.
    ///
    /// - Throws: ``IdentityError/emailTaken`` when another account has the new address.
    func save(_ user: User) async throws

    /// Replaces a password if it is still the one that was read.
    ///
    /// - Returns: whether it was.
    func replacePassword(of user: User.ID, from old: StoredPassword, to new: StoredPassword, at now: Instant) async throws -> Bool

    /// Sets a password whatever it was.
    func setPassword(_ password: StoredPassword, of user: User.ID, at now: Instant) async throws

    // MARK: Sessions

    /// Stores a new session, and ends the least recently used one when there are more than 100 (ID-035).
    func insert(_ session: Session) async throws

    /// A session, locked.
    func lockedSession(_ id: Session.ID) async throws -> Session?

    /// Moves a session from one generation to the next if it is still there and live; two callers from one generation get the same next one (ID-061).
    ///
    /// - Returns: the session as it is now; `nil` when it is dead or further on.
    func advance(_ session: Session.ID, from generation: Int, tokenExpiresAt: Instant, at now: Instant) async throws -> Session?

    /// Moves the live session of an account in use on, and reads what its next token says, by one conditional statement (ID-163).
    ///
    /// - Parameter lifetime: how long the next token lives, at most until the absolute end of the session.
    /// - Returns: `nil` when the session is dead, over, or further on; then nothing is changed.
    func refresh(
        _ session: Session.ID, of user: User.ID, from generation: Int, lifetime: Duration, at now: Instant
    ) async throws -> SessionState?

    /// An account and a session of it, both locked.
    func lockedUser(_ user: User.ID, with session: Session.ID) async throws -> (User, Session)?

    /// Lets a live session act for an org of its person and moves it on. Whoever calls holds the account's lock from an earlier statement, so that a
    /// membership that has ended is seen to have ended (ID-076).
    ///
    /// - Returns: `nil` when the person does not belong to the org, or the org is deleted; then nothing is changed.
    func enter(_ org: OrgReference, with session: Session, lifetime: Duration, at now: Instant) async throws -> (Session, OrgScope)?

    /// Ends a session.
    ///
    /// - Parameter isUse: whether this counts as using it.
    /// - Returns: `false` when it had ended before.
    func end(_ session: Session.ID, because reason: Session.EndReason, at now: Instant, isUse: Bool) async throws -> Bool

    /// Raises the session epoch of a person, so that every session ends, also one that is being made at this moment, but for one that is kept.
    ///
    /// - Returns: how many were live.
    func endSessions(of user: User.ID, except kept: Session.ID?, because reason: Session.EndReason, at now: Instant) async throws -> Int

    /// Whether the person began a session with this kind of program from this network since an instant, but for one session.
    func hasSession(of user: User.ID, like session: Session, since: Instant) async throws -> Bool

    /// Takes one notice of a kind from the budget of a person.
    ///
    /// - Returns: `false` when one was taken less than `interval` ago, also by another transaction at this moment.
    func takeNotice(_ kind: NoticeKind, of user: User.ID, every interval: Duration, at now: Instant) async throws -> Bool

    /// Takes all sessions of a person out of an org, and clears it as default (ID-075).
    func leaveOrg(_ org: OrgReference, user: User.ID, at now: Instant) async throws

    // MARK: Keys

    /// Stores a new key.
    ///
    /// - Throws: ``IdentityError/keyLimitReached(_:)`` when the person has 50 live ones, also when several are being made at this moment.
    func insert(_ key: APIKey, digest: SecretDigest) async throws

    /// A key of a person, locked.
    func lockedKey(_ id: APIKey.ID, of user: User.ID) async throws -> APIKey?

    /// Stores the name and note of a key.
    func setLabel(_ label: APIKeyLabel, of key: APIKey.ID, at now: Instant) async throws

    /// Ends a key; its row stays as evidence (ID-112).
    ///
    /// - Returns: `false` when it had ended before.
    func revoke(_ key: APIKey.ID, because reason: String, at now: Instant) async throws -> Bool

    /// Raises the key epoch of a person, so that every key ends, also one that is being made at this moment.
    ///
    /// - Returns: those that were live.
    func endKeys(of user: User.ID, because reason: String, at now: Instant) async throws -> [APIKey.ID]

    /// Ends the keys of a person that are bound to an org.
    func revokeKeys(of user: User.ID, boundTo org: OrgReference, because reason: String, at now: Instant) async throws -> [APIKey.ID]

    /// Those of some keys that are bound to an org, with it.
    func orgs(ofKeys keys: [APIKey.ID]) async throws -> [(key: APIKey.ID, org: OrgReference)]

    // MARK: Links

    /// Stores a new link in place of the open one of its kind, when there is one.
    func insert(_ link: LinkToken, digest: SecretDigest, at now: Instant) async throws

    /// Stores the first links of an account that has none yet, by one statement.
    func insert(first links: [(link: LinkToken, digest: SecretDigest)], at now: Instant) async throws

    /// A link that was neither used nor replaced, whether its time is over or not.
    func unusedLink(_ id: LinkToken.ID) async throws -> LinkToken?

    /// The link of a kind that is good, when there is one.
    func openLink(_ kind: LinkToken.Kind, of user: User.ID, at now: Instant) async throws -> LinkToken?

    /// Takes one mail of a kind from the budget of a person and of the person's address: 3 an hour, 10 a day (ID-086, ID-089).
    ///
    /// - Parameter gap: how far apart two mails are at least.
    /// - Returns: 0, or after how many seconds there is one again.
    func takeLinkBudget(of user: User.ID, kind: LinkToken.Kind, apart gap: Duration, at now: Instant) async throws -> Int

    /// Replaces all open links of a person but those that take a change of address back.
    func supersedeLinks(of user: User.ID, at now: Instant) async throws

    /// Uses a link up by one conditional update.
    func consume(_ kind: LinkToken.Kind, digest: SecretDigest, at now: Instant) async throws -> LinkConsumption

    // MARK: Orgs

    /// The live membership of a person in an org.
    func scope(of user: User.ID, in org: OrgReference) async throws -> OrgScope?

    /// The live memberships of a person, by the time of joining; at most `limit`.
    func scopes(of user: User.ID, limit: Int) async throws -> [OrgScope]
}
