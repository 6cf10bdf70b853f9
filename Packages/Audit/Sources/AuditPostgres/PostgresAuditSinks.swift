public import Audit
internal import AuditProof
public import Core
public import FoundationEssentials
public import Postgres

/// Hears of what people are told about sinks, in the transaction that makes it true; met by the composition root, because the log knows no mails.
public protocol AuditSinkObserver: Sendable {
    /// A sink has failed for an hour; once for each time that it fails (AUD-089).
    func sinkIsFailing(_ sink: AuditSink, in transaction: PostgresTransaction) async throws
    /// A sink is not tried any more.
    func sinkWasPaused(_ sink: AuditSink, in transaction: PostgresTransaction) async throws
}

/// The sinks in PostgreSQL, for operators and for what serves them.
public struct PostgresAuditSinks: Sendable {
    private let client: PostgresClient
    private let dateSource: any DateSource
    private let observer: (any AuditSinkObserver)?

    /// Makes them; the client must be one of the background's role, or of an administrator.
    public init(client: PostgresClient, dateSource: any DateSource, observer: (any AuditSinkObserver)? = nil) {
        self.client = client
        self.dateSource = dateSource
        self.observer = observer
    }

    /// All of them that were not removed, the oldest first.
    public func all() async throws -> [AuditSink] {
        try await client.query("SELECT * FROM audit.sink WHERE removed_at IS NULL ORDER BY created_at, id", scope: .system).map(Self.sink)
    }

    /// One of them.
    public func sink(_ id: AuditSink.ID) async throws -> AuditSink? {
        try await client.query("SELECT * FROM audit.sink WHERE id = \(id) AND removed_at IS NULL", scope: .system).first.map(Self.sink)
    }

    /// Adds a sink with its entry, in one transaction. What is in the log already goes there too.
    public func add(_ sink: AuditSink, by actor: AuditActor) async throws {
        try await write { try await $0.add(sink, by: actor) }
    }

    /// Stops a sink with its entry.
    ///
    /// - Returns: whether it was running.
    public func pause(_ id: AuditSink.ID, by actor: AuditActor) async throws -> Bool {
        try await write { try await $0.pause(id, by: actor) != nil }
    }

    /// Lets a sink go on where it stopped, or from an earlier place: what lies behind that goes once more.
    ///
    /// - Parameter seal: the last place that the receiver has, 0 for one that has nothing; `nil` for where it stopped.
    /// - Returns: whether there is such a sink.
    public func resume(_ id: AuditSink.ID, after seal: Int64?, by actor: AuditActor) async throws -> Bool {
        try await write { desk in
            guard let seal else { return try await desk.resume(id, after: nil, by: actor) != nil }
            let rows = try await desk.postgres.query(
                """
                SELECT coalesce((SELECT max(l.position) FROM audit.link AS l WHERE l.chain = s.chain AND l.seal <= \(seal)), 0) AS position,
                    (SELECT coalesce(max(number), 0) FROM audit.checkpoint WHERE links <= \(seal)) AS checkpoint
                FROM audit.sink AS s WHERE id = \(id) AND removed_at IS NULL
                """)
            guard let row = rows.first else { return false }
            let place = AuditSink.Progress(
                seal: seal, position: try row.decode("position"), checkpoint: try row.decode("checkpoint"), key: seal == 0 ? 0 : .max)
            return try await desk.resume(id, after: place, by: actor) != nil
        }
    }

    /// Removes the sinks of an org, each with its entry: it is gone.
    public func removeAll(ofOrg org: UUID, by actor: AuditActor) async throws {
        try await write { desk in
            for sink in try await desk.sinks(ofOrg: org) { _ = try await desk.remove(sink.id, by: actor) }
        }
    }

    // MARK: For the stream

