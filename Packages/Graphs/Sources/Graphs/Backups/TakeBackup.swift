internal import Audit
internal import Billing
public import Core
internal import Identity
public import Jobs
internal import Operations
internal import Orgs

/// Takes a backup that was asked for.
public struct TakeBackup: Job {
    /// `graphs.take_backup`
    public static let kind = "graphs.take_backup"
    /// With the other work on graphs.
    public static let lane = Lane.lifecycle
    /// Three more attempts after the first (GRA-079).
    public static let retryPolicy = BackupTaking.retryPolicy
    /// As long as the largest tier allows.
    public static let timeout = BackupTaking.timeout

    /// The backup.
    public let backup: GraphBackup.ID

    /// Asks for it.
    public init(backup: GraphBackup.ID) {
        self.backup = backup
    }
}

/// What all ways of taking a backup share.
public enum BackupTaking {
    /// Three more attempts after the first, minutes apart (GRA-079).
    public static let retryPolicy = RetryPolicy(maximumAttempts: 4, baseDelay: .seconds(60), maximumDelay: .seconds(900))
    /// As long as the largest tier allows, and what reading and writing rows takes.
    public static let timeout = Duration.seconds(3_900)
    /// How many backups of one host are written at once (GRA-077).
    static let perHost = 4
    /// How long one that waits for another waits before it looks again.
    static let pause = Duration.seconds(5)

    /// How long an attempt may take that reads all rows and then has a tool write or load them, each for as long as the tier allows.
    static func room(for limit: Duration) -> Duration {
        max(timeout, limit * 2 + .minutes(10))
    }

    /// How long work on all rows of a graph of a tier may take from its acceptance, with all attempts (operations.md, section 4).
    static func limit(of tier: GraphTier?) -> NewOperation.Limit {
        tier.map { .of(room(for: $0.workTimeout) * retryPolicy.maximumAttempts) } ?? .ofKind
    }
}

/// Takes backups people ask for.
public struct TakeBackupHandler<Store: GraphStore>: JobHandler {
    private let taker: BackupTaker<Store>

    /// Makes a handler.
    public init(store: Store, archives: any BackupArchiving, catalogue: GraphCatalogue) {
        taker = BackupTaker(store: store, archives: archives, catalogue: catalogue)
    }

    /// Takes it; one that is complete, given up or cancelled is left alone.
    public func run(_ job: TakeBackup, context: JobContext) async throws -> JobOutcome {
        try await taker.take(job.backup, context)
    }
}

/// Writes archives and says what became of them.
struct BackupTaker<Store: GraphStore>: Sendable {
    let store: Store
    let archives: any BackupArchiving
    let catalogue: GraphCatalogue

    private enum Beginning {
        case go(GraphBackup, EngineGraph, Duration)
        case wait
        case over(String)
    }

    /// Takes a backup, or goes on where a process that died left it: whatever that wrote is written anew.
    func take(_ id: GraphBackup.ID, _ context: JobContext) async throws -> JobOutcome {
        switch try await begin(id, context) {
        case .wait: return .snoozed(until: context.now + BackupTaking.pause)
        case .over(let reason): return .cancelled(reason: reason)
        case .go(let backup, let place, let timeout):
            // Cut off in the midst of a large graph it would begin anew for ever: nothing would note the failure (GRA-079).
            try await context.extendDeadline(to: BackupTaking.room(for: timeout))
            let record: BackupArchiveRecord
            do {
                record = try await archives.write(place, timeout: timeout, backup.warrant)
            } catch let error where !(error is CancellationError) {
                try await note(error, backup, context)
                guard context.isLastAttempt || (error as? EngineError)?.nature == .definitive else { throw error }
                try await giveUp(backup, error, context)
                return .discarded(reason: errorChain(error))
            }
            let isCompleted: Bool
            do {
                isCompleted = try await complete(backup, record, context)
            } catch {
                // Written anew by the next attempt: nothing would name this object. One whose commit was not answered is read first.
                if let now = try? await store.backup(id), now.archive != record { try? await archives.remove(record) }
                throw error
            }
            guard isCompleted else {
                try await archives.remove(record)
                return .cancelled(reason: "the backup was ended while it was written")
            }
            return .completed
        }
    }

