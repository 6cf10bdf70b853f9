internal import Core

/// What an engine has counted of a graph's database since it began to count (GRA-027).
///
/// A transaction counts as one statement: a statement on its own is one, and what stands between BEGIN and COMMIT succeeds or fails together.
public struct EngineCounters: Sendable, Hashable, Codable {
    /// Another text says that the engine counts another database, or began anew.
    public let epoch: String
    /// Statements that ended.
    public let statements: Int64
    /// Those of them that failed.
    public let failed: Int64
    /// How long the engine worked on them.
    public let busyMilliseconds: Int64

    /// Makes a report.
    public init(epoch: String, statements: Int64, failed: Int64, busyMilliseconds: Int64) {
        self.epoch = epoch
        self.statements = statements
        self.failed = failed
        self.busyMilliseconds = busyMilliseconds
    }
}

/// What was done with a graph in a time.
public struct GraphActivity: Sendable, Hashable {
    /// Over which time health is told.
    public static var span: Duration { .hours(24) }

    /// Statements that ended.
    public private(set) var statements: Int64 = 0
    /// Those of them that failed.
    public private(set) var failed: Int64 = 0
    /// How long the engine worked on them.
    public private(set) var busyMilliseconds: Int64 = 0

    /// What lies between readings, in their order. Where an engine began anew between two of them, it has counted all it says since then.
    public init(between readings: [EngineCounters]) {
        for (before, after) in zip(readings, readings.dropFirst()) {
            let goesOn =
                before.epoch == after.epoch && after.statements >= before.statements && after.failed >= before.failed
                && after.busyMilliseconds >= before.busyMilliseconds
            statements += after.statements - (goesOn ? before.statements : 0)
            failed += after.failed - (goesOn ? before.failed : 0)
            busyMilliseconds += after.busyMilliseconds - (goesOn ? before.busyMilliseconds : 0)
        }
    }

    /// How long one statement took in the mean; none took no time.
    public var meanMilliseconds: Double { statements > 0 ? Double(busyMilliseconds) / Double(statements) : 0 }
    /// How many of a hundred failed.
    public var failedPercent: Double { statements > 0 ? Double(failed) / Double(statements) * 100 : 0 }
}

extension GraphService {
    /// What was done with a graph in the last 24 hours: between the readings of its hours, up to the one that was taken now.
    public func activity(of graph: Graph, upTo reading: GraphReading?) async throws -> GraphActivity {
        let hours = try await store.engineCounters(of: graph.id, since: dateSource.now - GraphActivity.span)
        let live = reading.flatMap { $0.isLive ? $0.facts.counters : nil }
        return GraphActivity(between: hours + [live].compactMap(\.self))
    }

    /// What a graph has used of the caps that count by the day.
    public func dailyUse(of graph: Graph) async throws -> GraphDailyUse {
        let midnight = dateSource.now.midnight
        return try await store.withSystemTransaction { transaction in
            GraphDailyUse(
                backups: try await transaction.requestedBackups(of: graph.id, since: midnight),
                subgraphs: try await transaction.livingSubgraphs(of: graph.id).count,
                subgraphBytes: try await transaction.subgraphSizes(of: graph.id).values.reduce(0, +))
        }
    }
}

/// What a graph has used of the caps that count by the day (GRA-028).
public struct GraphDailyUse: Sendable, Hashable {
    /// Backups that people asked for since midnight.
    public let backups: Int
    /// How many subgraphs there are.
    public let subgraphs: Int
    /// What those take together, as far as they were measured.
    public let subgraphBytes: Int64

    /// Makes a report.
    public init(backups: Int, subgraphs: Int, subgraphBytes: Int64) {
        self.backups = backups
        self.subgraphs = subgraphs
        self.subgraphBytes = subgraphBytes
    }
}
