internal import Billing
internal import Core
internal import Identity
public import Jobs
public import Observability
internal import Operations
internal import Orgs

/// Compares the counters of every graph in use with its rows (GRA-113).
public struct CompareCounts: Job {
    /// `graphs.compare_counts`
    public static let kind = "graphs.compare_counts"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// How many graphs are read at a time.
    static let page = 500

    /// Each Sunday at nine.
    public static var schedule: Schedule? {
        CronExpression("0 9 * * 0").map { Schedule("graphs.compare_counts", $0, missed: .once, job: CompareCounts()) }
    }

    /// Orders it.
    public init() {}
}

/// Compares the counters of one graph.
public struct CompareGraphCounts: Job {
    /// `graphs.compare_graph_counts`
    public static let kind = "graphs.compare_graph_counts"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// A host that is away is asked again, and next week anew.
    public static let retryPolicy = RetryPolicy(maximumAttempts: 3, baseDelay: .seconds(60), maximumDelay: .seconds(600))
    /// Reading every row of the largest graph.
    public static let timeout = Duration.seconds(3_600)

    /// The graph.
    public let graph: GraphID

    /// Asks for it.
    public init(graph: GraphID) {
        self.graph = graph
    }
}

/// Orders a comparison for each graph in use.
public struct CompareCountsHandler<Store: GraphStore>: JobHandler {
    private let store: Store

    /// Makes a handler.
    public init(store: Store) {
        self.store = store
    }

    /// One job for each graph; a bad one does not keep the others.
    public func run(_ job: CompareCounts, context: JobContext) async throws -> JobOutcome {
        var last: GraphID?
        while true {
            let page = try await store.graphsToBackUp(after: last, limit: CompareCounts.page)
            guard !page.isEmpty else { return .completed }
            try await store.withSystemTransaction { transaction in
                for graph in page {
                    try await transaction.enqueue(CompareGraphCounts(graph: graph), JobOptions(uniqueKey: graph.description))
                }
            }
            last = page.last
        }
    }
}

/// Compares, and has the engine set right what differs.
public struct CompareGraphCountsHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let engine: any GraphEngine
    private let log: Log

    /// Makes a handler.
    public init(store: Store, engine: any GraphEngine, log: Log) {
        self.store = store
        self.engine = engine
        self.log = log
    }

    /// A difference is told, since the counters are kept with the rows and should not have one.
    public func run(_ job: CompareGraphCounts, context: JobContext) async throws -> JobOutcome {
        let (graph, slot) = try await store.withSystemTransaction { transaction in
            (try await transaction.graph(job.graph), try await transaction.slot(of: job.graph))
        }
        guard let graph, let slot, graph.status == .active else { return .cancelled(reason: "the graph is not in use") }
        let drift = try await engine.recount(
            EngineGraph(host: slot.reference, graph: graph.id), timeout: CompareGraphCounts.timeout - .seconds(60))
        if !drift.isEmpty {
            log.error(
                "counters of a graph were not what it holds, and are set right",
                [
                    "graph": .string(graph.id.description), "counters": .integer(Int64(drift.count)),
                    "rows": .integer(drift.reduce(0) { $0 + abs($1.found - $1.counted) }),
                ])
        }
        return .completed
    }
}
