internal import Billing
public import Core
internal import Identity
public import Jobs
public import Operations
internal import Orgs

/// Brings what is known of a graph in line with what it holds (GRA-033).
public struct MaterializeGraph: Job {
    /// `graphs.materialize`
    public static let kind = "graphs.materialize"
    /// With the other work on graphs that somebody waits for.
    public static let lane = Lane.lifecycle
    /// Until its operation has ended.
    public static let retryPolicy = RetryPolicy(maximumAttempts: 20, baseDelay: .seconds(30), maximumDelay: .seconds(600))
    /// As long as the largest tier allows.
    public static let timeout = BackupTaking.timeout

    /// The graph.
    public let graph: GraphID
    /// The operation that tells about it.
    public let operation: Operation.ID
    /// Whether it is only to say what it would do.
    public let isRehearsal: Bool

    /// Asks for it.
    public init(graph: GraphID, operation: Operation.ID, isRehearsal: Bool) {
        self.graph = graph
        self.operation = operation
        self.isRehearsal = isRehearsal
    }
}

/// What somebody asks of a materialization (wire contract, MaterializeOp).
public struct MaterializeWish: Sendable, Hashable {
    /// From where it is filled: `staged`, which is meant without a word, or `extensions`.
    public let source: String?
    /// Whether it is only to say what it would do.
    public let isRehearsal: Bool

    /// Describes a wish.
    public init(source: String?, isRehearsal: Bool) {
        self.source = source
        self.isRehearsal = isRehearsal
    }

    /// Refuses sources that nobody knows.
    ///
    /// - Throws: ``GraphDraft/Faults``.
    public func check() throws(GraphDraft.Faults) {
        guard let source, !["staged", "extensions"].contains(source) else { return }
        throw GraphDraft.Faults(faults: [.init(path: ["source"], reason: "must be staged or extensions")])
    }
}

/// Refreshes statistics and counts: an engine whose graphs are written directly has no staged sources to build from.
public struct MaterializeGraphHandler<Store: GraphStore>: JobHandler {
    private let engine: any GraphEngine
    private let work: UpkeepWork<Store>

    /// Makes a handler.
    public init(store: Store, engine: any GraphEngine, catalogue: GraphCatalogue) {
        self.engine = engine
        work = UpkeepWork(
            store: store, catalogue: catalogue, title: "Refreshing statistics and counts",
            failure: OperationFailure(
                code: "MATERIALIZATION_FAILED", message: "Statistics and counts could not be refreshed. The graph is as it was."))
    }

    /// Tells what the graph holds, and whether what was known of it was not so.
    public func run(_ job: MaterializeGraph, context: JobContext) async throws -> JobOutcome {
        try await work.carryOut(job.operation, on: job.graph, context) { place, timeout in
            let began = context.now
            var drift: [CountDrift] = []
            if !job.isRehearsal {
                try await engine.refreshStatistics(of: place, timeout: timeout)
                drift = try await engine.recount(place, timeout: timeout)
            }
            let facts = try await engine.facts(place, within: min(timeout, .seconds(60)))
            let rows = facts.nodes.values.reduce(0, +) + facts.edges.values.reduce(0, +)
            let message =
                job.isRehearsal
                ? "Nothing was changed: \(rows) rows would be counted anew" : "Statistics are new, and \(rows) rows were counted"
            return (
                [
                    "graph_id": .string(job.graph.description), "status": "success",
                    "tables_materialized": .array((facts.nodes.keys.sorted() + facts.edges.keys.sorted()).map { .string($0) }),
                    "total_rows": .integer(rows), "execution_time_ms": .integer(max(0, (context.now - began).wholeMilliseconds)),
                    "was_stale": .bool(!drift.isEmpty),
                    "stale_reason": drift.isEmpty ? .null : "Counts differed from the rows.", "message": .string(message),
                    "dry_run": .bool(job.isRehearsal),
                ], message
            )
        }
    }
}
