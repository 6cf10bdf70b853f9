internal import Billing
internal import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Brings the engine to the mode a graph's record has.
public struct ApplyGraphMode: Job {
    /// `graphs.apply_mode`
    public static let kind = "graphs.apply_mode"
    /// Access must not wait for backups.
    public static let lane = Lane.lifecycle
    /// A mode is applied in the end, however long its host is away.
    public static let retryPolicy = RetryPolicy.untilDone

    /// The graph.
    public let graph: GraphID
    /// The change that made it necessary; it keeps two changes two jobs.
    public let epoch: Int64

    /// Asks for it.
    public init(graph: GraphID, epoch: Int64) {
        self.graph = graph
        self.epoch = epoch
    }
}

/// Applies modes.
public struct ApplyGraphModeHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let engine: any GraphEngine

    /// Makes a handler.
    public init(store: Store, engine: any GraphEngine) {
        self.store = store
        self.engine = engine
    }

    /// Sets whatever mode the record has now; the engine drops epochs that come late.
    public func run(_ job: ApplyGraphMode, context: JobContext) async throws -> JobOutcome {
        let (graph, slot) = try await store.withSystemTransaction { transaction in
            (try await transaction.graph(job.graph), try await transaction.slot(of: job.graph))
        }
        guard let graph, let slot else { return .cancelled(reason: "the graph has no place any more") }
        guard graph.status == .active || graph.status == .suspended else {
            return .cancelled(reason: "the graph is \(graph.status.rawValue)")
        }
        try await engine.setMode(graph.mode, epoch: graph.accessEpoch, of: EngineGraph(host: slot.reference, graph: graph.id))
        return .completed
    }
}
