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
    public static func principal(
        from row: AuthenticationRow?, for lookup: CredentialLookup, actingFor org: OrgReference?, at now: Instant, overlap: Duration
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
        return Principal(
            userID: row.user.id, email: row.user.email, name: row.user.name, isEmailVerified: row.user.isEmailVerified,
            credential: credential, scopes: row.key?.scopes, graph: row.key?.graph, orgScope: row.orgScope,
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
