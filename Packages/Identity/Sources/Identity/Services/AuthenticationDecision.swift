public import Core

/// Decides from what is known about a credential who calls, or why nobody does. It reads nothing and writes nothing.
public enum AuthenticationDecision {
    /// The caller.
    ///
    /// - Parameters:
    ///   - row: what was found; `nil` for nothing.
    ///   - lookup: what was asked for.
    ///   - org: the org that the request names itself.
    ///   - overlap: how long a token still works after its session was refreshed.
    ///   - enforcement: who must have a second factor by the deployment's rule; `nil` where nobody can show one, so that nobody lacks it.
    public static func principal(
        from row: AuthenticationRow?, for lookup: CredentialLookup, actingFor org: OrgReference?, at now: Instant, overlap: Duration,
        enforcement: SecondFactorEnforcement? = .off
    ) throws(IdentityError) -> Principal {
        guard let row else { throw lookup.isSession ? .tokenInvalid : .apiKeyInvalid }
        let credential: Principal.Credential
        switch lookup {
        case .session(let id, let generation):
            try checkSession(row, generation: generation, at: now, overlap: overlap)
            credential = .session(id, generation: generation)
        case .apiKey:
            credential = .apiKey(try checkKey(row, actingFor: org, at: now))
        }
        // One refusal for an org that the caller is not in and for one that does not exist (ID-073).
        if org != nil, row.orgScope == nil { throw .notOrgMember }
        let reach = row.reach(enforcement)
        let demand = row.standing.map(reach.demand) ?? .none
        return Principal(
            userID: row.user.id, email: row.user.email, name: row.user.name, isEmailVerified: row.user.isEmailVerified,
            credential: credential, scopes: row.key?.scopes, graph: row.key?.graph,
            orgScope: row.orgScope?.limited(by: demand), secondFactorDemand: demand, reach: reach,
            mayHaveNotices: row.mayHaveNotices)
    }

    private static func checkSession(
        _ row: AuthenticationRow, generation: Int, at now: Instant, overlap: Duration
    ) throws(IdentityError) {
        guard let session = row.session else { throw .tokenInvalid }
        guard row.user.status != .deactivated else { throw .accountDisabled }
        guard session.revokedAt == nil, session.epoch == row.user.sessionEpoch, row.user.status == .active else { throw .sessionRevoked }
        guard now < session.absoluteExpiresAt else { throw .sessionExpired }
        let isCurrent = generation == session.generation
        let isOverlapping = generation == session.generation - 1 && now < session.rotatedAt + overlap
        guard isCurrent || isOverlapping else { throw .tokenInvalid }
    }

    private static func checkKey(
        _ row: AuthenticationRow, actingFor org: OrgReference?, at now: Instant
    ) throws(IdentityError) -> APIKey.ID {
        guard let key = row.key else { throw .apiKeyInvalid }
        guard row.user.status != .deactivated else { throw .accountDisabled }
        guard refusal(of: key, in: row, at: now) == nil else { throw .apiKeyInvalid }
        if let bound = key.org, let org, bound != org { throw .notOrgMember }
        return key.id
    }
}

extension AuthenticationDecision {
    /// Why a key that is known does not work, in a fixed word; `nil` when it does. The caller is told none of it (ID-111).
    static func refusal(of key: APIKey, in row: AuthenticationRow, at now: Instant) -> String? {
        if key.revokedAt != nil { return "revoked" }
        if !key.isActive(at: now) { return "expired" }
        if key.epoch != row.user.keyEpoch { return "ended_with_all" }
        if row.user.status != .active { return "account_" + row.user.status.rawValue }
        return row.isNetworkAllowed ? nil : "network"
    }
}

extension CredentialLookup {
    fileprivate var isSession: Bool {
        if case .session = self { true } else { false }
    }
}

extension AuthenticationRow {
    /// A session may lack a second factor. An API key is no session: it was made by one, and has limits of its own.
    fileprivate func reach(_ enforcement: SecondFactorEnforcement?) -> MembershipReach {
        let lacksFactor = session.map { !$0.hasSecondFactor } ?? false
        return MembershipReach(lacking: lacksFactor ? enforcement : nil, boundOrg: key?.org)
    }
}

extension OrgScope {
    /// A membership without what it asks a second factor for: a member's rights, or none at all. Every check of a role and of an org refuses by itself.
    func limited(by demand: SecondFactorDemand) -> OrgScope? {
        switch demand {
        case .none: self
        case .forRole: OrgScope(org: org, user: user, membership: membership, role: .member, state: state, name: name, type: type)
        case .forOrg: nil
        }
    }
}
