internal import Audit
internal import Billing
public import Core
internal import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Removes a backup at its end (GRA-080).
public struct ExpireBackup: Job {
    /// `graphs.expire_backup`
    public static let kind = "graphs.expire_backup"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// A store that is away is asked again.
    public static let retryPolicy = RetryPolicy.untilDone

    /// The backup.
    public let backup: GraphBackup.ID

    /// Asks for it.
    public init(backup: GraphBackup.ID) {
        self.backup = backup
    }
}

/// Looks for backups that lost their job: unfinished ones, and ones whose time is over (OPS-104, OPS-123).
public struct SweepBackups: Job {
    /// `graphs.sweep_backups`
    public static let kind = "graphs.sweep_backups"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// How many backups one run takes up.
    static let limit = 1_000
    /// For how long an unfinished backup is tried, whatever stands in its way.
    static var patience: Duration { .hours(24) }

    /// Whether it looks for those whose time is over, or for unfinished ones.
    public let isForExpired: Bool

    /// Each day at five for those whose time is over.
    public static var schedule: Schedule? {
        CronExpression("0 5 * * *").map {
            Schedule("graphs.sweep_expired_backups", $0, missed: .once, job: SweepBackups(isForExpired: true))
        }
    }

    /// Every minute for unfinished ones.
    public static var supervision: Schedule? {
        CronExpression("* * * * *").map {
            Schedule("graphs.supervise_backups", $0, missed: .skipped, job: SweepBackups(isForExpired: false))
        }
    }

    /// Orders it.
    public init(isForExpired: Bool) {
        self.isForExpired = isForExpired
    }
}

/// Removes backups: the object first, then the row is marked.
public struct ExpireBackupHandler<Store: GraphStore>: JobHandler {
    private let store: Store
    private let archives: any BackupArchiving

    private enum Decision {
        case remove(BackupArchiveRecord?)
        case later(Instant)
        case never(String)
    }

    /// Makes a handler.
    public init(store: Store, archives: any BackupArchiving) {
        self.store = store
        self.archives = archives
    }

    /// The newest completed backup of a graph that still exists stays, and is looked at again the next day.
    public func run(_ job: ExpireBackup, context: JobContext) async throws -> JobOutcome {
        switch try await decide(job.backup, at: context.now) {
        case .never(let reason): return .cancelled(reason: reason)
        case .later(let instant): return .snoozed(until: instant)
        case .remove(let archive):
            if let archive { try await archives.remove(archive) }
        }
        let now = context.now
        try await store.withSystemTransaction { transaction in
            guard var backup = try await transaction.lockedBackup(job.backup), backup.status == .completed || backup.status == .failed,
                let graph = try await transaction.graph(backup.graph)
            else { return }
            guard backup.status == .completed else { return }
            backup.status = .expired
            try await transaction.save(backup)
            try await transaction.record(BackupExpiredEntry(graph, backup, at: now), by: .system(component: "graphs"))
        }
        return .completed
    }

    private func decide(_ id: GraphBackup.ID, at now: Instant) async throws -> Decision {
        guard let named = try await store.backup(id) else { return .never("there is no such backup") }
        return try await store.withSystemTransaction { transaction in
            guard let graph = try await transaction.lockedGraph(named.graph), let backup = try await transaction.lockedBackup(id)
            else { return .never("there is no such backup") }
            switch backup.status {
            case .expired: return .never("it is gone")
            case .failed: return .never("it was never complete")
            case .pending, .inProgress: return .later(now + .hours(1))
            case .completed: break
            }
            guard let end = backup.expiresAt else { return .never("it is kept") }
            guard end <= now else { return .later(end) }
            // Whoever restores from it reads it to its end.
            guard try await transaction.exclusiveOperation(of: graph.id) == nil else { return .later(now + .minutes(10)) }
            if try await transaction.isBeingCopied(id) { return .later(now + .minutes(10)) }
            if !graph.status.isTerminal, try await transaction.newestBackup(of: graph.id) == id { return .later(now + .days(1)) }
            return .remove(backup.archive)
        }
    }
}

/// Enqueues what has lost its job.
public struct SweepBackupsHandler<Store: GraphStore>: JobHandler {
    private let store: Store

    /// Makes a handler.
    public init(store: Store) {
        self.store = store
    }