    private func begin(_ id: GraphBackup.ID, _ context: JobContext) async throws -> Beginning {
        let now = context.now
        guard let named = try await store.backup(id) else { return .over("there is no such backup") }
        return try await store.withSystemTransaction { transaction in
            guard let graph = try await transaction.lockedGraph(named.graph) else { return .over("there is no such backup") }
            let isCancelled = try await transaction.isCancelled(named)
            guard var backup = try await transaction.lockedBackup(id) else { return .over("there is no such backup") }
            guard backup.status == .pending || backup.status == .inProgress else { return .over("it is \(backup.status.rawValue)") }
            if isCancelled {
                backup.status = .failed
                backup.failure = "cancelled"
                try await transaction.save(backup)
                return .over("it was cancelled")
            }
            guard graph.status == .active || graph.status == .suspended, let slot = try await transaction.slot(of: graph.id),
                let tier = catalogue.tier(graph.tier)
            else {
                try await transaction.fail(
                    backup, of: graph, code: "GRAPH_NOT_ACTIVE", because: "the graph is \(graph.status.rawValue)", at: now)
                return .over("the graph is \(graph.status.rawValue)")
            }
            if backup.status == .pending {
                let running = try await transaction.runningBackups(besides: graph.id)
                guard running.ofGraph == nil, running.onHost < BackupTaking.perHost else { return .wait }
                backup.status = .inProgress
                backup.startedAt = now
                try await transaction.save(backup)
            }
            if let operation = backup.operation {
                try await transaction.advance(operation, .start, at: now)
                try await transaction.advance(operation, .step(at: 0, .begun, percent: 10, message: "Writing the backup"), at: now)
            }
            return .go(backup, EngineGraph(host: slot.reference, graph: graph.id), tier.workTimeout)
        }
    }

    /// - Returns: whether the backup still was to be completed.
    private func complete(_ written: GraphBackup, _ record: BackupArchiveRecord, _ context: JobContext) async throws -> Bool {
        let now = context.now
        return try await store.withSystemTransaction { transaction in
            guard try await !transaction.isCancelled(written) else { return false }
            guard var backup = try await transaction.lockedBackup(written.id), backup.status == .inProgress,
                let graph = try await transaction.graph(backup.graph)
            else { return false }
            backup.status = .completed
            backup.archive = record
            backup.completedAt = now
            backup.failure = nil
            try await transaction.save(backup)
            if let operation = backup.operation {
                try await transaction.advance(operation, .step(at: 0, .done, percent: 100, message: nil), at: now)
                try await transaction.end(
                    operation, .complete(result: backup.result(status: "completed"), message: "The backup is complete"), at: now)
            }
            try await transaction.record(BackupCompletedEntry(graph, backup), by: .system(component: "graphs"))
            try await transaction.publish(BackupCompleted(facts: GraphFactsOfEvent(graph), backup: backup.id))
            return true
        }
    }

    /// Tells the readers that it is tried again.
    private func note(_ error: any Error, _ written: GraphBackup, _ context: JobContext) async throws {
        let now = context.now
        try await store.withSystemTransaction { transaction in
            _ = try await transaction.isCancelled(written)
            guard var backup = try await transaction.lockedBackup(written.id), backup.status == .inProgress else { return }
            backup.failure = backup.failure ?? errorChain(error)
            try await transaction.save(backup)
            guard let operation = backup.operation else { return }
            let message = "The backup did not succeed yet; trying again"
            try await transaction.advance(
                operation, .step(at: 0, .retrying(error: message, at: nil), percent: nil, message: message), at: now)
        }
    }

    private func giveUp(_ written: GraphBackup, _ error: any Error, _ context: JobContext) async throws {
        let now = context.now
        try await store.withSystemTransaction { transaction in
            _ = try await transaction.giveUp(written, because: errorChain(error), at: now)
        }
    }
}

extension GraphBackup {
    /// What the operation that takes it answers with (wire contract, create-backup).
    func result(status: String) -> JSONValue {
        [
            "backup_id": .string(id.description), "graph_id": .string(graph.description), "status": .string(status),
            "retention_days": keptDays.map { .integer(Int64($0)) } ?? .null,
            "expires_at": expiresAt.map { .string($0.description) } ?? .null,
        ]
    }
}
