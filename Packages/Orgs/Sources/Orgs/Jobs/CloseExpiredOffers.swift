internal import Audit
internal import Core
internal import Identity
public import Jobs

/// Notes which offers are over, and erases those that have been over for long (OPS-132). Every answer goes by the times alone, so that a run that
/// is missed changes none (ORG-065).
public struct CloseExpiredOffers: Job {
    /// `orgs.close_expired_offers`
    public static let kind = "orgs.close_expired_offers"
    /// With what is tidied up.
    public static let lane = Lane.maintenance

    /// Makes the job.
    public init() {}
}

/// Does ``CloseExpiredOffers``.
public struct CloseExpiredOffersHandler<Store: OrgStore>: JobHandler {
    private let store: Store
    private let settings: InvitationSettings
    private let batch: Int

    /// Makes the handler.
    ///
    /// - Parameter batch: how many offers one transaction closes at most.
    public init(store: Store, settings: InvitationSettings, batch: Int = 100) {
        self.store = store
        self.settings = settings
        self.batch = batch
    }

    /// One transaction for each batch; what is locked is being answered, and is left to the next run.
    public func run(_ job: CloseExpiredOffers, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        let actor = AuditActor.system(component: "orgs")
        try await inBatches { transaction in
            let invitations = try await transaction.lockedExpiredInvitations(at: now, limit: batch)
            for invitation in invitations { try await transaction.expire(invitation, by: actor, at: now) }
            return invitations.count
        }
        try await inBatches { transaction in
            let invitations = try await transaction.lockedInvitations(closedBefore: now - settings.retention, limit: batch)
            for invitation in invitations { try await transaction.record(OrgsAudit.InvitationRemoved(invitation), by: actor) }
            try await transaction.erase(invitations.map(\.id))
            return invitations.count
        }
        try await inBatches { transaction in
            let transfers = try await transaction.lockedExpiredTransfers(at: now, limit: batch)
            for transfer in transfers { try await transaction.end(transfer, as: .expired, by: actor, at: now) }
            return transfers.count
        }
        try await store.withTransaction(.system) { transaction in
            try await transaction.forgetSends(before: (now - settings.lifetime - .days(1)).calendarDate)
        }
        return .completed
    }

    private func inBatches(_ body: (Store.Transaction) async throws -> Int) async throws {
        while try await store.withTransaction(.system, body) == batch {}
    }
}
