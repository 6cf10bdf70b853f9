internal import Audit
internal import Core
internal import Identity
public import Jobs

/// Looks for deleted orgs whose time is over and that no job has dealt with: the net below the jobs that wait for the instant itself (OPS-133).
public struct SweepPurges: Job {
    /// `orgs.sweep_purges`
    public static let kind = "orgs.sweep_purges"
    /// With what is tidied up.
    public static let lane = Lane.maintenance
    /// How many orgs one run takes up.
    static let limit = 1_000

    /// Makes the job.
    public init() {}
}

/// Enqueues the same job that would have come at the instant; one that is there already is not doubled.
public struct SweepPurgesHandler<Store: OrgStore>: JobHandler {
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// One job for each org; whether it may be erased is that job's decision.
    public func run(_ job: SweepPurges, context: JobContext) async throws -> JobOutcome {
        try await store.withTransaction(.system) { transaction in
            for org in try await transaction.duePurges(at: context.now, limit: SweepPurges.limit) {
                try await transaction.enqueue(PurgeOrg(org: org), .init(uniqueKey: org.description))
            }
        }
        return .completed
    }
}
