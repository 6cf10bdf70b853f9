public import Audit
public import Core
internal import Jobs

/// Ends accounts and switches them off.
public struct Accounts<Store: IdentityStore, Observer: AccountObserver>: AccountLifecycle
where Observer.Transaction == Store.Transaction {
    let environment: IdentityEnvironment<Store>
    let observer: Observer

    /// Makes the service.
    ///
    /// - Parameter observer: what else belongs to the end of an account, such as its orgs.
    public init(_ environment: IdentityEnvironment<Store>, observer: Observer) {
        self.environment = environment
        self.observer = observer
    }

    /// Reads and changes nothing.
    public func deletionPlan(for user: User.ID) async throws -> AccountDeletionPlan {
        let now = environment.dateSource.now
        return try await environment.store.withTransaction(.system) { transaction in
            guard try await transaction.user(user) != nil else { throw IdentityError.notFound }
            return try await plan(for: user, at: now, in: transaction)
        }
    }

    private func plan(for user: User.ID, at now: Instant, in transaction: Store.Transaction) async throws -> AccountDeletionPlan {
        let facts = try await transaction.deletionFacts(of: user, at: now)
        let obligations = try await observer.deletionBlockers(of: user, with: facts.loneOrgs.map(\.id), in: transaction)
        return AccountDeletionPlan(
            purgeAt: facts.purgeAt ?? now + environment.settings.deletionGrace, isScheduled: facts.purgeAt != nil,
            endingOrgs: facts.loneOrgs, blockers: facts.blockers + obligations, credentials: facts.credentials)
    }

    /// The owner's own wish: typed and proven.
    public func scheduleDeletion(
        confirmedBy typed: String, provenBy proof: Proof?, by principal: Principal, from client: ClientContext
    ) async throws -> AccountDeletionPlan {
        _ = try principal.requireSession()
        guard EmailAddress(typed) == principal.email else { throw IdentityError.confirmMismatch }
        try await Proofs(environment).check(proof, of: principal, from: client)
        return try await schedule(principal.userID, by: principal.actor)
    }

    /// An operator's.
    public func scheduleDeletion(of user: User.ID, by actor: AuditActor) async throws -> AccountDeletionPlan {
        try await schedule(user, by: actor)
    }

    /// The plan is made again under the account's lock, so that what came to be meanwhile is seen (ID-144).
    func schedule(_ id: User.ID, by actor: AuditActor, rehearsing isRehearsal: Bool = false) async throws -> AccountDeletionPlan {
        let now = environment.dateSource.now
        return try await environment.rehearsing(isRehearsal) { transaction in
            guard let user = try await transaction.lockedUser(id), user.status == .active || user.status == .deactivated else {
                throw IdentityError.notFound
            }
            let found = try await plan(for: id, at: now, in: transaction)
            guard found.blockers.isEmpty else { throw IdentityError.deletionBlocked(found.blockers) }
            let orgs = found.endingOrgs.map(\.id)
            let late = try await observer.accountWillBeDeleted(id, with: orgs, at: found.purgeAt, by: actor, in: transaction)
            guard late.isEmpty else { throw IdentityError.deletionBlocked(late) }
            _ = try await transaction.endSessions(of: id, except: nil, because: .deletion, at: now)
            let keys = try await transaction.endKeys(of: id, because: "deletion", at: now)
            try await environment.record(revocationOf: keys, of: id, because: "deletion", in: transaction)
            try await transaction.supersedeLinks(of: id, at: now)
            try await transaction.setDeletion(of: id, purgeAt: found.purgeAt, at: now)
            let link = LinkToken(id: .make(at: now), user: id, kind: .deletionCancel, address: user.email, expiresAt: found.purgeAt)
            try await transaction.insert(link, digest: environment.digest(of: link), at: now)
            try await transaction.record(
                IdentityAudit.UserDeletionRequested(user: id, purgeAt: found.purgeAt, orgs: orgs.count), by: actor)
            try await transaction.publish(
                AccountDeletionScheduled(
                    user: id, email: user.email.description, name: user.name.description, link: link.id, purgeAt: found.purgeAt,
                    endingOrgs: orgs))
            try await transaction.enqueue(PurgeAccount(user: id), .init(runAt: found.purgeAt, uniqueKey: id.description))
            return AccountDeletionPlan(
                purgeAt: found.purgeAt, isScheduled: true, endingOrgs: found.endingOrgs, blockers: [], credentials: found.credentials)
        }
    }

    /// The account's lock comes first, as in ``purge(_:)``: of both at one instant one wins, and neither waits for the other in a circle.
    public func cancelDeletion(with token: SecretString) async throws {
        let digest = environment.secrets.digest(of: token)
        let now = environment.dateSource.now
        let owner = try await environment.store.link(.deletionCancel, digest: digest, at: now)?.user
        try await environment.store.withTransaction(.system) { transaction in
            let user = if let owner { try await transaction.lockedUser(owner) } else { User?.none }
            _ = try await transaction.consume(.deletionCancel, digest: digest, at: now).orThrow()
            guard var user, user.status == .deleting else { throw IdentityError.linkInvalid }
            try await takeBackDeletion(of: &user, at: now, in: transaction)
        }
    }

    func takeBackDeletion(
        of user: inout User, by actor: AuditActor? = nil, at now: Instant, in transaction: Store.Transaction
    ) async throws {
        try await transaction.setDeletion(of: user.id, purgeAt: nil, at: now)
        user.status = .active
        try await observer.accountDeletionCanceled(user.id, in: transaction)
        try await transaction.cancelJob(PurgeAccount.self, uniqueKey: user.id.description)
        try await transaction.record(IdentityAudit.UserDeletionCanceled(user: user.id), by: actor ?? .user(AuditReference(user.id)))
        try await transaction.publish(AccountStatusChanged(user, .deletionCanceled, at: now))
    }

    /// One claim: the account must be due under its lock.
    public func purge(_ id: User.ID) async throws -> Bool {
        let now = environment.dateSource.now
        return try await environment.store.withTransaction(.system) { transaction in
            try await purge(id, at: now, in: transaction) == .purged
        }
    }

    func purge(_ id: User.ID, at now: Instant, in transaction: Store.Transaction) async throws -> PurgeOutcome {
        guard let user = try await transaction.lockedUser(id), user.status == .deleting else { return .notDue }
        guard try await observer.accountMayBePurged(id, in: transaction) else { return .waiting }
        guard let counts = try await transaction.purge(id, at: now) else { return .notDue }
        try await observer.accountPurged(id, in: transaction)
        try await transaction.record(
            IdentityAudit.UserDeleted(user: id, sessions: counts.sessions, keys: counts.keys), by: .system(component: "identity"))
        // An account that was disowned has no address to write to.
        if !user.email.isPlaceholder { try await transaction.publish(AccountStatusChanged(user, .deleted, at: now)) }
        // When the last mail has been made of it, the address is taken out of the events as well.
        try await transaction.enqueue(EraseTraces(user: id), .init(runAt: now + .days(1), uniqueKey: id.description))
        return .purged
    }

    /// What became of a purge.
    enum PurgeOutcome: Sendable, Hashable {
        /// The person was removed.
        case purged
        /// There is nothing to be removed, or not yet.
        case notDue
        /// Something else has to be gone before.
        case waiting
    }
}