    /// Takes the sinks that are due and have something to get, each for a minute: no other process serves them meanwhile.
    func claim() async throws -> [AuditSink] {
        let now = dateSource.now
        return try await client.query(
            """
            UPDATE audit.sink SET leased_until = \(now + Self.lease) WHERE id IN (
                SELECT s.id FROM audit.sink AS s WHERE s.paused_at IS NULL AND s.removed_at IS NULL AND s.next_attempt_at <= \(now)
                    AND (s.leased_until IS NULL OR s.leased_until <= \(now))
                    AND (CASE WHEN s.chain IS NULL THEN s.seal < (SELECT coalesce(max(seal), 0) FROM audit.link)
                            ELSE EXISTS (SELECT FROM audit.chain_head AS h WHERE h.chain = s.chain AND h.length > s.position) END
                        OR s.checkpoint < (SELECT coalesce(max(number), 0) FROM audit.checkpoint))
                FOR UPDATE SKIP LOCKED)
            RETURNING *
            """, scope: .system
        ).map(Self.sink)
    }

    /// Keeps how far a sink has got and how it does, and tells of what follows from that. A sink that was stopped, removed or sent back meanwhile stays as it
    /// is.
    ///
    /// - Parameters:
    ///   - old: how far it had got before.
    ///   - consequence: what its failure leads to; `nil` when it did not fail.
    /// - Returns: whether it goes on.
    func save(
        _ sink: AuditSink, from old: AuditSink.Progress, keepingLease: Bool, after consequence: AuditSinkHealth.Consequence? = nil
    ) async throws -> Bool {
        let health = sink.health
        return try await write { desk in
            let changed = try await desk.postgres.execute(
                """
                UPDATE audit.sink SET seal = \(sink.progress.seal), position = \(sink.progress.position),
                    checkpoint = \(sink.progress.checkpoint), key_sequence = \(sink.progress.key),
                    paused_at = \(health.pausedAt), failing_since = \(health.failingSince), attempts = \(Int32(health.attempts)),
                    next_attempt_at = \(health.nextAttemptAt), alerted_at = \(health.alertedAt), last_error = \(health.lastError),
                    leased_until = \(keepingLease ? desk.dateSource.now + Self.lease : nil)
                WHERE id = \(sink.id) AND paused_at IS NULL AND removed_at IS NULL AND seal = \(old.seal) AND position = \(old.position)
                    AND checkpoint = \(old.checkpoint) AND key_sequence = \(old.key)
                """)
            guard changed == 1 else { return false }
            switch consequence {
            case .pauses: try await desk.tellOfPause(of: sink, by: .system(component: "audit"))
            case .alerts: try await desk.observer?.sinkIsFailing(sink, in: desk.postgres)
            case .waits, nil: break
            }
            return true
        }
    }

    private static var lease: Duration { .minutes(1) }

    private func write<Result: Sendable>(_ body: (AuditSinkDesk) async throws -> Result) async throws -> Result {
        let (dateSource, observer) = (dateSource, observer)
        return try await client.withTransaction(scope: .system) { transaction in
            try await body(AuditSinkDesk(postgres: transaction, dateSource: dateSource, observer: observer))
        }
    }

    static func sink(_ row: Row) throws -> AuditSink {
        let org: UUID? = try row.decode("org_id")
        let creator: UUID? = try row.decode("created_by")
        var owner: AuditSink.Owner?
        if let org, let creator { owner = AuditSink.Owner(org: org, creator: creator) }
        return AuditSink(
            id: try row.decode("id"), kind: AuditSink.Kind(rawValue: try row.decode("kind")) ?? .file, target: try row.decode("target"),
            filter: AuditSink.Filter(
                chain: try row.decode("chain"), classes: Set(try row.decode("classes", as: [String].self).compactMap(AuditClass.init)),
                minimumRisk: AuditRisk(rawValue: try row.decode("minimum_risk")) ?? .low),
            sealedSecret: try row.decode("sealed_secret"), owner: owner,
            progress: AuditSink.Progress(
                seal: try row.decode("seal"), position: try row.decode("position"), checkpoint: try row.decode("checkpoint"),
                key: try row.decode("key_sequence")),
            health: AuditSinkHealth(
                pausedAt: try row.decode("paused_at"), failingSince: try row.decode("failing_since"),
                attempts: Int(try row.decode("attempts", as: Int32.self)), nextAttemptAt: try row.decode("next_attempt_at"),
                alertedAt: try row.decode("alerted_at"), lastError: try row.decode("last_error")))
    }
}

