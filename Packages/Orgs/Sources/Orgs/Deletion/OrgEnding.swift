internal import Audit
internal import Core
internal import Identity
internal import Jobs

/// The end of an org and the way back inside a transaction that holds the org's lock: by its owner's order, or with the account of its only person.
struct OrgEnding<Transaction: OrgTransaction> {
    let observers: [any OrgLifecycleObserver<Transaction>]

    func blockers(of org: Org.ID, forfeits: Bool, in transaction: Transaction) async throws -> [DeletionBlocker] {
        var found: [DeletionBlocker] = []
        for observer in observers {
            found += try await observer.deletionBlockers(of: org, forfeitingBalance: forfeits, in: transaction)
        }
        return found.sorted { ($0.kind, $0.id) < ($1.kind, $1.id) }
    }

    /// What keeps the account of the org's only person: what forbids the org's own deletion, and whatever lives in it (ID-143).
    func obligations(of org: Org.ID, in transaction: Transaction) async throws -> [DeletionBlocker] {
        var found = try await blockers(of: org, forfeits: false, in: transaction)
        for observer in observers {
            let known = Set(found.map(\.id))
            found += try await observer.livingThings(of: org, in: transaction).filter { !known.contains($0.id) }
        }
        return found.sorted { ($0.kind, $0.id) < ($1.kind, $1.id) }
    }

    func switchOff(_ org: Org, _ deletion: OrgDeletion, by actor: AuditActor, in transaction: Transaction) async throws {
        let now = deletion.deletedAt
        // Who ends an account is told of its orgs by that mail.
        let recipients = deletion.cause == .account ? [] : try await transaction.recipients(with: .admin, of: org.id)
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

    /// Twice at once, or beside a purge, one wins.
    ///
    /// - Returns: whether the org was restored.
    func restore(_ org: Org, by actor: AuditActor, at now: Instant, in transaction: Transaction) async throws -> Bool {
        guard try await transaction.restoreOrg(org.id, at: now) else { return false }
        for days in OrgDeletion.warningDays { try await transaction.cancelJob(WarnOfPurge.self, uniqueKey: "\(org.id):\(days)") }
        try await transaction.cancelJob(PurgeOrg.self, uniqueKey: org.id.description)
        for observer in observers { try await observer.orgRestored(org, in: transaction) }
        try await transaction.record(OrgsAudit.OrgWasRestored(org: org.id), by: actor)
        try await transaction.publish(OrgRestored(org: org.id, name: org.name.description))
        return true
    }
}
