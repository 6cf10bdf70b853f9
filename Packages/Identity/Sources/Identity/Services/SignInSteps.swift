internal import Audit
internal import Core
internal import Jobs

/// The steps that every way of signing in ends with (identity.md, section 10: all paths end in the same function).
extension IdentityEnvironment {
    /// Stores a new session with its entries.
    func startSession(
        for user: User, org: OrgScope?, methods: [String], from client: ClientContext, at now: Instant, in transaction: Store.Transaction
    ) async throws -> Session {
        let session = Session(
            id: .make(at: now), user: user.id, epoch: user.sessionEpoch, generation: 1, confirmedGeneration: 1, rotatedAt: now,
            activeOrg: org?.org, methods: methods, authenticatedAt: now, network: client.network.auditKey, clientFamily: client.family,
            lastActiveAt: now, tokenExpiresAt: now + settings.tokenLifetime, absoluteExpiresAt: now + settings.sessionLifetime)
        try await transaction.insert(session)
        try await transaction.record(
            IdentityAudit.SessionStarted(user: user.id, session: session.id, org: org?.org, client: client.network),
            by: .user(AuditReference(user.id)))
        return session
    }

    /// Tells the owner of an account of a session that began where none did for 90 days, at most once an hour (ID-036).
    func reportNewClient(
        _ session: Session, of user: User, from client: ClientContext, at now: Instant, in transaction: Store.Transaction
    ) async throws {
        guard try await !transaction.hasSession(of: user.id, like: session, since: now - .days(90)) else { return }
        try await transaction.record(
            IdentityAudit.NewClientSignIn(user: user.id, session: session.id, client: client.network), by: .user(AuditReference(user.id)))
        guard try await transaction.takeNotice(.newClient, of: user.id, every: .hours(1), at: now) else { return }
        try await transaction.publish(
            SignedInFromNewClient(
                user: user.id, email: user.email.description, name: user.name.description, session: session.id,
                clientFamily: session.clientFamily, network: session.network, at: now))
    }

    /// Signs a token for the present generation of a session.
    ///
    /// The role in it, and in the answer, is the one that the session has: who trusts a token alone gives a session without a second factor no more than
    /// this product does (ID-134).
    func issueToken(for session: Session, user: User, org membership: OrgScope?, at now: Instant) throws -> SignInOutcome {
        let org = membership?.limited(by: demand(on: session, in: membership))
        let claims = AccessClaims(
            user: user.id, session: session.id, generation: session.generation, org: org?.org, role: org?.role, methods: session.methods,
            authenticatedAt: session.authenticatedAt)
        let lifetime = min(settings.tokenLifetime, session.absoluteExpiresAt - now)
        let token = try tokens.sign(claims, issuedAt: now, expiresAfter: lifetime)
        return SignInOutcome(user: user, session: session, org: org, token: token)
    }

    /// What a session lacks in an org by the stricter of the two rules; nothing where nobody can show a second factor.
    func demand(on session: Session, in org: OrgScope?) -> SecondFactorDemand {
        guard passkeys != nil, !session.hasSecondFactor else { return .none }
        return org?.standing?.demand(by: settings.secondFactors) ?? .none
    }

    /// The org that a new session acts for: the one asked for, else the default org if still a member, else the only one, else none (ID-033).
    func startingOrg(
        of user: User, preferring org: OrgReference?, in transaction: Store.Transaction
    ) async throws -> OrgScope? {
        if let org {
            guard let scope = try await transaction.scope(of: user.id, in: org), scope.state != .deleted else {
                throw IdentityError.notOrgMember
            }
            return scope
        }
        if let standard = user.defaultOrg, let scope = try await transaction.scope(of: user.id, in: standard), scope.state != .deleted {
            return scope
        }
        let scopes = try await transaction.scopes(of: user.id, limit: 2)
        return scopes.count == 1 ? scopes.first : nil
    }

    /// Stores the first links of a new account and asks for the mail that carries them: one proves the address, one says that somebody else made the
    /// account (ID-019).
    func requestFirstVerification(of user: User, at now: Instant, in transaction: Store.Transaction) async throws {
        let link = verificationLink(for: user, at: now)
        let disown = LinkToken(
            id: .make(at: now), user: user.id, kind: .disown, address: user.email, expiresAt: now + settings.unverifiedLifetime)
        try await transaction.insert(first: [(link, digest(of: link)), (disown, digest(of: disown))], at: now)
        try await publishVerification(link, disown: disown.id, of: user, in: transaction)
    }

    /// Stores a link in place of the one before and asks for the mail that carries it. The link that disowns the account is the first one still, as long
    /// as it is good: it is gone with the address that it was sent to, and whoever holds another address may not end the account.
    func requestVerification(of user: User, at now: Instant, in transaction: Store.Transaction) async throws {
        let link = verificationLink(for: user, at: now)
        try await transaction.insert(link, digest: digest(of: link), at: now)
        let disown = try await transaction.openLink(.disown, of: user.id, at: now)
        try await publishVerification(link, disown: disown?.id, of: user, in: transaction)
    }

    private func verificationLink(for user: User, at now: Instant) -> LinkToken {
        LinkToken(
            id: .make(at: now), user: user.id, kind: .emailVerification, address: user.email,
            expiresAt: now + settings.verificationLifetime)
    }

    private func publishVerification(
        _ link: LinkToken, disown: LinkToken.ID?, of user: User, in transaction: Store.Transaction
    ) async throws {
        try await transaction.publish(
            EmailVerificationRequested(
                user: user.id, email: user.email.description, name: user.name.description, link: link.id, disownLink: disown,
                expiresAt: link.expiresAt))
    }

    /// The digest of the secret that a link's mail will carry.
    func digest(of link: LinkToken) -> SecretDigest {
        secrets.digest(of: secrets.linkSecret(of: link.kind.rawValue, link.id.description))
    }
}
