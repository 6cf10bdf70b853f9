internal import Audit
internal import Core
internal import Jobs

/// What a first factor leads to, inside of its transaction.
enum FirstFactorResult: Sendable {
    /// Nothing more is asked for.
    case session(User, Session, OrgScope?)
    /// A second step is asked for.
    case pending(User, MFAToken)
}

/// The one way from a first factor to a session: no path goes round the second one (ID-095).
extension IdentityEnvironment {
    /// Starts a session, or stores the token for the second step.
    func afterFirstFactor(
        of user: User, preferring org: OrgReference?, methods: [String], from client: ClientContext, at now: Instant,
        in transaction: Store.Transaction
    ) async throws -> FirstFactorResult {
        let scope = try await startingOrg(of: user, preferring: org, in: transaction)
        if let purpose = try await secondStep(of: user, in: transaction) {
            let token = MFAToken(
                id: .make(at: now), user: user.id, epoch: user.sessionEpoch, purpose: purpose, methods: methods, org: org,
                expiresAt: now + Self.ceremonyLifetime)
            try await transaction.insert(token, digest: secrets.digest(of: secret(of: token)), at: now)
            try await transaction.record(
                IdentityAudit.MFAChallengeIssued(user: user.id, purpose: purpose, client: client.network),
                by: .user(AuditReference(user.id)))
            return .pending(user, token)
        }
        let session = try await startSession(for: user, org: scope, methods: methods, from: client, at: now, in: transaction)
        return .session(user, session, scope)
    }

    /// Nobody is asked for what this deployment cannot check.
    private func secondStep(of user: User, in transaction: Store.Transaction) async throws -> MFAToken.Purpose? {
        guard passkeys != nil else { return nil }
        if try await !transaction.passkeys(of: user.id).isEmpty { return .login }
        return try await isSecondFactorEnforced(for: user.id, in: transaction) ? .enroll : nil
    }

    /// Whether one of the person's roles must have a second factor (ID-133).
    func isSecondFactorEnforced(for user: User.ID, in transaction: Store.Transaction) async throws -> Bool {
        guard passkeys != nil else { return false }
        return try await transaction.secondFactorStandings(of: user).contains { $0.demand(by: settings.secondFactors) != .none }
    }

    /// The secret of a token: derived from its id, which is random, so that it is in no row.
    func secret(of token: MFAToken) -> SecretString {
        secrets.linkSecret(of: "mfa_token", token.id.description)
    }

    /// What the caller is told.
    func step(after result: FirstFactorResult, at now: Instant) throws -> SignInStep {
        switch result {
        case .session(let user, let session, let org): .completed(try issueToken(for: session, user: user, org: org, at: now))
        case .pending(let user, let token):
            .pending(PendingSignIn(user: user, purpose: token.purpose, token: secret(of: token), expiresAt: token.expiresAt))
        }
    }

    /// Starts the session that a token was for: its second factor was shown.
    func finish(
        _ token: MFAToken, with method: String, from client: ClientContext, at now: Instant, in transaction: Store.Transaction
    ) async throws -> (User, Session, OrgScope?) {
        guard let user = try await transaction.lockedUser(token.user), user.status == .active, user.sessionEpoch == token.epoch,
            try await transaction.consume(token.id, at: now)
        else { throw IdentityError.mfaTokenInvalid }
        // Whoever lost the org meanwhile signs in without it.
        let isMember = if let org = token.org { try await transaction.scope(of: user.id, in: org) != nil } else { false }
        let scope = try await startingOrg(of: user, preferring: isMember ? token.org : nil, in: transaction)
        return try await startFull(
            for: user, org: scope, methods: token.methods + [method, Session.twoFactors], from: client, at: now, in: transaction)
    }

    /// Starts a session with two factors.
    func startFull(
        for user: User, org: OrgScope?, methods: [String], from client: ClientContext, at now: Instant, in transaction: Store.Transaction
    ) async throws -> (User, Session, OrgScope?) {
        let session = try await startSession(for: user, org: org, methods: methods, from: client, at: now, in: transaction)
        try await transaction.record(
            IdentityAudit.SignedIn(user: user.id, session: session.id, client: client.network), by: .user(AuditReference(user.id)))
        try await reportNewClient(session, of: user, from: client, at: now, in: transaction)
        return (user, session, org)
    }

    /// Makes codes in place of those before, and says so.
    func makeRecoveryCodes(of user: User, isRenewal: Bool, at now: Instant, in transaction: Store.Transaction) async throws -> [String] {
        let codes = RecoveryCodes.make(by: secrets, at: now)
        let digests = codes.compactMap(RecoveryCodes.normalised).map { RecoveryCodes.digest(of: $0, of: user.id, by: secrets) }
        try await transaction.replaceRecoveryCodes(of: user.id, with: digests, at: now)
        let actor = AuditActor.user(AuditReference(user.id))
        if isRenewal {
            try await transaction.record(IdentityAudit.RecoveryCodesRegenerated(user: user.id), by: actor)
        } else {
            try await transaction.record(IdentityAudit.RecoveryCodesGenerated(user: user.id), by: actor)
        }
        try await transaction.publish(RecoveryCodesChanged(user: user, isRenewal: isRenewal, at: now))
        return codes
    }
}
