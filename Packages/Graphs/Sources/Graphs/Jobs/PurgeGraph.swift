internal import Audit
public import Billing
internal import Core
public import Identity
public import Jobs
public import Observability
internal import Operations
internal import Orgs

/// Begins the destruction of a suspended graph whose retention is over (GRA-058).
public struct PurgeGraph: Job {
    /// `graphs.purge`
    public static let kind = "graphs.purge"
    /// With the other work on graphs.
    public static let lane = Lane.lifecycle

    /// The graph.
    public let graph: GraphID

    /// Asks for it.
    public init(graph: GraphID) {
        self.graph = graph
    }

    /// One job waits for each graph and instant.
    static func options(of graph: Graph, at purgeAt: Instant) -> JobOptions {
        JobOptions(runAt: purgeAt, uniqueKey: "\(graph.id) \(purgeAt.microsecondsSinceEpoch)", org: graph.org.uuid)
    }
}

/// Purges graphs.
public struct PurgeGraphHandler<Store: GraphStore, Subscriptions: SubscriptionManaging>: JobHandler
where Subscriptions.Transaction == Store.Transaction {
    private let store: Store
    private let subscriptions: Subscriptions
    private let lifecycle: GraphLifecycle
    private let notices: any NoticeReading<Store.Transaction>
    private let actionGuard: ActionGuard<Store.Transaction>
    private let log: Log

    /// Makes a handler.
    ///
    /// - Parameter notices: shows what the owners were told; without proof nothing is destroyed (GRA-057).
    public init(
        store: Store, subscriptions: Subscriptions, lifecycle: GraphLifecycle, notices: any NoticeReading<Store.Transaction>, log: Log
    ) {
        self.store = store
        self.subscriptions = subscriptions
        self.lifecycle = lifecycle
        self.notices = notices
        actionGuard = ActionGuard(log: log)
        self.log = log
    }

    /// Reads again under lock: a graph that is paid for again, or was opened meanwhile, is left alone.
    public func run(_ job: PurgeGraph, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        return try await store.withSystemTransaction { transaction in
            if let resource = ResourceID(job.graph.description) {
                _ = try await subscriptions.locked(.graph, resource, in: transaction)
            }
            guard let graph = try await transaction.lockedGraph(job.graph), graph.status == .suspended, let purgeAt = graph.purgeAt else {
                return .cancelled(reason: "the graph is not waiting to be purged")
            }
            guard purgeAt <= now else { return .snoozed(until: purgeAt) }
            // Whoever is buying it again is waited for, until the payment is decided (GRA-059).
            if try await transaction.exclusiveOperation(of: graph.id) != nil { return .snoozed(until: now + .minutes(10)) }
            // Subscription and graph are locked now, so that whoever pays at this moment comes before or after, and not between.
            guard try await transaction.dueStep(of: graph.id, at: now)?.step == .purge else {
                return try await putOff(graph, in: transaction)
            }
            return try await purge(graph, at: now, in: transaction)
        }
    }

    /// Only what its owners were told of is destroyed; what is missing is said again, and after a while an operator has to look (GRA-057).
    private func purge(_ graph: Graph, at now: Instant, in transaction: Store.Transaction) async throws -> JobOutcome {
        let actor = AuditActor.system(component: "graphs")
        switch PurgeWarrant(try await notices.proof(for: graph, in: transaction), due: lifecycle.firstPurge(of: graph), at: now) {
        case .proven:
            guard try await transaction.isOn(.teardowns) else { return .snoozed(until: now + BillingControl.pause) }
            guard try await actionGuard.admit(GuardedGraphs(.purge), at: now, in: transaction) != .held else {
                return .snoozed(until: now + ActionClass.pause)
            }
            _ = try await lifecycle.beginTeardown(
                graph, reason: "retention_ended", by: actor, startedBy: nil, parent: nil, at: now, in: transaction)
        case .notBefore(let instant): return .snoozed(until: instant)
        case .putOff(let missing):
            try await lifecycle.putOffPurge(of: graph, to: now + .days(1), missing: missing, by: actor, in: transaction)
            alarm("a graph is not destroyed yet: no owner can be shown to have been told", graph, missing)
        case .held(let missing):
            try await lifecycle.holdPurge(of: graph, because: PurgeWarrant.hold(missing), by: actor, in: transaction)
            alarm("a graph is held: no owner can be shown to have been told", graph, missing)
        }
        return .completed
    }

    private func alarm(_ message: String, _ graph: Graph, _ missing: [MissingNotice]) {
        log.error(
            message, ["graph": .string(graph.id.description), "missing": .array(missing.map { .string($0.rawValue) })])
    }

    /// Tells why a graph whose time has come stays; the sweep finds it again when nothing stands in the way any more.
    private func putOff(_ graph: Graph, in transaction: Store.Transaction) async throws -> JobOutcome {
        let reason: String
        if let hold = graph.purgeHold {
            reason = "its purge is held: \(hold)"
        } else if graph.isDeleteProtected {
            reason = "an owner protects the graph"
            log.error("a graph whose time has come is protected by an owner and stays", ["graph": .string(graph.id.description)])
        } else {
            if try await transaction.org(graph.org)?.state.isEnded == true { return .cancelled(reason: "it goes with its org, not before") }
            return .cancelled(reason: "the graph is paid for again")
        }
        try await transaction.record(
            GraphPurgeDeferredEntry(graph, operation: nil, data: ["reason": .string(reason)]), by: .system(component: "graphs"))
        return .cancelled(reason: reason)
    }
}