/// What is done with sinks in one transaction, whoever does it: each change with its entry.
struct AuditSinkDesk: PostgresAuditTransaction {
    let postgres: PostgresTransaction
    let dateSource: any DateSource
    let observer: (any AuditSinkObserver)?

    func sinks(ofOrg org: UUID) async throws -> [AuditSink] {
        try await postgres.query("SELECT * FROM audit.sink WHERE org_id = \(org) AND removed_at IS NULL ORDER BY created_at, id")
            .map(PostgresAuditSinks.sink)
    }

    func add(_ sink: AuditSink, by actor: AuditActor) async throws {
        try await postgres.execute(
            """
            INSERT INTO audit.sink (id, kind, target, chain, classes, minimum_risk, sealed_secret, org_id, created_by, created_at,
                next_attempt_at)
            VALUES (\(sink.id), \(sink.kind.rawValue), \(sink.target), \(sink.filter.chain),
                \(sink.filter.classes.map(\.rawValue).sorted()), \(sink.filter.minimumRisk.rawValue), \(sink.sealedSecret),
                \(sink.owner?.org), \(sink.owner?.creator), \(dateSource.now), \(sink.health.nextAttemptAt))
            """)
        try await record(AuditSinkCreated(sink), by: actor)
    }

    /// - Returns: the sink that was running; `nil` where there is none.
    func pause(_ id: AuditSink.ID, by actor: AuditActor) async throws -> AuditSink? {
        let rows = try await postgres.query(
            """
            UPDATE audit.sink SET paused_at = \(dateSource.now) WHERE id = \(id) AND paused_at IS NULL AND removed_at IS NULL RETURNING *
            """)
        guard let sink = try rows.first.map(PostgresAuditSinks.sink) else { return nil }
        try await tellOfPause(of: sink, by: actor)
        return sink
    }

    func tellOfPause(of sink: AuditSink, by actor: AuditActor) async throws {
        try await record(AuditSinkPaused(sink), by: actor)
        try await observer?.sinkWasPaused(sink, in: postgres)
    }

    /// - Parameter place: the last place that the receiver has; a sink that has not got so far yet stays where it is.
    func resume(_ id: AuditSink.ID, after place: AuditSink.Progress?, by actor: AuditActor) async throws -> AuditSink? {
        let place = place ?? AuditSink.Progress(seal: .max, position: .max, checkpoint: .max, key: .max)
        let rows = try await postgres.query(
            """
            UPDATE audit.sink SET paused_at = NULL, failing_since = NULL, attempts = 0, alerted_at = NULL, last_error = NULL, leased_until = NULL,
                next_attempt_at = \(dateSource.now), seal = least(seal, \(place.seal)), position = least(position, \(place.position)),
                checkpoint = least(checkpoint, \(place.checkpoint)), key_sequence = least(key_sequence, \(place.key))
            WHERE id = \(id) AND removed_at IS NULL RETURNING *
            """)
        guard let sink = try rows.first.map(PostgresAuditSinks.sink) else { return nil }
        try await record(AuditSinkResumed(sink), by: actor)
        return sink
    }

    /// The row stays for the entries that refer to it; what the sink was proved with, and where it was, go.
    func remove(_ id: AuditSink.ID, by actor: AuditActor) async throws -> AuditSink? {
        let found = try await postgres.query("SELECT * FROM audit.sink WHERE id = \(id) AND removed_at IS NULL FOR UPDATE")
        guard let sink = try found.first.map(PostgresAuditSinks.sink) else { return nil }
        try await postgres.execute(
            "UPDATE audit.sink SET removed_at = \(dateSource.now), target = 'removed', sealed_secret = NULL WHERE id = \(id)")
        try await record(AuditSinkRemoved(sink), by: actor)
        return sink
    }
}
