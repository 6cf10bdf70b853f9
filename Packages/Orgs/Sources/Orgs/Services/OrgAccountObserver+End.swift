public import Audit
public import Core
public import Identity

extension OrgAccountObserver {
    private var ending: OrgEnding<Transaction> { OrgEnding(observers: lifecycleObservers) }

    /// The same as at the end itself, without locks.
    public func deletionBlockers(
        of user: User.ID, with orgs: [Org.ID], in transaction: Transaction
    ) async throws -> [AccountDeletionBlocker] {
        let unowned = try await transaction.orgsWithoutActingOwner(of: user)
        var blockers: [AccountDeletionBlocker] = []
        for id in orgs.sorted() {
            guard let org = try await transaction.org(id) else { continue }
            blockers += try await obstacles(to: org, isUnowned: unowned.contains(id), in: transaction)
        }
        return blockers
    }

    /// What the packages above know of the orgs.
    public func holdsRecords(of orgs: [Org.ID], in transaction: Transaction) async throws -> Bool {
        for org in orgs {
            for observer in lifecycleObservers where try await observer.holdsRecords(of: org, in: transaction) { return true }
        }
        return false
    }

    /// Switches the orgs off in which nobody else is. Each is looked at again under its lock, where nobody joins and nothing is bought beside it (ID-144).
    ///
    /// - Returns: what is in the way; then no org is switched off.
    public func accountWillBeDeleted(
        _ user: User.ID, with orgs: [Org.ID], at purgeAt: Instant, by actor: AuditActor, in transaction: Transaction
    ) async throws -> [AccountDeletionBlocker] {
        let now = dateSource.now
        let unowned = try await transaction.orgsWithoutActingOwner(of: user)
        var leaving: [Org] = []
        var blockers: [AccountDeletionBlocker] = []
        for id in orgs.sorted() {
            guard let org = try await transaction.lockedOrg(id) else { continue }
            let found = try await obstacles(to: org, isUnowned: unowned.contains(id), in: transaction)
            blockers += found
            if found.isEmpty, org.state == .active || org.state == .frozen { leaving.append(org) }
        }
        guard blockers.isEmpty else { return blockers }
        for org in leaving {
            let deletion = OrgDeletion(
                id: .make(at: now), org: org.id, cause: .account, requestedBy: user, reason: nil, deletedAt: now,
                // An end at once is one that begins after its order.
                purgeAt: max(purgeAt, now + .seconds(1)))
            try await ending.switchOff(org, deletion, by: actor, in: transaction)
        }
        try await withdrawOffers(of: user, by: actor, at: now, in: transaction)
        return []
    }

    private func obstacles(to org: Org, isUnowned: Bool, in transaction: Transaction) async throws -> [AccountDeletionBlocker] {
        func blocker(_ kind: AccountDeletionBlocker.Kind, _ reference: String) -> AccountDeletionBlocker {
            AccountDeletionBlocker(kind: kind, org: org.id, reference: reference, label: org.name.description)
        }
        guard org.state == .active || org.state == .frozen else { return [] }
        if org.state == .frozen, !isUnowned { return [blocker(.frozenOrg, org.id.description)] }
        guard try await transaction.countMembers(of: org.id) == 1 else { return [blocker(.soleOwner, org.id.description)] }
        return try await ending.obligations(of: org.id, in: transaction).map { found in
            let kind: AccountDeletionBlocker.Kind =
                switch found.kind {
                case .liveSubscription: .liveSubscription
                case .protectedGraph, .runningWork: .liveGraph
                case .openInvoice: .openInvoice
                case .balance: .accountCredit
                }
            return blocker(kind, found.id)
        }
    }

    /// The orgs that ended with the account come back; those whose end somebody ordered stay deleted.
    public func accountDeletionCanceled(_ user: User.ID, in transaction: Transaction) async throws {
        let now = dateSource.now
        for deletion in try await transaction.deletions(withAccountOf: user) {
            guard let org = try await transaction.lockedOrg(deletion.org) else { continue }
            _ = try await ending.restore(org, by: .user(AuditReference(user)), at: now, in: transaction)
        }
    }

    /// An account is there as long as an org that only its owner could restore (ORG-034).
    public func accountMayBePurged(_ user: User.ID, in transaction: Transaction) async throws -> Bool {
        try await transaction.endingOrgs(ownedAloneBy: user).isEmpty
    }

    /// Ends the memberships that are left, with what hangs on them.
    public func accountPurged(_ user: User.ID, in transaction: Transaction) async throws {
        let now = dateSource.now
        let actor = AuditActor.system(component: "orgs")
        for membership in try await transaction.memberships(of: user) {
            guard try await transaction.lockedOrg(membership.org) != nil else { continue }
            try await transaction.end(membership.id, because: .accountDeleted, at: now)
            for observer in membershipObservers { try await observer.membershipEnded(membership, in: transaction) }
            try await transaction.record(
                OrgsAudit.MemberLeft(org: membership.org, user: user, membership: membership.id, revokedKeys: 0), by: actor)
        }
    }

    /// Nobody is invited in the name of a person who cannot act (ORG-028); an org without another owner who could is frozen.
    public func accountDeactivated(_ user: User.ID, because reason: String, by actor: AuditActor, in transaction: Transaction) async throws
    {
        let now = dateSource.now
        try await withdrawOffers(of: user, by: actor, at: now, in: transaction)
        for membership in try await transaction.memberships(of: user) where membership.role == .owner {
            guard try await transaction.lockedOrg(membership.org)?.state == .active,
                try await transaction.countOwners(of: membership.org) == 0
            else { continue }
            try await transaction.setFrozen(.noOwner, membership.org, because: reason, by: actor, at: now)
        }
    }

    /// The orgs work again that were frozen because nobody else could act for them.
    public func accountReactivated(_ user: User.ID, because reason: String, by actor: AuditActor, in transaction: Transaction) async throws
    {
        for org in try await transaction.orgsWithoutActingOwner(of: user) {
            try await transaction.setFrozen(nil, org, because: reason, by: actor, at: dateSource.now)
        }
    }

    /// Freezes orgs with other members, which cannot be without an owner who acts (ID-142).
    public func freeze(_ orgs: [Org.ID], because reason: String, by actor: AuditActor, in transaction: Transaction) async throws {
        for org in orgs.sorted() {
            try await transaction.setFrozen(.noOwner, org, because: reason, by: actor, at: dateSource.now)
        }
    }

    private func withdrawOffers(of user: User.ID, by actor: AuditActor, at now: Instant, in transaction: Transaction) async throws {
        for membership in try await transaction.memberships(of: user) {
            guard try await transaction.lockedOrg(membership.org) != nil else { continue }
            _ = try await transaction.withdrawInvitations(of: membership.org, sentBy: user, by: actor, at: now)
            try await transaction.voidTransfers(of: membership.org, naming: user, by: actor, at: now)
        }
    }
}
