internal import Audit
public import Billing
internal import Core
public import Identity
public import Jobs
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
}

/// Purges graphs.
public struct PurgeGraphHandler<Store: GraphStore, Subscriptions: SubscriptionManaging>: JobHandler
where Subscriptions.Transaction == Store.Transaction {
    private let store: Store
    private let subscriptions: Subscriptions
    private let lifecycle: GraphLifecycle

    /// Makes a handler.
    public init(store: Store, subscriptions: Subscriptions, lifecycle: GraphLifecycle) {
        self.store = store
        self.subscriptions = subscriptions
        self.lifecycle = lifecycle
    }

    /// Reads again under lock: a graph that is paid for again, or was opened meanwhile, is left alone.
    public func run(_ job: PurgeGraph, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        return try await store.withSystemTransaction { transaction in
            if let resource = ResourceID(job.graph.description),
                let subscription = try await subscriptions.locked(.graph, resource, in: transaction),
                subscription.isLive, subscription.status != .canceled
            {
                return .cancelled(reason: "the graph is paid for again")
            }
            guard let graph = try await transaction.lockedGraph(job.graph), graph.status == .suspended, let purgeAt = graph.purgeAt else {
                return .cancelled(reason: "the graph is not waiting to be purged")
            }
            guard purgeAt <= now else { return .snoozed(until: purgeAt) }
            guard !graph.isDeleteProtected else { return .cancelled(reason: "an owner protects the graph") }
            _ = try await lifecycle.beginTeardown(
                graph, reason: "retention_ended", by: .system(component: "graphs"), startedBy: nil, parent: nil, at: now, in: transaction)
            return .completed
        }
    }
}
