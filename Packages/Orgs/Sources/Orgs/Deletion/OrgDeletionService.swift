internal import Audit
public import Core
public import Identity
internal import Jobs

/// An owner's order to delete an org.
public struct DeletionRequest: Sendable {
    /// The org's name, typed by the owner.
    public let confirmation: String
    /// The proof of who asks.
    public let proof: Password?
    /// Why, in the owner's words.
    public let reason: String?
    /// Whether credit that is left is given up.
    public let forfeitsBalance: Bool

    /// Makes a request.
    public init(confirmation: String, proof: Password?, reason: String?, forfeitsBalance: Bool) {
        self.confirmation = confirmation
        self.proof = proof
        self.reason = reason
        self.forfeitsBalance = forfeitsBalance
    }
}

/// Deletes and restores orgs.
public protocol OrgDeletionService: Sendable {
    /// What deleting would mean, without effect (ORG-087).
    func plan(for scope: OwnerScope) async throws -> DeletionPlan
    /// Switches an org off; a repeat gives the same deletion again (ORG-091).
    ///
    /// - Parameter validatesOnly: runs all checks and changes nothing.
    func delete(_ request: DeletionRequest, in scope: OwnerScope, validatingOnly validatesOnly: Bool) async throws -> OrgDeletion
    /// Makes a deleted org work again while it is not being purged (ORG-093).
    func restore(_ scope: OwnerScope) async throws -> Org
}

/// Deletions by the store.
public struct Deletions<Store: OrgStore>: OrgDeletionService {
    private let store: Store
    private let observers: [any OrgLifecycleObserver<Store.Transaction>]
    private let proofs: any ProofVerifier
    private let settings: OrgsSettings
    private let dateSource: any DateSource

    /// Makes the service.
    ///
    /// - Parameter observers: the packages above, which know of subscriptions, invoices and graphs.
    public init(
        store: Store, observers: [any OrgLifecycleObserver<Store.Transaction>], proofs: any ProofVerifier, settings: OrgsSettings,
        dateSource: any DateSource
    ) {
        self.store = store
        self.observers = observers
        self.proofs = proofs
        self.settings = settings
        self.dateSource = dateSource
    }

    /// Reads only.
    public func plan(for scope: OwnerScope) async throws -> DeletionPlan {
        let now = dateSource.now
        async let graphs = store.graphs(of: scope.org, grantedTo: nil)
        async let members = store.members(of: scope.org)
        let (org, deletion, blockers) = try await store.withTransaction(.system) { transaction in
            guard let org = try await transaction.org(scope.org) else { throw OrgsError.notMember }
            let deletion = try await transaction.lockedDeletion(of: org.id)
            return (org, deletion, deletion == nil ? try await self.blockers(of: org.id, forfeits: false, in: transaction) : [])
        }
        return try await DeletionPlan(
            org: org, blockers: blockers, graphs: graphs, memberCount: members.count,
            purgeAt: deletion?.purgeAt ?? now + settings.deletionGrace, deletedAt: deletion?.deletedAt)
    }

    /// Everything in one transaction under the org's lock: the checks, the end of sessions and invitations, what other packages hold, the jobs.
    public func delete(
        _ request: DeletionRequest, in scope: OwnerScope, validatingOnly validatesOnly: Bool
    ) async throws -> OrgDeletion {
        try await proofs.verify(request.proof, by: scope.admin.member.principal)
        let now = dateSource.now
        // The system's scope, because other people's sessions leave the org.
        return try await store.withTransaction(.system) { transaction in
            guard let org = try await transaction.lockedOrg(scope.org) else { throw OrgsError.notMember }
            if org.state == .deleted, let deletion = try await transaction.lockedDeletion(of: org.id) { return deletion }
            guard org.state != .frozen else { throw OrgsError.frozen }
            guard org.state == .active else { throw OrgsError.purging }
            // The role may have changed since the request was let in.
            guard try await transaction.lockedMembership(of: scope.user, in: org.id)?.role == .owner else { throw OrgsError.ownerRequired }
            guard OrgName(request.confirmation) == org.name else { throw OrgsError.confirmMismatch }
            let blockers = try await self.blockers(of: org.id, forfeits: request.forfeitsBalance, in: transaction)
            guard blockers.isEmpty else { throw OrgsError.blocked(blockers) }
            let deletion = OrgDeletion(
                id: .make(at: now), org: org.id, requestedBy: scope.user, reason: request.reason, deletedAt: now,
                purgeAt: now + settings.deletionGrace)
            guard !validatesOnly else { return deletion }
            try await switchOff(org, deletion, by: scope.actor, in: transaction)
            return deletion
        }
    }

    private func switchOff(
        _ org: Org, _ deletion: OrgDeletion, by actor: AuditActor, in transaction: Store.Transaction
    ) async throws {
        let now = deletion.deletedAt
        let recipients = try await transaction.recipients(with: .admin, of: org.id)
        try await transaction.begin(deletion)
        let sessions = try await transaction.moveSessionsOut(of: org.id)
        let invitations = try await transaction.withdrawInvitations(of: org.id, sentBy: nil, by: actor, at: now)
        try await transaction.voidTransfers(of: org.id, naming: nil, by: actor, at: now)
        for observer in observers { try await observer.orgDeleted(org, purgeAt: deletion.purgeAt, in: transaction) }
        try await transaction.record(
            OrgsAudit.OrgDeletionRequested(
                org: org.id, purgeAt: deletion.purgeAt, movedSessions: sessions, revokedInvitations: invitations,
                reason: deletion.reason), by: actor)
        try await transaction.publish(
            OrgDeletionScheduled(org: org.id, name: org.name.description, purgeAt: deletion.purgeAt, recipients: recipients))
        for days in OrgDeletion.warningDays {
            try await transaction.enqueue(
                WarnOfPurge(org: org.id, days: days), .init(runAt: deletion.purgeAt - .days(days), uniqueKey: "\(org.id):\(days)"))
        }
        try await transaction.enqueue(PurgeOrg(org: org.id), .init(runAt: deletion.purgeAt, uniqueKey: org.id.description))
    }

    /// A session is asked for; the proof was given when it was deleted.
    public func restore(_ scope: OwnerScope) async throws -> Org {
        _ = try scope.admin.member.principal.requireSession()
        let now = dateSource.now
        return try await store.withTransaction(.system) { transaction in
            guard let org = try await transaction.lockedOrg(scope.org) else { throw OrgsError.notMember }
            guard org.state == .deleted || org.state == .purging else { throw OrgsError.notDeleted }
            guard try await transaction.restoreOrg(org.id, at: now) else { throw OrgsError.purging }
            for days in OrgDeletion.warningDays { try await transaction.cancelJob(WarnOfPurge.self, uniqueKey: "\(org.id):\(days)") }
            try await transaction.cancelJob(PurgeOrg.self, uniqueKey: org.id.description)
            for observer in observers { try await observer.orgRestored(org, in: transaction) }
            try await transaction.record(OrgsAudit.OrgWasRestored(org: org.id), by: scope.actor)
            try await transaction.publish(OrgRestored(org: org.id, name: org.name.description))
            guard let restored = try await transaction.org(org.id) else { throw OrgsError.notMember }
            return restored
        }
    }

    private func blockers(of org: Org.ID, forfeits: Bool, in transaction: Store.Transaction) async throws -> [DeletionBlocker] {
        var found: [DeletionBlocker] = []
        for observer in observers {
            found += try await observer.deletionBlockers(of: org, forfeitingBalance: forfeits, in: transaction)
        }
        return found.sorted { ($0.kind, $0.id) < ($1.kind, $1.id) }
    }
}
