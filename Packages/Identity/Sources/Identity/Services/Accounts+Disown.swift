internal import Audit
public import Core
internal import Jobs

/// What disowning an account came to.
public enum DisownOutcome: Sendable, Hashable {
    /// It is removed.
    case removed
    /// Something of value hangs on it: it is switched off until an operator has looked at it.
    case deactivated
}

extension Accounts {
    /// Somebody made the account with an address that is not theirs. The link was sent to the address when the account was made and is good while the
    /// address was never proven; what it does is one transaction.
    public func disown(with token: SecretString) async throws -> DisownOutcome {
        let digest = environment.secrets.digest(of: token)
        let now = environment.dateSource.now
        let owner = try await environment.store.link(.disown, digest: digest, at: now)?.user
        return try await environment.store.withTransaction(.system) { transaction in
            // The account's lock comes first, as wherever an account ends.
            let user = if let owner { try await transaction.lockedUser(owner) } else { User?.none }
            let link = try await transaction.consume(.disown, digest: digest, at: now).orThrow()
            guard let user, user.status == .active, !user.isEmailVerified, user.email == link.address else {
                throw IdentityError.linkInvalid
            }
            let actor = AuditActor.system(component: "identity")
            let ended = try await endUnproven(user, by: actor, at: now, in: transaction)
            if ended == .deactivated { try await deactivateUnproven(user, by: actor, at: now, in: transaction) }
            try await transaction.freeAddress(of: user.id, at: now)
            try await transaction.record(
                IdentityAudit.AccountDisowned(user: user.id, isRemoved: ended == .removed), by: actor)
            return ended
        }
    }

    /// Ends an account at once, with its orgs and all its credentials, unless something of value hangs on it; then nothing is changed. The account's row is
    /// locked by whoever calls.
    func endUnproven(
        _ user: User, by actor: AuditActor, at now: Instant, in transaction: Store.Transaction
    ) async throws -> DisownOutcome {
        guard let orgs = try await worthlessOrgs(of: user, at: now, in: transaction),
            try await observer.accountWillBeDeleted(user.id, with: orgs, at: now, by: actor, in: transaction).isEmpty
        else { return .deactivated }
        _ = try await transaction.endSessions(of: user.id, except: nil, because: .deletion, at: now)
        let keys = try await transaction.endKeys(of: user.id, because: "deletion", at: now)
        try await environment.record(revocationOf: keys, of: user.id, because: "deletion", in: transaction)
        try await transaction.supersedeLinks(of: user.id, at: now)
        try await transaction.setDeletion(of: user.id, purgeAt: now, at: now)
        try await transaction.record(IdentityAudit.UserDeletionRequested(user: user.id, purgeAt: now, orgs: orgs.count), by: actor)
        // Its orgs go first, by jobs of their own; nobody can use the account meanwhile.
        try await transaction.enqueue(PurgeAccount(user: user.id), .init(runAt: now, uniqueKey: user.id.description))
        return .removed
    }

    /// The orgs that would end with an account which was never proven; `nil` where something of value hangs on it: a fellow member, a live graph or
    /// subscription, an invoice (ID-020).
    func worthlessOrgs(of user: User, at now: Instant, in transaction: Store.Transaction) async throws -> [OrgReference]? {
        guard try await !transaction.hasFellowMembers(user.id) else { return nil }
        let facts = try await transaction.deletionFacts(of: user.id, at: now)
        let orgs = facts.loneOrgs.map(\.id)
        guard facts.blockers.isEmpty, try await observer.deletionBlockers(of: user.id, with: orgs, in: transaction).isEmpty,
            try await !observer.holdsRecords(of: orgs, in: transaction)
        else { return nil }
        return orgs
    }

    private func deactivateUnproven(
        _ user: User, by actor: AuditActor, at now: Instant, in transaction: Store.Transaction
    ) async throws {
        var user = user
        let reason = "disowned"
        let sessions = try await transaction.endSessions(of: user.id, except: nil, because: .deactivated, at: now)
        let keys = try await transaction.endKeys(of: user.id, because: reason, at: now)
        user.sessionEpoch += 1
        user.keyEpoch += 1
        user.status = .deactivated
        user.updatedAt = now
        try await transaction.save(user)
        try await observer.accountDeactivated(user.id, because: reason, by: actor, in: transaction)
        try await transaction.supersedeLinks(of: user.id, at: now)
        try await environment.record(revocationOf: keys, of: user.id, because: reason, in: transaction)
        // Nobody is mailed: the address belongs to somebody else.
        try await transaction.record(
            IdentityAudit.UserDeactivated(user: user.id, reason: reason, endedSessions: sessions, endedKeys: keys.count), by: actor)
    }
}
