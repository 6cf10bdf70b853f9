internal import Audit
internal import Billing
internal import Core
internal import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Orders a backup of every graph for the night that has begun (GRA-078, OPS-122).
public struct OrderNightlyBackups: Job {
    /// `graphs.order_nightly_backups`
    public static let kind = "graphs.order_nightly_backups"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// How many graphs one page has.
    static let page = 500

    /// Each day at seven, and once after a pause.
    public static var schedule: Schedule? {
        CronExpression("0 7 * * *").map { Schedule("graphs.order_nightly_backups", $0, missed: .once, job: OrderNightlyBackups()) }
    }

    /// Orders it.
    public init() {}
}

/// Takes the backup of one graph for one day.
public struct TakeNightlyBackup: Job {
    /// `graphs.take_nightly_backup`
    public static let kind = "graphs.take_nightly_backup"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// As for backups people ask for.
    public static let retryPolicy = BackupTaking.retryPolicy
    /// As for backups people ask for.
    public static let timeout = BackupTaking.timeout

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

/// Spreads the backups of a day over three hours.
public struct OrderNightlyBackupsHandler<Store: GraphStore>: JobHandler {
    private let store: Store

    /// Makes a handler.
    public init(store: Store) {
        self.store = store
    }

    /// One job for each graph and day; those whose minute has passed are due at once, and run until midnight.
    public func run(_ job: OrderNightlyBackups, context: JobContext) async throws -> JobOutcome {
        let date = context.now.day
        let midnight = context.now.midnight
        var last: GraphID?
        while true {
            let graphs = try await store.graphsToBackUp(after: last, limit: OrderNightlyBackups.page)
            guard let end = graphs.last else { return .completed }
            last = end
            try await store.withSystemTransaction { transaction in
                _ = try await transaction.enqueue(
                    graphs.map { graph in
                        (
                            job: TakeNightlyBackup(graph: graph, day: date),
                            options: JobOptions(
                                runAt: max(context.now, midnight + .hours(7) + .minutes(Self.minute(of: graph))),
                                uniqueKey: "\(graph) \(date)")
                        )
                    })
            }
        }
    }

    /// The minute of the night in which a graph is backed up, always the same, from 0 to 179.
    static func minute(of graph: GraphID) -> Int {
        Int(graph.description.utf8.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 } % 180)
    }
}

/// Takes backups of the night.
public struct TakeNightlyBackupHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let taker: BackupTaker<Store>
    private let catalogue: GraphCatalogue

    /// Makes a handler.
    public init(store: Store, archives: any BackupArchiving, catalogue: GraphCatalogue) {
        self.store = store
        self.catalogue = catalogue
        taker = BackupTaker(store: store, archives: archives, catalogue: catalogue)
    }

    /// Takes it unless the day is over, the graph is no longer in use, or it was taken.
    public func run(_ job: TakeNightlyBackup, context: JobContext) async throws -> JobOutcome {
        let now = context.now
        guard now.day == job.day else { return .cancelled(reason: "the day is over") }
        let backup = try await store.withSystemTransaction { transaction -> GraphBackup? in
            guard let graph = try await transaction.lockedGraph(job.graph), graph.status == .active else { return nil }
            if let earlier = try await transaction.nightlyBackup(of: graph.id, day: job.day) { return earlier }
            let backup = GraphBackup(
                ordering: .make(at: now), of: graph.id, by: .scheduled, keptDays: catalogue.tier(graph.tier)?.backupRetentionDays ?? 7,
                night: job.day, at: now)
            try await transaction.keep(backup)
            return backup
        }
        guard let backup else { return .cancelled(reason: "the graph is not in use") }
        guard backup.status != .completed else { return .cancelled(reason: "it was taken") }
        return try await taker.take(backup.id, context)
    }
}

extension Instant {
    /// The day in UTC, such as `2026-03-01`.
    var day: String { String(description.prefix(10)) }

    /// When that day began.
    var midnight: Instant { Instant(secondsSinceEpoch: secondsSinceEpoch - (secondsSinceEpoch % 86_400)) }

    /// When its month began.
    var monthStart: Instant { midnight - .days(calendarDate.day - 1) }
}
