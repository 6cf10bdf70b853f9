public import Core
internal import Identity

/// How large a graph was at an instant (GRA-093).
public struct StorageMeasure: Sendable, Hashable, Identifiable, IdentifiedEntity {
    /// The id of a measure, `usg_…`.
    public typealias ID = Identifier<StorageMeasure>
    /// `usg`
    public static let idPrefix = "usg"

    /// The id.
    public let id: ID
    /// The graph.
    public let graph: GraphID
    /// The instant it stands for; one row for each graph and instant.
    public let dueAt: Instant
    /// Its database.
    public let bytes: Int64
    /// When it was measured, some minutes into the hour it stands for.
    public let measuredAt: Instant
    /// What the engine had counted by then; `nil` when it did not say.
    public let counters: EngineCounters?

    /// Makes a measure.
    public init(id: ID, graph: GraphID, dueAt: Instant, bytes: Int64, measuredAt: Instant, counters: EngineCounters?) {
        self.id = id
        self.graph = graph
        self.dueAt = dueAt
        self.bytes = bytes
        self.measuredAt = measuredAt
        self.counters = counters
    }
}

/// What a host said of one graph, in the one query that is asked of it.
public struct GraphMeasure: Sendable, Hashable {
    /// The graph.
    public let graph: GraphID
    /// Its database.
    public let bytes: Int64
    /// What the engine has counted of it; `nil` when it does not say.
    public let counters: EngineCounters?

    /// Makes a measure.
    public init(graph: GraphID, bytes: Int64, counters: EngineCounters?) {
        self.graph = graph
        self.bytes = bytes
        self.counters = counters
    }
}

/// Whether a sample is worth a row of its own.
public enum SampleDecision: Sendable, Hashable {
    /// It is only the newest sample.
    case sample
    /// A row for an instant: the hour that has begun, or now because a threshold was crossed.
    case row(Instant)

    /// From which share of its cap a graph's size is told of.
    public static let thresholds: [Double] = [0.8, 1]

    /// Decides. The first row of a graph is taken at once, those after it by the sample into whose five minutes the graph's own minute falls, or
    /// a later one of the same hour; an hour without such a sample has no row (OPS-120).
    ///
    /// - Parameters:
    ///   - minute: the graph's own minute.
    ///   - last: the instant of the newest row.
    ///   - before: the sample before this one.
    public static func decide(
        bytes: Int64, before: Int64?, last: Instant?, minute: Int, cap: Int64, now: Instant
    ) -> SampleDecision {
        let hour = now.beginningOfHour
        guard let last else { return .row(hour) }
        if last < hour, now >= hour + .minutes(minute / 5 * 5) { return .row(hour) }
        guard let before, cap > 0 else { return .sample }
        func passed(_ bytes: Int64) -> Int { thresholds.count { Double(bytes) > Double(cap) * $0 } }
        return passed(bytes) == passed(before) ? .sample : .row(now)
    }
}
