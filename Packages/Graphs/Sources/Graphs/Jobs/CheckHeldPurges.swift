internal import Audit
public import Billing
internal import Core
public import Identity
public import Jobs
internal import Observability
internal import Operations
internal import Orgs

/// Looks again at graphs that are held for want of proof: a mail may have been accepted since (IDL-057).
public struct CheckHeldPurges: Job {
    /// `graphs.check_held_purges`
    public static let kind = "graphs.check_held_purges"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// How many graphs one page has.
    static let page = 1_000

    /// Every day at 05:40 UTC, and once after a pause.
    public static var schedule: Schedule? {
        CronExpression("40 5 * * *").map { Schedule("graphs.check_held_purges", $0, missed: .once, job: CheckHeldPurges()) }
    }

    /// Orders it.
    public init() {}
}

/// Lets the purge of what is proven go, three days on, so that its owners are warned once more of the new time.
public struct CheckHeldPurgesHandler<Store: GraphStore, Subscriptions: SubscriptionManaging>: JobHandler
where Subscriptions.Transaction == Store.Transaction {
    private let store: Store
    private let subscriptions: Subscriptions
    private let lifecycle: GraphLifecycle
    private let notices: any NoticeReading<Store.Transaction>

    /// Makes a handler.
    public init(
        store: Store, subscriptions: Subscriptions, lifecycle: GraphLifecycle, notices: any NoticeReading<Store.Transaction>
    ) {
        self.store = store
        self.subscriptions = subscriptions
        self.lifecycle = lifecycle
        self.notices = notices
    }

    /// Each graph in a transaction of its own; holds of operators are theirs to lift.
    public func run(_ job: CheckHeldPurges, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        var last: GraphID?
        while true {
            let page = try await store.heldGraphs(because: PurgeWarrant.holdReason, after: last, limit: CheckHeldPurges.page)
            guard let end = page.last else { return .completed }
            last = end
            for id in page {
                try await store.withSystemTransaction { transaction in
                    if let resource = ResourceID(id.description) {
                        _ = try await subscriptions.locked(.graph, resource, in: transaction)
                    }
                    guard let graph = try await transaction.lockedGraph(id),
                        graph.status == .suspended, graph.purgeHold?.hasPrefix(PurgeWarrant.holdReason) == true
                    else { return }
                    let proof = try await notices.proof(for: graph, in: transaction)
                    switch PurgeWarrant(proof, due: lifecycle.firstPurge(of: graph), at: now) {
                    case .proven, .notBefore:
                        try await lifecycle.releasePurge(of: graph, by: .system(component: "graphs"), at: now, in: transaction)
                    case .putOff, .held: break
                    }
                }
            }
        }
    }
}
