internal import Audit
internal import Core
internal import Jobs

extension Sessions {
    /// Raises the epoch, so that sign-ins under way are caught as well.
    public func logOutEverywhere(keepingCurrent: Bool, includingKeys: Bool, by principal: Principal) async throws -> SignInOutcome? {
        let current = try principal.requireSession()
        let now = environment.dateSource.now
        let kept = try await environment.store.withTransaction(.system) { transaction in
            guard let user = try await transaction.lockedUser(principal.userID), user.status == .active else {
                throw IdentityError.sessionRevoked
            }
            let count = try await transaction.endSessions(of: user.id, except: keepingCurrent ? current : nil, because: .logoutAll, at: now)
            try await transaction.record(
                IdentityAudit.SessionsRevokedAll(user: user.id, session: current, count: count), by: principal.actor)
            if includingKeys {
                let keys = try await transaction.endKeys(of: user.id, because: "logout_all", at: now)
                for key in keys {
                    try await transaction.record(
                        IdentityAudit.APIKeyRevoked(user: user.id, key: key, reason: "logout_all"), by: principal.actor)
                }
                try await transaction.tellOrgs(ofRevoked: keys)
            }
            try await transaction.publish(
                AllSessionsEnded(user: user.id, email: user.email.description, name: user.name.description, cause: .logoutAll, at: now))
            return keepingCurrent ? (user, try await reissue(current, at: now, in: transaction)) : nil
        }
        guard let (user, (session, org)) = kept else { return nil }
        return try environment.issueToken(for: session, user: user, org: org, at: now)
    }

    /// The next generation of a session that stays, so that the token that was presented ends like the others.
    private func reissue(
        _ id: Session.ID, at now: Instant, in transaction: Store.Transaction
    ) async throws -> (Session, OrgScope?) {
        guard let session = try await transaction.lockedSession(id) else { throw IdentityError.sessionRevoked }
        let ends = min(now + environment.settings.tokenLifetime, session.absoluteExpiresAt)
        guard let next = try await transaction.advance(id, from: session.generation, tokenExpiresAt: ends, at: now) else {
            throw IdentityError.sessionRevoked
        }
        guard let org = next.activeOrg else { return (next, nil) }
        return (next, try await transaction.scope(of: next.user, in: org))
    }
}
