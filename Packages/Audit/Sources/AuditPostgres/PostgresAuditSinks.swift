public import Audit
internal import AuditProof
public import Core
internal import FoundationEssentials
public import Postgres

/// The sinks in PostgreSQL, for operators and for what serves them.
public struct PostgresAuditSinks: Sendable {
    private let client: PostgresClient
    private let dateSource: any DateSource

    /// Makes them; the client must be one of the background's role, or of an administrator.
    public init(client: PostgresClient, dateSource: any DateSource) {
        self.client = client
        self.dateSource = dateSource
    }

    private struct Recorder: PostgresAuditTransaction {
        let postgres: PostgresTransaction
        let dateSource: any DateSource
    }

    /// All of them, the oldest first.
    public func all() async throws -> [AuditSink] {
        try await client.query("SELECT * FROM audit.sink ORDER BY created_at, id", scope: .system).map(Self.sink)
    }

    /// One of them.
    public func sink(_ id: AuditSink.ID) async throws -> AuditSink? {
        try await client.query("SELECT * FROM audit.sink WHERE id = \(id)", scope: .system).first.map(Self.sink)
    }

    /// Adds a sink with its entry, in one transaction. What is in the log already goes there too.
    public func add(_ sink: AuditSink, by actor: AuditActor) async throws {
        try await write { transaction in
            try await transaction.postgres.execute(
                """
                INSERT INTO audit.sink (id, kind, target, chain, classes, minimum_risk, sealed_secret, created_at, next_attempt_at)
                VALUES (\(sink.id), \(sink.kind.rawValue), \(sink.target), \(sink.filter.chain),
                    \(sink.filter.classes.map(\.rawValue).sorted()), \(sink.filter.minimumRisk.rawValue), \(sink.sealedSecret),
                    \(transaction.dateSource.now), \(sink.health.nextAttemptAt))
                """)
            try await transaction.record(AuditSinkCreated(sink), by: actor)
        }
    }

    /// Stops a sink with its entry.
    ///
    /// - Returns: whether it was running.
    public func pause(_ id: AuditSink.ID, by actor: AuditActor) async throws -> Bool {
        try await write { transaction in
            let rows = try await transaction.postgres.query(
                "UPDATE audit.sink SET paused_at = \(transaction.dateSource.now) WHERE id = \(id) AND paused_at IS NULL RETURNING *")
            guard let row = rows.first else { return false }
            try await transaction.record(AuditSinkPaused(try Self.sink(row)), by: actor)
            return true
        }
    }

    /// Lets a sink go on where it stopped, or from an earlier place: what lies behind that goes once more.
    ///
    /// - Parameter seal: the last place that the receiver has, 0 for one that has nothing; `nil` for where it stopped.
    /// - Returns: whether there is such a sink.
    public func resume(_ id: AuditSink.ID, after seal: Int64?) async throws -> Bool {
        let health = AuditSinkHealth(startingAt: dateSource.now)
        let changed = try await client.execute(
            """
            UPDATE audit.sink SET paused_at = NULL, failing_since = NULL, attempts = 0, alerted_at = NULL, last_error = NULL, leased_until = NULL,
                next_attempt_at = \(health.nextAttemptAt), seal = least(seal, coalesce(\(seal), seal)),
                key_sequence = CASE WHEN \(seal) = 0 THEN 0 ELSE key_sequence END,
                checkpoint = CASE WHEN \(seal) IS NULL THEN checkpoint
                    ELSE least(checkpoint, (SELECT coalesce(max(number), 0) FROM audit.checkpoint WHERE links <= \(seal))) END
            WHERE id = \(id)
            """, scope: .system)
        return changed == 1
    }

    // MARK: For the stream

    /// Takes the sinks that are due and have something to get, each for a minute: no other process serves them meanwhile.
    func claim() async throws -> [AuditSink] {
        let now = dateSource.now
        return try await client.query(
            """
            UPDATE audit.sink SET leased_until = \(now + Self.lease) WHERE id IN (
                SELECT s.id FROM audit.sink AS s WHERE s.paused_at IS NULL AND s.next_attempt_at <= \(now)
                    AND (s.leased_until IS NULL OR s.leased_until <= \(now))
                    AND (s.seal < (SELECT coalesce(max(seal), 0) FROM audit.link)
                        OR s.checkpoint < (SELECT coalesce(max(number), 0) FROM audit.checkpoint))
                FOR UPDATE SKIP LOCKED)
            RETURNING *
            """, scope: .system
        ).map(Self.sink)
    }

    /// Keeps how far a sink has got and how it does. A sink that was stopped, or sent back, meanwhile stays as it is.
    ///
    /// - Parameter old: how far it had got before.
    /// - Returns: whether it goes on.
    func save(_ sink: AuditSink, from old: AuditSink.Progress, keepingLease: Bool) async throws -> Bool {
        let health = sink.health
        return try await write { transaction in
            let changed = try await transaction.postgres.execute(
                """
                UPDATE audit.sink SET seal = \(sink.progress.seal), checkpoint = \(sink.progress.checkpoint), key_sequence = \(sink.progress.key),
                    paused_at = \(health.pausedAt), failing_since = \(health.failingSince), attempts = \(Int32(health.attempts)),
                    next_attempt_at = \(health.nextAttemptAt), alerted_at = \(health.alertedAt), last_error = \(health.lastError),
                    leased_until = \(keepingLease ? transaction.dateSource.now + Self.lease : nil)
                WHERE id = \(sink.id) AND paused_at IS NULL AND seal = \(old.seal) AND checkpoint = \(old.checkpoint)
                    AND key_sequence = \(old.key)
                """)
            if changed == 1, health.pausedAt != nil {
                try await transaction.record(AuditSinkPaused(sink), by: .system(component: "audit"))
            }
            return changed == 1
        }
    }

    private static var lease: Duration { .minutes(1) }

    private func write<Result: Sendable>(_ body: (Recorder) async throws -> Result) async throws -> Result {
        let dateSource = dateSource
        return try await client.withTransaction(scope: .system) { transaction in
            try await body(Recorder(postgres: transaction, dateSource: dateSource))
        }
    }

    private static func sink(_ row: Row) throws -> AuditSink {
        AuditSink(
            id: try row.decode("id"), kind: AuditSink.Kind(rawValue: try row.decode("kind")) ?? .file, target: try row.decode("target"),
            filter: AuditSink.Filter(
                chain: try row.decode("chain"), classes: Set(try row.decode("classes", as: [String].self).compactMap(AuditClass.init)),
                minimumRisk: AuditRisk(rawValue: try row.decode("minimum_risk")) ?? .low),
            sealedSecret: try row.decode("sealed_secret"),
            progress: AuditSink.Progress(
                seal: try row.decode("seal"), checkpoint: try row.decode("checkpoint"), key: try row.decode("key_sequence")),
            health: AuditSinkHealth(
                pausedAt: try row.decode("paused_at"), failingSince: try row.decode("failing_since"),
                attempts: Int(try row.decode("attempts", as: Int32.self)), nextAttemptAt: try row.decode("next_attempt_at"),
                alertedAt: try row.decode("alerted_at"), lastError: try row.decode("last_error")))
    }
}
