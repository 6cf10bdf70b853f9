public import Audit
public import Core

/// What became of an account by an operator's order, or would become of it.
public struct AccountOrderOutcome: Sendable, Hashable {
    /// The account.
    public let user: User.ID
    /// What it was.
    public let before: User.Status
    /// What it is now, or would be.
    public let after: User.Status
}

/// The end of accounts, and their being switched off and on, as operators order it: by the same code as people do, with a rehearsal that does all of it and
/// takes it back (ID-149).
public protocol AccountOrders: Sendable {
    /// What an end would be; nothing is changed.
    ///
    /// - Throws: ``IdentityError/notFound``
    func deletionPlan(for user: User.ID) async throws -> AccountDeletionPlan

    /// Switches an account off.
    ///
    /// - Parameter freezing: whether orgs with other members that would be without an owner are frozen instead of being in the way (ID-142).
    /// - Throws: ``IdentityError/soleOwner(_:)``, ``IdentityError/notFound``.
    func deactivate(
        _ user: User.ID, freezingOrgs: Bool, by actor: AuditActor, because reason: String, rehearsing isRehearsal: Bool
    ) async throws -> AccountOrderOutcome

    /// Switches an account on again.
    func reactivate(
        _ user: User.ID, by actor: AuditActor, because reason: String, rehearsing isRehearsal: Bool
    ) async throws -> AccountOrderOutcome

    /// Lets an account end after the grace; the owner is mailed and can take it back.
    ///
    /// - Throws: ``IdentityError/deletionBlocked(_:)``, ``IdentityError/notFound``.
    func scheduleDeletion(of user: User.ID, by actor: AuditActor, rehearsing isRehearsal: Bool) async throws -> AccountDeletionPlan

    /// Takes the end of an account back, as the owner does by the mailed link. Twice is once.
    func cancelDeletion(of user: User.ID, by actor: AuditActor, rehearsing isRehearsal: Bool) async throws -> AccountOrderOutcome
}

extension Accounts: AccountOrders {
    /// By the code that switches accounts off anyway.
    public func deactivate(
        _ user: User.ID, freezingOrgs: Bool, by actor: AuditActor, because reason: String, rehearsing isRehearsal: Bool
    ) async throws -> AccountOrderOutcome {
        let now = environment.dateSource.now
        return try await observing(user, rehearsing: isRehearsal) { transaction in
            try await deactivate(
                user, freezingOrgs: freezingOrgs, by: actor, because: reason, as: .operatorDecision, at: now, in: transaction)
        }
    }

    /// By the code that switches accounts on anyway.
    public func reactivate(
        _ user: User.ID, by actor: AuditActor, because reason: String, rehearsing isRehearsal: Bool
    ) async throws -> AccountOrderOutcome {
        let now = environment.dateSource.now
        return try await observing(user, rehearsing: isRehearsal) { transaction in
            try await reactivate(user, by: actor, because: reason, at: now, in: transaction)
        }
    }

    /// By the code of the person's own wish.
    public func scheduleDeletion(
        of user: User.ID, by actor: AuditActor, rehearsing isRehearsal: Bool
    ) async throws -> AccountDeletionPlan {
        try await schedule(user, by: actor, rehearsing: isRehearsal)
    }

    /// Until the account is purged, also when it is due: the person's own link ends before.
    public func cancelDeletion(of user: User.ID, by actor: AuditActor, rehearsing isRehearsal: Bool) async throws -> AccountOrderOutcome {
        let now = environment.dateSource.now
        return try await observing(user, rehearsing: isRehearsal) { transaction in
            guard var person = try await transaction.lockedUser(user), person.status == .deleting else { return }
            try await transaction.supersedeLinks(of: user, at: now)
            try await takeBackDeletion(of: &person, by: actor, at: now, in: transaction)
        }
    }

    private func observing(
        _ user: User.ID, rehearsing isRehearsal: Bool, _ body: (Store.Transaction) async throws -> Void
    ) async throws -> AccountOrderOutcome {
        try await environment.rehearsing(isRehearsal) { transaction in
            guard let before = try await transaction.lockedUser(user) else { throw IdentityError.notFound }
            try await body(transaction)
            guard let after = try await transaction.user(user) else { throw IdentityError.notFound }
            return AccountOrderOutcome(user: user, before: before.status, after: after.status)
        }
    }
}
