internal import Audit
internal import Billing
public import Core
internal import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Tries one backup of each host a week (GRA-082, OPS-126).
public struct OrderDrills: Job {
    /// `graphs.order_drills`
    public static let kind = "graphs.order_drills"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance

    /// Each Sunday at eight.
    public static var schedule: Schedule? {
        CronExpression("0 8 * * 0").map { Schedule("graphs.order_drills", $0, missed: .once, job: OrderDrills()) }
    }

    /// Orders it.
    public init() {}
}

/// Restores one backup of a host into a database of its own, counts it, and drops it.
public struct TryBackup: Job {
    /// `graphs.try_backup`
    public static let kind = "graphs.try_backup"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// A host that is away is tried again.
    public static let retryPolicy = BackupTaking.retryPolicy
    /// As long as the largest tier allows.
    public static let timeout = BackupTaking.timeout

    /// The host.
    public let host: GraphHost.ID
    /// The day of the week's drill.
    public let day: String
    /// Chooses among the host's backups.
    public let number: UInt64

    /// Asks for it.
    public init(host: GraphHost.ID, day: String, number: UInt64) {
        self.host = host
        self.day = day
        self.number = number
    }
}

/// Orders a drill for each host.
public struct OrderDrillsHandler<Store: GraphStore>: JobHandler {
    private let store: Store

    /// Makes a handler.
    public init(store: Store) {
        self.store = store
    }

    /// One job for each host and week.
    public func run(_ job: OrderDrills, context: JobContext) async throws -> JobOutcome {
        let day = context.now.day
        for host in try await store.hosts() where host.state != .retired {
            try await store.withSystemTransaction { transaction in
                try await transaction.enqueue(
                    TryBackup(host: host.id, day: day, number: UInt64.random(in: 0..<1 << 32)),
                    JobOptions(uniqueKey: "\(host.id) \(day)"))
            }
        }
        return .completed
    }
}

/// Tries backups.
public struct TryBackupHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let engine: any GraphEngine
    private let archives: any BackupArchiving
    private let catalogue: GraphCatalogue

    /// Makes a handler.
    public init(store: Store, engine: any GraphEngine, archives: any BackupArchiving, catalogue: GraphCatalogue) {
        self.store = store
        self.engine = engine
        self.archives = archives
        self.catalogue = catalogue
    }

    /// Whatever comes of it, nothing of the drill is left on the host.
    public func run(_ job: TryBackup, context: JobContext) async throws -> JobOutcome {
        guard let host = try await store.host(job.host),
            let backup = try await store.backupToTry(on: job.host, since: context.now - .days(7), number: job.number),
            let record = backup.archive
        else { return .cancelled(reason: "there is nothing to try") }
        let place = EngineGraph(host: host.reference, graph: backup.graph)
        guard engine.capabilities(of: host.reference).contains(.restore), record.isLoadable else {
            return try await read(backup, record, context)
        }
        // Its own number, so that a drill never meets the database of a restore.
        let warrant = StepWarrant(operation: Operation.ID(high: backup.id.high, low: ~backup.id.low))
        let timeout = BackupTaking.timeout - .seconds(300)
        // Loading and counting may take that long each.
        try await context.extendDeadline(to: BackupTaking.room(for: timeout))
        do {
            guard let limits = catalogue.tiers.first?.engineLimits else { return .cancelled(reason: "there are no tiers") }
            try await archives.load(record, beside: place, limits: limits, timeout: timeout, warrant)
            let loaded = try await engine.loaded(beside: place, warrant)
            try await engine.discardLoaded(place, warrant)
            guard loaded.nodes == record.nodes, loaded.edges == record.edges, record.contentDigest.map({ $0 == loaded.digest }) ?? true
            else { throw BackupMismatch(backup: backup.id) }
            return .completed
        } catch let error where !(error is CancellationError) {
            try? await engine.discardLoaded(place, warrant)
            let isHostAway = (error as? EngineError)?.isRetryable == true
            if isHostAway, !context.isLastAttempt { throw error }
            try await store.withSystemTransaction { transaction in
                guard let graph = try await transaction.graph(backup.graph) else { return }
                try await transaction.record(
                    BackupDrillFailedEntry(graph, backup, reason: errorChain(error)), by: .system(component: "graphs"))
            }
            return .discarded(reason: errorChain(error))
        }
    }

    /// What no engine here can load is read back whole instead: decrypted, compared with its digests, and looked at by its engine.
    private func read(_ backup: GraphBackup, _ record: BackupArchiveRecord, _ context: JobContext) async throws -> JobOutcome {
        try await context.extendDeadline(to: BackupTaking.room(for: BackupTaking.timeout - .seconds(300)))
        do {
            let reading = try await archives.readBack(record)
            guard reading.clearDigest == record.clearDigest, reading.storedDigest == record.storedDigest, !reading.tables.isEmpty else {
                throw BackupMismatch(backup: backup.id)
            }
            return .completed
        } catch let error where !(error is CancellationError) {
            try await store.withSystemTransaction { transaction in
                guard let graph = try await transaction.graph(backup.graph) else { return }
                try await transaction.record(
                    BackupDrillFailedEntry(graph, backup, reason: errorChain(error)), by: .system(component: "graphs"))
            }
            return .discarded(reason: errorChain(error))
        }
    }
}
