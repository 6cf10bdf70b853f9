internal import Audit
internal import Billing
internal import Core
internal import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Samples the size of every graph (GRA-093).
public struct SampleStorage: Job {
    /// `graphs.sample_storage`
    public static let kind = "graphs.sample_storage"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance

    /// Every five minutes; what was missed cannot be measured any more.
    public static var schedule: Schedule? {
        CronExpression("*/5 * * * *").map { Schedule("graphs.sample_storage", $0, missed: .skipped, job: SampleStorage()) }
    }

    /// Orders it.
    public init() {}
}

/// Takes away rows that are older than a year; the sums of their days stay.
public struct ForgetMeasures: Job {
    /// `graphs.forget_measures`
    public static let kind = "graphs.forget_measures"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// For how long rows are kept.
    static var retention: Duration { .days(365) }

    /// Each night.
    public static var schedule: Schedule? {
        CronExpression("15 4 * * *").map { Schedule("graphs.forget_measures", $0, missed: .once, job: ForgetMeasures()) }
    }

    /// Orders it.
    public init() {}
}

/// Asks each host once, and stores what is worth a row.
public struct SampleStorageHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let engine: any GraphEngine
    private let catalogue: GraphCatalogue
    private let lifecycle: GraphLifecycle
    private let isBillingEnabled: Bool

    /// Makes a handler.
    public init(store: Store, engine: any GraphEngine, catalogue: GraphCatalogue, isBillingEnabled: Bool) {
        self.store = store
        self.engine = engine
        self.catalogue = catalogue
        self.isBillingEnabled = isBillingEnabled
        lifecycle = GraphLifecycle(catalogue: catalogue)
    }

    /// A host that cannot be reached leaves everything as it was: no zero is ever stored for it.
    public func run(_ job: SampleStorage, context: JobContext) async throws -> JobOutcome {
        for host in try await store.hosts() where host.state != .retired {
            let measures: [GraphMeasure]
            do { measures = try await engine.measure(host.reference) } catch is EngineError { continue }
            // The cap of a tier covers a graph and its subgraphs (GRA-094).
            let together = Dictionary(measures.map { ($0.graph.topLevel, $0.bytes) }, uniquingKeysWith: +)
            for measure in measures {
                try await record(measure, together: together[measure.graph] ?? measure.bytes, on: host, context: context)
            }
            let sample = HostSample(measures, of: host.id, at: context.now)
            try await store.withSystemTransaction { try await $0.insert(sample) }
        }
        return .completed
    }

    private func record(_ measure: GraphMeasure, together: Int64, on host: GraphHost, context: JobContext) async throws {
        let now = context.now
        try await store.withSystemTransaction { transaction in
            // The row of the graph orders two samplers; what is being made, moved or destroyed is not measured.
            guard let graph = try await transaction.lockedGraph(measure.graph), graph.status == .active, graph.host == host.id else {
                return
            }
            let (before, last) = try await transaction.sample(measure, of: graph, at: now)
            let cap = Int64(catalogue.tier(graph.tier)?.storageCapGB ?? 0) << 30
            if !graph.id.isSubgraph { try await hold(graph, to: cap, bytes: together, at: now, in: transaction) }
            let decision = SampleDecision.decide(
                bytes: measure.bytes, before: before, last: last, minute: graph.id.minuteOfRow, cap: cap, now: now)
            guard case .row(let instant) = decision else { return }
            try await transaction.insert(
                StorageMeasure(
                    id: .make(at: now), graph: graph.id, dueAt: instant, bytes: measure.bytes, measuredAt: now,
                    counters: measure.counters))
        }
    }
}

extension SampleStorageHandler {
    /// One sample above the cap lets tenants only delete, one at or under it lets them write again; whoever may decide is told (GRA-094, GRA-095).
    private func hold(
        _ graph: Graph, to cap: Int64, bytes: Int64, at now: Instant, in transaction: Store.Transaction
    ) async throws {
        guard cap > 0 else { return }
        if graph.isOverStorageCap != (bytes > cap) {
            var next = graph
            next.isOverStorageCap = bytes > cap
            try await transaction.save(next)
            var subscription: Subscription?
            if let payer = graph.subscription { subscription = try await transaction.subscription(payer) }
            let access = AccessDecision.decide(
                next.accessFacts(subscription: subscription, isBillingEnabled: isBillingEnabled), now: now)
            try await lifecycle.change(next, to: next.engineMode(for: access), in: transaction)
        }
        let before = try await transaction.storageWarnings(of: graph.id)
        var warnings = before
        let percent = warnings.take(bytes: bytes, cap: cap, at: now)
        if warnings != before { try await transaction.save(warnings, of: graph.id) }
        guard let percent else { return }
        try await transaction.record(
            GraphCapacityWarning(graph, percent: percent, bytes: bytes, cap: cap), by: .system(component: "graphs"))
        try await transaction.publish(
            StorageThresholdReached(facts: GraphFactsOfEvent(graph), percent: percent, bytes: bytes, cap: cap))
    }
}

/// Forgets old rows.
public struct ForgetMeasuresHandler<Store: GraphStore>: JobHandler {
    private let store: Store

    /// Makes a handler.
    public init(store: Store) {
        self.store = store
    }

    /// Deletes in small steps.
    public func run(_ job: ForgetMeasures, context: JobContext) async throws -> JobOutcome {
        while try await store.withSystemTransaction({
            try await $0.deleteMeasures(before: context.now - ForgetMeasures.retention, limit: 5_000)
        }) == 5_000 {}
        while try await store.withSystemTransaction({
            try await $0.deleteHostSamples(before: context.now - ForgetMeasures.retention, limit: 5_000)
        }) == 5_000 {}
        return .completed
    }
}
