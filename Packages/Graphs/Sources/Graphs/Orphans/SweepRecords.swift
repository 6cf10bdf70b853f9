public import Audit
internal import Billing
internal import Core
internal import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Compares the records with one another, each day: places with graphs, graphs with subscriptions, roles with memberships (GRA-123, OPS-127).
public struct SweepRecords: Job {
    /// `graphs.sweep_records`
    public static let kind = "graphs.sweep_records"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance

    /// Each day at six.
    public static var schedule: Schedule? {
        CronExpression("0 6 * * *").map { Schedule("graphs.sweep_records", $0, missed: .once, job: SweepRecords()) }
    }

    /// Orders it.
    public init() {}
}

/// A record without its counterpart, and what an entry about it refers to.
public struct RecordFinding: Sendable, Hashable {
    /// Where findings about records are.
    public static let place = "records"

    /// What it is.
    public let finding: OrphanFinding
    /// What there is of it.
    public let references: AuditReferences

    /// Describes it.
    public init(finding: OrphanFinding, references: AuditReferences) {
        self.finding = finding
        self.references = references
    }
}

/// Looks at the records and notes what it sees; it changes none of them.
public struct SweepRecordsHandler<Store: GraphStore>: JobHandler {
    private let store: Store

    /// Makes a handler.
    public init(store: Store) {
        self.store = store
    }

    /// What was seen by an earlier run as well, an hour ago or more, is in the log, once; what is not seen any more is closed.
    public func run(_ job: SweepRecords, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        for found in try await store.unpairedRecords(settledBefore: now - OrphanRules.age) {
            try await store.withSystemTransaction { transaction in
                let sighting = try await transaction.note(found.finding, at: now)
                guard now - sighting.first >= OrphanRules.age, !sighting.isDismissed else { return }
                try await transaction.record(GraphOrphanFound(found, since: sighting.first), by: .system(component: "graphs"))
            }
        }
        try await store.withSystemTransaction { transaction in
            for kind in OrphanFinding.Kind.ofRecords {
                try await transaction.closeFindings(of: kind, place: RecordFinding.place, notSeenSince: now, at: now)
            }
        }
        return .completed
    }
}

extension OrphanFinding.Kind {
    /// What a look at the records can find.
    public static let ofRecords: [OrphanFinding.Kind] = [.slot, .missingSlot, .unpaidGraph, .unservedSubscription, .strayGrant]
}
