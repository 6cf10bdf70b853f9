internal import Audit
public import Core
public import Graphs
public import Jobs
internal import Orgs

/// Warns that the last backup of a destroyed graph goes soon (NOT-148), unless it has gone already.
public struct WarnOfBackupEnd: Job {
    /// `notifications.warn_of_backup_end`
    public static let kind = "notifications.warn_of_backup_end"
    /// The lane of mails.
    public static let lane = Lane.mail
    /// How many days before the end the warnings come.
    static let stages = [14, 3]

    /// Which graph.
    public let graph: GraphID
    /// Its final backup.
    public let backup: GraphBackup.ID
    /// When that was to end.
    public let endsAt: Instant
    /// How many days before.
    public let daysBefore: Int

    /// Asks for a warning.
    public init(graph: GraphID, backup: GraphBackup.ID, endsAt: Instant, daysBefore: Int) {
        self.graph = graph
        self.backup = backup
        self.endsAt = endsAt
        self.daysBefore = daysBefore
    }
}

/// Sets the warnings when a graph was destroyed.
public struct BackupEndScheduler<Store: NotificationStore>: EventHandler {
    /// What it hears.
    public typealias Event = GraphDeprovisioned
    /// `notifications.schedule_backup_end_warnings`
    public static var name: String { "notifications.schedule_backup_end_warnings" }
    /// The lane of mails.
    public static var lane: Lane { .mail }
    private let store: Store

    /// Makes the handler.
    public init(store: Store) {
        self.store = store
    }

    /// Enqueues a job for each stage that lies ahead; a graph without data left no backup.
    public func handle(_ event: GraphDeprovisioned, context: JobContext) async throws -> JobOutcome {
        guard let endsAt = event.backupKeptUntil else { return .completed }
        return try await store.withTransaction { transaction in
            for days in WarnOfBackupEnd.stages where context.now < endsAt - .days(days) {
                let warning = WarnOfBackupEnd(graph: event.facts.graph, backup: event.finalBackup, endsAt: endsAt, daysBefore: days)
                try await transaction.enqueue(
                    warning,
                    JobOptions(
                        runAt: endsAt - .days(days), priority: .low, uniqueKey: "\(event.finalBackup)/\(days)", org: event.facts.org.uuid))
            }
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}

/// Queues the warning when the backup is still there and still ends then.
public struct WarnOfBackupEndHandler<Store: NotificationStore>: JobHandler {
    private let store: Store
    private let outbox: MailOutbox
    private let facts: any MailFacts

    /// Makes the handler.
    public init(store: Store, outbox: MailOutbox, facts: any MailFacts) {
        self.store = store
        self.outbox = outbox
        self.facts = facts
    }

    /// One mail to whoever pays.
    public func run(_ job: WarnOfBackupEnd, context: JobContext) async throws -> JobOutcome {
        guard let graph = try await facts.graph(job.graph), let backup = try await facts.backup(job.backup), backup.status == .completed,
            backup.expiresAt == job.endsAt, let matter = try await GraphMatter(GraphFactsOfEvent(graph), facts: facts)
        else { return .cancelled(reason: "the backup does not end then any more") }
        let words = FinalBackupExpiringContext(org: matter.orgName, orgID: matter.orgID, graph: graph.name, endsAt: job.endsAt)
        let draft = MailDraft(
            decision: "\(WarnOfBackupEnd.kind)/\(job.backup)/\(job.daysBefore)", context: words, about: matter.about,
            recipients: try await matter.audience.billing())
        return try await store.withTransaction { transaction in
            try await outbox.queue(draft, at: context.now, in: transaction)
            try await transaction.finish(context.lease)
            return .committed
        }
    }
}
