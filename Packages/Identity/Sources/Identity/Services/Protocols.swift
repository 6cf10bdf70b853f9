public import Audit
public import Core

/// Makes accounts.
public protocol AccountRegistrar: Sendable {
    /// Makes an account with what belongs to it, and signs it in: all of it, or nothing (ID-010).
    ///
    /// - Throws: ``IdentityError``: the first check in the order of ID-009 that fails; ``IdentityError/emailTaken``.
    func register(_ request: RegistrationRequest, from client: ClientContext) async throws -> SignInOutcome
}

/// Finds out who calls.
public protocol RequestAuthenticator: Sendable {
    /// The caller, by one statement (ID-159).
    ///
    /// - Parameter org: the org that the request names itself.
    /// - Throws: ``IdentityError``.
    func principal(for credential: Credential, actingFor org: OrgReference?, from client: ClientContext) async throws -> Principal

    /// The orgs between which the caller must choose (ID-071).
    func orgChoices(of user: User.ID) async throws -> [OrgChoice]

    /// Writes down that a key was used for something it may not do (ID-105).
    ///
    /// - Parameter missing: the scope it lacks, or `graph` when it reaches another graph only.
    func recordDenial(_ missing: String, to principal: Principal) async throws

    /// Writes down that a caller was refused a change (AUD-024).
    func recordRefusal(_ refusal: some AuditEvent, to principal: Principal) async throws
}

extension RequestAuthenticator {
    /// Nothing is written down.
    public func recordDenial(_ missing: String, to principal: Principal) async throws {}

    /// Nothing is written down.
    public func recordRefusal(_ refusal: some AuditEvent, to principal: Principal) async throws {}
}

/// Signs people in.
public protocol SignInService: Sendable {
    /// Signs in by password.
    ///
    /// - Parameter org: the org to act for; the default org or the only one when it is `nil`.
    /// - Throws: ``IdentityError/invalidCredentials`` alike for every wrong address, password and account (ID-031).
    func begin(
        with credentials: PasswordCredentials, preferring org: OrgReference?, from client: ClientContext
    ) async throws -> SignInStep
}

extension SignInService {
    /// Signs in by password where a second step cannot be taken.
    ///
    /// - Throws: ``IdentityError/secondFactorRequired`` beside what ``begin(with:preferring:from:)`` throws.
    public func signIn(
        with credentials: PasswordCredentials, preferring org: OrgReference?, from client: ClientContext
    ) async throws -> SignInOutcome {
        try await begin(with: credentials, preferring: org, from: client).outcome()
    }
}

/// Keeps sessions going and ends them.
public protocol SessionService: Sendable {
    /// A new token for an old one, which may have ended a little ago (ID-059 to ID-063).
    func refresh(_ token: SecretString, from client: ClientContext) async throws -> SignInOutcome

    /// Ends the session of a token, whatever its age; a token that is none changes nothing (ID-064).
    func logOut(_ token: SecretString, from client: ClientContext) async throws

    /// Ends all sessions of the caller, and its keys when asked for; the present session goes on with a new token when it is kept (ID-065).
    ///
    /// - Returns: the new token of a kept session.
    func logOutEverywhere(keepingCurrent: Bool, includingKeys: Bool, by principal: Principal) async throws -> SignInOutcome?

    /// The caller's sessions.
    func sessions(of user: User.ID, includingEnded: Bool) async throws -> [Session]

    /// Ends a session of the caller's.
    ///
    /// - Throws: ``IdentityError/notFound`` for one that is not the caller's.
    func end(_ session: Session.ID, by principal: Principal) async throws

    /// Makes the session act for another org (ID-074).
    func move(to org: OrgReference, by principal: Principal) async throws -> SignInOutcome
}

/// Shows and changes the own account.
public protocol ProfileService: Sendable {
    /// An account.
    func profile(of user: User.ID) async throws -> User

    /// Changes name or address (ID-096 to ID-098).
    func update(_ changes: ProfileChanges, by principal: Principal, from client: ClientContext) async throws -> User

    /// Sets or clears the org that new sign-ins act for.
    func setDefaultOrg(_ org: OrgReference?, by principal: Principal) async throws

    /// What the person is to be told of on the next page (ID-096).
    func pendingNotices(of user: User.ID) async throws -> [PendingNotice]

    /// Sends the verification mail again.
    func resendVerification(to user: User.ID) async throws

    /// Verifies an address by the mailed token and signs in, with a second step where one is asked for (ID-084).
    func verifyEmail(with token: SecretString, from client: ClientContext) async throws -> SignInStep
}

/// Changes passwords.
public protocol PasswordService: Sendable {
    /// Changes the own password; other sessions end (ID-100).
    func change(to password: Password, from current: Password, by principal: Principal, from client: ClientContext) async throws

    /// Asks for a reset mail; the answer is the same for every address (ID-088).
    func requestReset(for address: EmailAddress, from client: ClientContext) async throws

    /// Whom a reset link belongs to; `nil` for one that does not work.
    func inspectReset(_ token: SecretString) async throws -> EmailAddress?

    /// Sets a password by a mailed token, ends all sessions, and signs in (ID-091 to ID-094).
    ///
    /// - Parameter revokingKeys: whether the API keys end as well; those of an account whose address was never proven always do.
    func reset(
        to password: Password, with token: SecretString, revokingKeys: Bool, from client: ClientContext
    ) async throws -> SignInStep
}

/// Makes and ends API keys.
public protocol APIKeyService: Sendable {
    /// Makes a key; its secret is shown this once.
    func create(_ draft: APIKeyDraft, by principal: Principal) async throws -> (key: APIKey, secret: SecretString)

    /// The caller's keys.
    func keys(of user: User.ID, includingInactive: Bool) async throws -> [APIKey]

    /// Changes name and note; what is `nil` stays.
    func relabel(_ key: APIKey.ID, name: String?, description: String?, by principal: Principal) async throws -> APIKey

    /// Gives a key a new secret with the same name and limits; the old one works for a while yet (ID-114).
    ///
    /// - Throws: ``IdentityError/keyLimitReached(_:)`` when both do not fit; ``IdentityError/forbidden`` for a key that may more than the caller's.
    func rotate(
        _ key: APIKey.ID, keepingOldFor overlap: Duration, by principal: Principal
    ) async throws -> (key: APIKey, secret: SecretString)

    /// Ends a key. Twice is once.
    func revoke(_ key: APIKey.ID, by principal: Principal) async throws
}

/// Whether a person may reach a graph; met by Graphs.
public protocol GraphAccessReader: Sendable {
    /// Whether the caller may reach the graph now.
    ///
    /// - Throws: ``IdentityError/mfaEnrollmentRequired`` where a second factor would open it.
    func canReach(_ graph: String, by principal: Principal) async throws -> Bool
}
