public import Audit
public import Core

/// Who is calling, by which credential, for which org, with what right to do so now: the result of authenticating one request.
public struct Principal: Sendable, Hashable {
    /// By what the caller proved who it is.
    public enum Credential: Sendable, Hashable {
        /// An access token of a session.
        case session(Session.ID, generation: Int)
        /// An API key.
        case apiKey(APIKey.ID)
    }

    /// The person.
    public let userID: User.ID
    /// The person's address.
    public let email: EmailAddress
    /// The person's name.
    public let name: PersonName
    /// Whether the address is known to be the person's.
    public let isEmailVerified: Bool
    /// The credential.
    public let credential: Credential
    /// What the credential may do at most; `nil` for all that the person may.
    public let scopes: Set<Scope>?
    /// The only graph that the credential reaches.
    public let graph: String?
    /// The org that the request acts for: the one it names, else the active org of the session or the org of the key, else the only one (ID-071).
    public let orgScope: OrgScope?
    /// What the session, not having shown a second factor, lacks in the org that the request acts for (ID-134).
    public let secondFactorDemand: SecondFactorDemand
    /// How far the credential reaches into the person's orgs, for whatever is not of the org that the request acts for.
    public let reach: MembershipReach
    /// Whether the person may have notices to be shown: `false` only when there were none at the moment of authentication.
    public let mayHaveNotices: Bool

    /// Takes what authentication found. Only authentication and tests do this.
    @_spi(Authentication) public init(
        userID: User.ID, email: EmailAddress, name: PersonName, isEmailVerified: Bool, credential: Credential, scopes: Set<Scope>?,
        graph: String?, orgScope: OrgScope?, secondFactorDemand: SecondFactorDemand = .none,
        reach: MembershipReach = MembershipReach(lacking: nil, boundOrg: nil), mayHaveNotices: Bool = true
    ) {
        self.userID = userID
        self.email = email
        self.name = name
        self.isEmailVerified = isEmailVerified
        self.credential = credential
        self.scopes = scopes
        self.graph = graph
        self.orgScope = orgScope
        self.secondFactorDemand = secondFactorDemand
        self.reach = reach
        self.mayHaveNotices = mayHaveNotices
    }

    /// The caller, for the audit log.
    public var actor: AuditActor { .user(AuditReference(userID)) }

    /// Whether the credential may do this.
    public func may(_ scope: Scope) -> Bool {
        scopes.map { held in held.contains { $0.including.contains(scope) } } ?? true
    }

    /// Refuses a credential that may not do this.
    ///
    /// - Throws: ``IdentityError/scopeRequired(_:)``.
    public func require(_ scope: Scope) throws(IdentityError) {
        guard may(scope) else { throw .scopeRequired(scope) }
    }

    /// The session, when the caller signed in as a person.
    ///
    /// - Throws: ``IdentityError/sessionRequired`` for an API key.
    public func requireSession() throws(IdentityError) -> Session.ID {
        guard case .session(let id, _) = credential else { throw .sessionRequired }
        return id
    }

    /// The org that the request acts for.
    ///
    /// - Throws: ``IdentityError/mfaEnrollmentRequired`` for an org whose rule the session does not meet; ``IdentityError/orgRequired`` when the caller is in several and named none, or is in none.
    public func requireOrg() throws(IdentityError) -> OrgScope {
        guard let orgScope else { throw secondFactorDemand == .forOrg ? .mfaEnrollmentRequired : .orgRequired }
        return orgScope
    }
}