    /// One job for each; those that have theirs are left alone, and those whose job was given up are given up as well (GRA-079).
    public func run(_ job: SweepBackups, context: JobContext) async throws -> JobOutcome {
        if job.isForExpired {
            let due = try await store.backupsDue(at: context.now, limit: SweepBackups.limit)
            try await store.withSystemTransaction { transaction in
                _ = try await transaction.enqueue(due.map { (ExpireBackup(backup: $0), JobOptions(uniqueKey: $0.description)) })
            }
            return .completed
        }
        let unfinished = try await store.unfinishedBackups(limit: SweepBackups.limit)
        guard !unfinished.isEmpty else { return .completed }
        let lost = try await giveUp(unfinished, at: context.now)
        try await store.withSystemTransaction { transaction in
            for backup in unfinished where !lost.contains(backup.id) {
                switch backup.initiator {
                case .user: try await transaction.enqueue(TakeBackup(backup: backup.id), JobOptions(uniqueKey: backup.id.description))
                case .scheduled:
                    guard let night = backup.night else { continue }
                    let today = context.now.day == night
                    if today {
                        try await transaction.enqueue(
                            TakeNightlyBackup(graph: backup.graph, day: night), JobOptions(uniqueKey: "\(backup.graph) \(night)"))
                    } else {
                        try await transaction.enqueue(TakeBackup(backup: backup.id), JobOptions(uniqueKey: backup.id.description))
                    }
                // The steps of restoring and destroying see to theirs.
                case .system, .final: continue
                }
            }
        }
        return .completed
    }

    /// Each in a transaction of its own; a worker that still writes one finds it ended, and removes what it wrote.
    private func giveUp(_ unfinished: [GraphBackup], at now: Instant) async throws -> Set<GraphBackup.ID> {
        let dead = try await store.backupsWithDeadJob()
        var lost: Set<GraphBackup.ID> = []
        for backup in unfinished where backup.initiator == .user || backup.initiator == .scheduled {
            let isDead = dead.contains(backup.id)
            guard isDead || now - backup.createdAt > SweepBackups.patience else { continue }
            let reason = isDead ? "its job was given up" : "it did not come to an end within a day"
            let isGivenUp = try await store.withSystemTransaction { transaction in
                guard try await transaction.lockedGraph(backup.graph) != nil else { return false }
                guard try await transaction.giveUp(backup, because: reason, at: now) else { return false }
                try await transaction.cancelJob(TakeBackup.self, uniqueKey: backup.id.description)
                return true
            }
            if isGivenUp { lost.insert(backup.id) }
        }
        return lost
    }
}

/// Looks for graphs that are in use and have no recent backup (GRA-081, OPS-124).
public struct CheckBackupCoverage: Job {
    /// `graphs.check_backup_coverage`
    public static let kind = "graphs.check_backup_coverage"
    /// Beside other work that nobody waits for.
    public static let lane = Lane.maintenance
    /// How many graphs one page has.
    static let page = 1_000

    /// Each day at a quarter past five.
    public static var schedule: Schedule? {
        CronExpression("15 5 * * *").map { Schedule("graphs.check_backup_coverage", $0, missed: .once, job: CheckBackupCoverage()) }
    }

    /// Orders it.
    public init() {}
}

/// Tells of graphs without a recent backup, and changes nothing.
public struct CheckBackupCoverageHandler<Store: GraphStore>: JobHandler {
    private let store: Store

    /// Makes a handler.
    public init(store: Store) {
        self.store = store
    }

    /// One entry for each graph and day.
    public func run(_ job: CheckBackupCoverage, context: JobContext) async throws -> JobOutcome {
        let day = context.now.day
        var last: GraphID?
        while true {
            let page = try await store.graphsWithoutBackup(at: context.now, after: last, limit: CheckBackupCoverage.page)
            guard let end = page.last else { return .completed }
            last = end
            for id in page {
                try await store.withSystemTransaction { transaction in
                    guard let graph = try await transaction.graph(id) else { return }
                    try await transaction.record(BackupCoverageMissing(graph, day: day), by: .system(component: "graphs"))
                    try await transaction.publish(BackupMissing(facts: GraphFactsOfEvent(graph), day: day))
                }
            }
        }
    }
}
