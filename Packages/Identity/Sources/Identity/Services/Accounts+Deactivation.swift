public import Audit
public import Core
internal import Jobs

extension Accounts {
    /// Both epochs go up under the account's lock: whoever signs in or makes a key at this moment carries the new one or is dead (ID-141).
    public func deactivate(_ id: User.ID, freezingOrgs: Bool, by actor: AuditActor, because reason: String) async throws {
        let now = environment.dateSource.now
        try await environment.store.withTransaction(.system) { transaction in
            try await deactivate(
                id, freezingOrgs: freezingOrgs, by: actor, because: reason, as: .operatorDecision, at: now, in: transaction)
        }
    }

    func deactivate(
        _ id: User.ID, freezingOrgs: Bool, by actor: AuditActor, because reason: String, as cause: AccountStatusChanged.Cause,
        at now: Instant, in transaction: Store.Transaction
    ) async throws {
        guard var user = try await transaction.lockedUser(id) else { throw IdentityError.notFound }
        guard user.status == .active else { return }
        let owned = try await transaction.deletionFacts(of: id, at: now).blockers.filter { $0.kind == .soleOwner }.map(\.org)
        if !owned.isEmpty {
            guard freezingOrgs else { throw IdentityError.soleOwner(owned) }
            try await observer.freeze(owned, because: reason, by: actor, in: transaction)
        }
        let sessions = try await transaction.endSessions(of: id, except: nil, because: .deactivated, at: now)
        let keys = try await transaction.endKeys(of: id, because: "deactivated", at: now)
        user.sessionEpoch += 1
        user.keyEpoch += 1
        user.status = .deactivated
        user.updatedAt = now
        try await transaction.save(user)
        try await observer.accountDeactivated(id, because: reason, by: actor, in: transaction)
        try await transaction.supersedeLinks(of: id, at: now)
        try await environment.record(revocationOf: keys, of: id, because: "deactivated", in: transaction)
        try await transaction.record(
            IdentityAudit.UserDeactivated(user: id, reason: reason, endedSessions: sessions, endedKeys: keys.count), by: actor)
        try await transaction.publish(AccountStatusChanged(user, .deactivated, because: cause, at: now))
    }

    /// Nothing comes back but the right to sign in.
    public func reactivate(_ id: User.ID, by actor: AuditActor, because reason: String) async throws {
        let now = environment.dateSource.now
        try await environment.store.withTransaction(.system) { transaction in
            try await reactivate(id, by: actor, because: reason, at: now, in: transaction)
        }
    }

    func reactivate(
        _ id: User.ID, by actor: AuditActor, because reason: String, at now: Instant, in transaction: Store.Transaction
    ) async throws {
        guard var user = try await transaction.lockedUser(id) else { throw IdentityError.notFound }
        guard user.status == .deactivated else { return }
        user.status = .active
        user.updatedAt = now
        try await transaction.save(user)
        try await observer.accountReactivated(id, because: reason, by: actor, in: transaction)
        try await transaction.record(IdentityAudit.UserReactivated(user: id, reason: reason), by: actor)
        try await transaction.publish(AccountStatusChanged(user, .reactivated, at: now))
    }
}
