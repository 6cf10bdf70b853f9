public import Core
internal import Identity
public import Jobs

/// Warn the owners of a deleted org that it is erased soon.
public struct WarnOfPurge: Job, Hashable {
    /// `orgs.warn_of_purge`
    public static let kind = "orgs.warn_of_purge"
    /// The lane of life cycles.
    public static let lane = Lane.lifecycle
    /// The org.
    public let org: Org.ID
    /// How many days before.
    public let days: Int

    /// Orders it.
    public init(org: Org.ID, days: Int) {
        self.org = org
        self.days = days
    }
}

/// Publishes the warning and stores that it was given, in one transaction: the purge waits for that (ORG-095).
public struct WarnOfPurgeHandler<Store: OrgStore>: JobHandler {
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// Twice warns once.
    public func run(_ job: WarnOfPurge, context: JobContext) async throws -> JobOutcome {
        try await store.withTransaction(.system) { transaction in
            guard let org = try await transaction.lockedOrg(job.org), org.state == .deleted,
                var deletion = try await transaction.lockedDeletion(of: job.org), deletion.warnedDays.insert(job.days).inserted
            else { return .cancelled(reason: "there is nothing to warn of") }
            try await transaction.save(deletion)
            let owners = try await transaction.recipients(with: .owner, of: org.id)
            try await transaction.publish(
                OrgPurgeApproaching(
                    org: org.id, name: org.name.description, purgeAt: deletion.purgeAt, days: job.days, recipients: owners))
            return .completed
        }
    }
}
