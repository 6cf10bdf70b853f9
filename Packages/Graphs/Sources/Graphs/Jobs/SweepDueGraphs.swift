internal import Audit
public import Billing
internal import Core
public import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Looks for graphs whose time has come and that no job has dealt with: the net below the jobs that wait for the instant itself (GRA-055).
public struct SweepDueGraphs: Job {
    /// `graphs.sweep_due`
    public static let kind = "graphs.sweep_due"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// How many graphs one run takes up.
    static let limit = 1_000

    /// Every five minutes, and once after a pause.
    public static var schedule: Schedule? {
        CronExpression("*/5 * * * *").map { Schedule("graphs.sweep_due", $0, missed: .once, job: SweepDueGraphs()) }
    }

    /// Orders it.
    public init() {}
}

/// Brings one graph in line with what pays for it.
public struct ReconcileGraph: Job {
    /// `graphs.reconcile`
    public static let kind = "graphs.reconcile"
    /// With the other work on graphs.
    public static let lane = Lane.lifecycle

    /// The graph.
    public let graph: GraphID

    /// Asks for it.
    public init(graph: GraphID) {
        self.graph = graph
    }
}

/// Enqueues the same job that would have come at the instant.
public struct SweepDueGraphsHandler<Store: GraphStore>: JobHandler {
    private let store: Store

    /// Makes a handler.
    public init(store: Store) {
        self.store = store
    }

    /// One job for each graph; a bad one does not keep the others.
    public func run(_ job: SweepDueGraphs, context: JobContext) async throws -> JobOutcome {
        for due in try await store.dueGraphs(at: context.now, limit: SweepDueGraphs.limit) {
            _ = try await store.withSystemTransaction { transaction in
                switch due.step {
                case .suspend:
                    try await transaction.enqueue(ReconcileGraph(graph: due.graph), JobOptions(uniqueKey: due.graph.description))
                case .purge:
                    try await transaction.enqueue(PurgeGraph(graph: due.graph), JobOptions(uniqueKey: due.graph.description))
                }
            }
        }
        // What an owner protects is not destroyed, but somebody has to hear once that it would be.
        for graph in try await store.protectedDue(at: context.now, limit: SweepDueGraphs.limit) {
            _ = try await store.withSystemTransaction {
                try await $0.enqueue(PurgeGraph(graph: graph), JobOptions(uniqueKey: graph.description))
            }
        }
        return .completed
    }
}

/// Reconciles graphs that a sweep found.
public struct ReconcileGraphHandler<Store: GraphStore, Subscriptions: SubscriptionManaging>: JobHandler
where Subscriptions.Transaction == Store.Transaction {
    private let store: Store
    private let reconciler: GraphAccessReconciler<Store, Subscriptions>

    /// Makes a handler.
    public init(store: Store, reconciler: GraphAccessReconciler<Store, Subscriptions>) {
        self.store = store
        self.reconciler = reconciler
    }

    /// Reads again under lock; a graph that is as it should be is left alone.
    public func run(_ job: ReconcileGraph, context: JobContext) async throws -> JobOutcome {
        let graph = try await store.withSystemTransaction { try await $0.graph(job.graph) }
        guard let graph, let payer = graph.subscription else { return .cancelled(reason: "nothing pays for the graph") }
        return try await reconciler.reconcile(graph.id, paidBy: payer, isSwept: true, context: context)
    }
}
