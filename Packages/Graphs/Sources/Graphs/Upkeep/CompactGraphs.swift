internal import Billing
public import Core
internal import Identity
public import Jobs
public import Operations
internal import Orgs

/// Looks for graphs with dead space to give back (GRA-096, OPS-128).
public struct OrderCompactions: Job {
    /// `graphs.order_compactions`
    public static let kind = "graphs.order_compactions"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// How many graphs are read at a time.
    static let page = 500

    /// Each day at half past six; a day that was missed is made up for by the next.
    public static var schedule: Schedule? {
        CronExpression("30 6 * * *").map { Schedule("graphs.order_compactions", $0, missed: .once, job: OrderCompactions()) }
    }

    /// Orders it.
    public init() {}
}

/// Asks the host of one graph how much of it is dead space.
public struct ConsiderCompaction: Job {
    /// `graphs.consider_compaction`
    public static let kind = "graphs.consider_compaction"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// A host that is away is asked again, and tomorrow anew.
    public static let retryPolicy = RetryPolicy(maximumAttempts: 3, baseDelay: .seconds(60), maximumDelay: .seconds(600))

    /// The graph.
    public let graph: GraphID
    /// The day, such as `2026-03-01`.
    public let day: String

    /// Asks for it.
    public init(graph: GraphID, day: String) {
        self.graph = graph
        self.day = day
    }
}

/// Gives the dead space of a graph back.
public struct CompactGraph: Job {
    /// `graphs.compact_graph`
    public static let kind = "graphs.compact_graph"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// Until its operation has ended.
    public static let retryPolicy = RetryPolicy(maximumAttempts: 20, baseDelay: .seconds(30), maximumDelay: .seconds(600))
    /// As long as the largest tier allows.
    public static let timeout = BackupTaking.timeout

    /// The graph.
    public let graph: GraphID
    /// The operation that tells about it.
    public let operation: Operation.ID

    /// Asks for it.
    public init(graph: GraphID, operation: Operation.ID) {
        self.graph = graph
        self.operation = operation
    }
}

/// Orders a look at every graph that is large enough.
public struct OrderCompactionsHandler<Store: GraphStore>: JobHandler {
    private let store: Store

    /// Makes a handler.
    public init(store: Store) {
        self.store = store
    }

    /// One job for each graph and day, and none while operators hold them.
    public func run(_ job: OrderCompactions, context: JobContext) async throws -> JobOutcome {
        guard try await !store.controlsOff().contains(.storageReclaim) else { return .cancelled(reason: "held by operators") }
        let day = context.now.day
        var last: GraphID?
        while true {
            let page = try await store.graphsToCompact(
                largerThan: DatabaseSpace.smallest, after: last, limit: OrderCompactions.page)
            guard !page.isEmpty else { return .completed }
            try await store.withSystemTransaction { transaction in
                for graph in page {
                    try await transaction.enqueue(
                        ConsiderCompaction(graph: graph, day: day), JobOptions(uniqueKey: "\(graph) \(day)"))
                }
            }
            last = page.last
        }
    }
}

/// Has the space of a graph given back where that is worth it.
public struct ConsiderCompactionHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let engine: any GraphEngine

    /// Makes a handler.
    public init(store: Store, engine: any GraphEngine) {
        self.store = store
        self.engine = engine
    }

    /// Looks at the graph before it asks the host, and again before it begins.
    public func run(_ job: ConsiderCompaction, context: JobContext) async throws -> JobOutcome {
        guard context.now.day == job.day else { return .cancelled(reason: "the day is over") }
        let place = try await store.withSystemTransaction { transaction -> EngineGraph? in
            guard try await isCandidate(job.graph, in: transaction), let slot = try await transaction.slot(of: job.graph) else {
                return nil
            }
            return EngineGraph(host: slot.reference, graph: job.graph)
        }
        guard let place else { return .cancelled(reason: "it is not to be compacted now") }
        guard try await engine.space(of: place, timeout: .seconds(300)).isWorthCompacting else {
            return .cancelled(reason: "there is too little to give back")
        }
        let now = context.now
        let isBegun = try await store.withSystemTransaction { transaction -> Bool in
            guard let graph = try await transaction.lockedGraph(job.graph), try await isCandidate(job.graph, in: transaction) else {
                return false
            }
            try await transaction.beginCompaction(of: graph, operation: .make(at: now), by: nil, at: now)
            return true
        }
        return isBegun ? .completed : .cancelled(reason: "it is not to be compacted now")
    }

    private func isCandidate(_ id: GraphID, in transaction: Store.Transaction) async throws -> Bool {
        guard let graph = try await transaction.graph(id), graph.status == .active, try await transaction.isOn(.storageReclaim),
            try await transaction.exclusiveOperation(of: id) == nil,
            try await transaction.unfinishedOperation(of: .compactGraph, on: id) == nil
        else { return false }
        return try await transaction.hasRoomForCopy(of: id)
    }
}

/// Gives dead space back, one graph of a host at a time.
public struct CompactGraphHandler<Store: GraphStore>: JobHandler {
    private let engine: any GraphEngine
    private let work: UpkeepWork<Store>

    /// Makes a handler.
    public init(store: Store, engine: any GraphEngine, catalogue: GraphCatalogue) {
        self.engine = engine
        work = UpkeepWork(
            store: store, catalogue: catalogue, title: "Giving dead space back",
            failure: OperationFailure(code: "COMPACTION_FAILED", message: "The space could not be given back. The graph is as it was."))
    }

    /// Waits for backups of the graph and for other graphs of its host; what it holds afterwards is what it held before.
    public func run(_ job: CompactGraph, context: JobContext) async throws -> JobOutcome {
        try await work.carryOut(job.operation, on: job.graph, context) { transaction in
            guard try await transaction.isOn(.storageReclaim) else { return .never(Self.held) }
            guard try await transaction.runningBackups(besides: job.graph).ofGraph == nil,
                try await transaction.runningOperations(of: .compactGraph, onHostOf: job.graph, besides: job.operation) == 0
            else { return .later }
            return .now
        } afterwards: { transaction in
            // Whoever made room may write again at once, and not at the next look.
            try await transaction.enqueue(SampleStorage(), JobOptions(uniqueKey: job.operation.description))
        } _: { place, timeout in
            let before = try await engine.space(of: place, timeout: timeout)
            try await engine.compact(place, timeout: timeout, StepWarrant(operation: job.operation))
            let after = try await engine.space(of: place, timeout: timeout)
            let reclaimed = max(0, before.bytes - after.bytes)
            return (
                [
                    "graph_id": .string(job.graph.description), "size_bytes_before": .integer(before.bytes),
                    "size_bytes_after": .integer(after.bytes), "reclaimed_bytes": .integer(reclaimed),
                ], "\(reclaimed) bytes were given back"
            )
        }
    }

    private static var held: OperationFailure {
        OperationFailure(code: "STORAGE_RECLAIM_OFF", message: "No space is given back now: operators hold that work.")
    }
}

extension GraphTransaction {
    /// Accepts a compaction, with the job that does it.
    func beginCompaction(of graph: Graph, operation: Operation.ID, by user: User.ID?, at now: Instant) async throws {
        try await accept(
            NewOperation(
                kind: .compactGraph, org: graph.org, graph: graph.id.description, startedBy: user,
                message: "Dead space is going to be given back", steps: ["Giving dead space back"],
                result: ["graph_id": .string(graph.id.description)]),
            id: operation, at: now)
        try await enqueue(
            CompactGraph(graph: graph.id, operation: operation), JobOptions(uniqueKey: operation.description, org: graph.org.uuid))
    }
}
