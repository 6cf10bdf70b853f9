internal import Audit
public import Core
internal import Jobs

/// Keeps sessions going and ends them.
public struct Sessions<Store: IdentityStore>: SessionService {
    let environment: IdentityEnvironment<Store>

    /// Makes the service.
    public init(_ environment: IdentityEnvironment<Store>) {
        self.environment = environment
    }

    /// A new token for an old one: the session moves on by one generation, once, however many ask with the same token.
    public func refresh(_ token: SecretString, from client: ClientContext) async throws -> SignInOutcome {
        let now = environment.dateSource.now
        try await environment.refuseForeignBearer(token, from: client, at: now)
        let claims: AccessClaims
        do {
            claims = try environment.tokens.verify(token, at: now, acceptingExpiredFor: environment.settings.refreshGrace)
        } catch {
            throw error == .expired ? IdentityError.tokenExpired : .tokenInvalid
        }
        let result = try await environment.store.withTransaction(.system) { transaction in
            try await rotate(claims, from: client, at: now, in: transaction)
        }
        switch result {
        case .success(let (user, session, org)): return try environment.issueToken(for: session, user: user, org: org, at: now)
        // What was written about the refusal has been committed.
        case .failure(let refusal): throw refusal
        }
    }

    private typealias Rotation = Result<(User, Session, OrgScope?), IdentityError>

    private func rotate(
        _ claims: AccessClaims, from client: ClientContext, at now: Instant, in transaction: Store.Transaction
    ) async throws -> Rotation {
        let lifetime = environment.settings.tokenLifetime
        // What nearly always happens is one statement; only what it does not settle is looked at under a lock.
        if let state = try await transaction.refresh(
            claims.session, of: claims.user, from: claims.generation, lifetime: lifetime, at: now)
        {
            try await transaction.record(
                IdentityAudit.TokenRefreshed(user: state.user.id, session: state.session.id, at: now),
                by: .user(AuditReference(state.user.id)))
            return .success((state.user, state.session, state.org))
        }
        guard let session = try await transaction.lockedSession(claims.session), let user = try await transaction.user(session.user),
            user.id == claims.user
        else { return .failure(.tokenInvalid) }
        guard user.status != .deactivated else { return .failure(.accountDisabled) }
        guard session.revokedAt == nil, session.epoch == user.sessionEpoch, user.status == .active else { return .failure(.sessionRevoked) }
        guard now < session.absoluteExpiresAt else { return .failure(.sessionExpired) }
        switch RefreshDecision(presented: claims.generation, of: session, at: now, overlap: environment.settings.refreshOverlap) {
        case .advance:
            let ends = min(now + environment.settings.tokenLifetime, session.absoluteExpiresAt)
            guard let next = try await transaction.advance(session.id, from: session.generation, tokenExpiresAt: ends, at: now) else {
                return .failure(.tokenInvalid)
            }
            try await transaction.record(
                IdentityAudit.TokenRefreshed(user: user.id, session: session.id, at: now), by: .user(AuditReference(user.id)))
            return .success((user, next, try await org(of: next, in: transaction)))
        case .again:
            return .success((user, session, try await org(of: session, in: transaction)))
        case .unknown:
            return .failure(.tokenInvalid)
        case .reused:
            try await transaction.record(
                IdentityAudit.RefreshReuseDetected(user: user.id, session: session.id, client: client.network),
                by: .anonymous(AuditReference(client.network)))
            if session.network != client.network.auditKey {
                _ = try await transaction.end(session.id, because: .reuseDetected, at: now, isUse: false)
                try await transaction.publish(
                    AllSessionsEnded(
                        user: user.id, email: user.email.description, name: user.name.description, cause: .tokenReuse, at: now))
            }
            return .failure(.tokenReused)
        }
    }

    private func org(of session: Session, in transaction: Store.Transaction) async throws -> OrgScope? {
        guard let org = session.activeOrg else { return nil }
        return try await transaction.scope(of: session.user, in: org)
    }

    /// Only a token that is still valid counts as use (ID-064, ID-079).
    public func logOut(_ token: SecretString, from client: ClientContext) async throws {
        let now = environment.dateSource.now
        guard let claims = try? environment.tokens.verify(token, at: now, acceptingExpiredFor: .days(3_650)) else { return }
        let isUse = (try? environment.tokens.verify(token, at: now, acceptingExpiredFor: .zero)) != nil
        try await environment.store.withTransaction(.user(claims.user)) { transaction in
            guard try await transaction.end(claims.session, because: .logout, at: now, isUse: isUse) else { return }
            try await transaction.record(
                IdentityAudit.SessionRevoked(user: claims.user, session: claims.session, reason: .logout),
                by: .user(AuditReference(claims.user)))
        }
    }

    /// The sessions of a person.
    public func sessions(of user: User.ID, includingEnded: Bool) async throws -> [Session] {
        try await environment.store.sessions(of: user, includingEnded: includingEnded, at: environment.dateSource.now)
    }

    /// Ends one of the caller's sessions; one that has ended stays as it is.
    public func end(_ session: Session.ID, by principal: Principal) async throws {
        _ = try principal.requireSession()
        let now = environment.dateSource.now
        try await environment.store.withTransaction(.user(principal.userID)) { transaction in
            guard let found = try await transaction.lockedSession(session), found.user == principal.userID else {
                throw IdentityError.notFound
            }
            guard try await transaction.end(session, because: .revokedByUser, at: now, isUse: false) else { return }
            try await transaction.record(
                IdentityAudit.SessionRevoked(user: principal.userID, session: session, reason: .revokedByUser), by: principal.actor)
        }
    }

    /// Sets the active org and moves the session on by one generation.
    public func move(to org: OrgReference, by principal: Principal) async throws -> SignInOutcome {
        let id = try principal.requireSession()
        let now = environment.dateSource.now
        let (user, session, scope) = try await environment.store.withTransaction(.system) { transaction in
            // The account's lock is held while the membership is read: its end waits, or has been seen (ID-076).
            guard let (user, session) = try await transaction.lockedUser(principal.userID, with: id),
                session.epoch == user.sessionEpoch, session.revokedAt == nil
            else { throw IdentityError.sessionRevoked }
            guard
                let (next, scope) = try await transaction.enter(
                    org, with: session, lifetime: environment.settings.tokenLifetime, at: now)
            else { throw IdentityError.notOrgMember }
            try await transaction.record(
                IdentityAudit.SessionOrgSwitched(user: user.id, session: id, org: org), by: principal.actor)
            return (user, next, scope)
        }
        return try environment.issueToken(for: session, user: user, org: scope, at: now)
    }
}

/// What a token of a generation is good for, when it is presented for a refresh (ID-061 to ID-063).
enum RefreshDecision: Hashable {
    /// The session moves on.
    case advance
    /// It has moved on already, a moment ago or without the new token having been used: the same next token again.
    case again
    /// The token was replaced, and its successor is in use.
    case reused
    /// There was no such generation yet.
    case unknown

    init(presented: Int, of session: Session, at now: Instant, overlap: Duration) {
        if presented == session.generation {
            self = .advance
        } else if presented > session.generation {
            self = .unknown
        } else if presented == session.generation - 1,
            now < session.rotatedAt + overlap || session.confirmedGeneration < session.generation
        {
            self = .again
        } else {
            self = .reused
        }
    }
}
