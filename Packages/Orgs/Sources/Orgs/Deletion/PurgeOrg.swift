internal import Audit
public import Core
public import Identity
public import Jobs

/// Erase a deleted org whose time is over.
public struct PurgeOrg: Job, Hashable {
    /// `orgs.purge_org`
    public static let kind = "orgs.purge_org"
    /// The lane of life cycles.
    public static let lane = Lane.lifecycle
    /// What must be done in the end.
    public static let retryPolicy = RetryPolicy.untilDone
    /// The org.
    public let org: Org.ID

    /// Orders it.
    public init(org: Org.ID) {
        self.org = org
    }
}

/// Erases an org step by step. Each step is stored when it is done: after a crash the next attempt goes on there, and none is left out (ORG-096).
public struct PurgeOrgHandler<Store: OrgStore>: JobHandler {
    private let store: Store
    private let observers: [any OrgLifecycleObserver<Store.Transaction>]
    private let membershipObservers: [any MembershipObserver<Store.Transaction>]
    private let admission: (any OrgPurgeAdmitting<Store.Transaction>)?

    /// Makes the handler.
    ///
    /// - Parameter admission: who holds purges when there are suspiciously many; without one nobody does.
    public init(
        store: Store, observers: [any OrgLifecycleObserver<Store.Transaction>],
        membershipObservers: [any MembershipObserver<Store.Transaction>], admission: (any OrgPurgeAdmitting<Store.Transaction>)? = nil
    ) {
        self.store = store
        self.observers = observers
        self.membershipObservers = membershipObservers
        self.admission = admission
    }

    /// Claims the purge, then does what is left of it.
    public func run(_ job: PurgeOrg, context: JobContext) async throws -> JobOutcome {
        switch try await claim(job.org, at: context.now) {
        case .lost: return .cancelled(reason: "the org is not deleted any more")
        case .notBefore(let time): return .snoozed(until: time)
        case .claimed(var deletion):
            while let step = deletion.nextStep {
                for observer in observers {
                    if case .waiting(let time) = try await observer.purge(step, of: job.org, at: context.now) {
                        return .snoozed(until: context.now + time)
                    }
                }
                try await finish(step, of: &deletion, at: context.now)
            }
            return .completed
        }
    }

    /// A legal hold, and owners who were not warned, put it off by a day (ORG-095, ORG-098).
    private func claim(_ org: Org.ID, at now: Instant) async throws -> PurgeClaim {
        try await store.withTransaction(.system) { transaction in
            guard let found = try await transaction.lockedOrg(org), var deletion = try await transaction.lockedDeletion(of: org) else {
                return .lost
            }
            if found.state == .deleted {
                guard deletion.purgeAt <= now else { return .notBefore(deletion.purgeAt) }
                guard deletion.legalHold == nil else { return .notBefore(now + .days(1)) }
                guard deletion.warnedDays.isSuperset(of: OrgDeletion.warningDays) else {
                    deletion.purgeAt = now + .days(1)
                    try await transaction.save(deletion)
                    try await transaction.publish(OrgPurgePostponed(org: org, purgeAt: deletion.purgeAt))
                    // Those who were not warned are warned now.
                    for days in OrgDeletion.warningDays where !deletion.warnedDays.contains(days) {
                        try await transaction.enqueue(WarnOfPurge(org: org, days: days), .init(uniqueKey: "\(org):\(days)"))
                    }
                    return .notBefore(deletion.purgeAt)
                }
                // A purge that has begun is finished (OPS-099).
                if let delay = try await admission?.delay(ofPurgeAt: now, in: transaction) { return .notBefore(now + delay) }
            }
            return try await transaction.claimPurge(of: org, at: now) ? .claimed(deletion) : .lost
        }
    }

    /// The package's own share of a step, and the mark that the step is done, in one transaction.
    private func finish(_ step: PurgeStep, of deletion: inout OrgDeletion, at now: Instant) async throws {
        var done = deletion
        done.doneSteps.insert(step)
        let stored = done
        try await store.withTransaction(.system) { transaction in
            guard try await transaction.lockedOrg(stored.org) != nil else { return }
            try await transaction.save(stored)
            switch step {
            case .graphs, .billingContact: break
            case .belongings: try await transaction.eraseBelongings(of: stored.org, at: now)
            case .memberships: try await endMemberships(of: stored.org, at: now, in: transaction)
            case .org: try await conclude(stored.org, at: now, in: transaction)
            }
        }
        deletion = stored
    }

    private func endMemberships(of org: Org.ID, at now: Instant, in transaction: Store.Transaction) async throws {
        for membership in try await transaction.endMemberships(of: org, at: now) {
            for observer in membershipObservers { try await observer.membershipEnded(membership, in: transaction) }
        }
    }

    private func conclude(_ org: Org.ID, at now: Instant, in transaction: Store.Transaction) async throws {
        let left = try await transaction.reduceToNothing(org, at: now)
        try await transaction.record(OrgsAudit.OrgWasPurged(org: org, endedMemberships: left.memberships), by: .system(component: "orgs"))
        try await transaction.publish(OrgPurged(org: org, recipients: left.owners))
    }
}
