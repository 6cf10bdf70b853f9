public import Core
public import Operations
internal import Orgs
public import Postgres

/// Operations by SQL on a transaction: adopt it, beside the mixins of the packages below, to meet `OperationTransaction`.
public protocol PostgresOperationTransaction {
    /// The transaction.
    var postgres: PostgresTransaction { get }
    /// The business time.
    var dateSource: any DateSource { get }
}

extension PostgresOperationTransaction {
    /// Stores an accepted operation; the partial unique index keeps a second exclusive one out.
    public func insert(_ operation: Operation) async throws {
        let inserted = try await postgres.execute(
            """
            INSERT INTO operations.operation (id, kind, org_id, graph_id, started_by, parent_id, status, phase, percent, message, steps,
                result, exclusive_scope, created_at, updated_at, deadline)
            VALUES (\(operation.id), \(operation.kind.name), \(operation.org), \(operation.graph as String?),
                \(operation.startedBy as Identifier?), \(operation.parent as Operation.ID?), \(operation.status.rawValue),
                \(operation.phase.rawValue), \(Int16(operation.percent)), \(operation.message), \(PostgresJSON(operation.steps)),
                \(operation.result), \(operation.exclusiveScope as String?), \(operation.createdAt), \(operation.updatedAt),
                \(operation.deadline as Instant?))
            ON CONFLICT (exclusive_scope) WHERE exclusive_scope IS NOT NULL AND ended_at IS NULL DO NOTHING
            """)
        guard inserted == 0 else { return }
        let running = try await postgres.query(
            """
            SELECT id FROM operations.operation
            WHERE exclusive_scope = \(operation.exclusiveScope as String?) AND ended_at IS NULL
            """)
        throw OperationError.exclusiveOperationRunning(try running.first?.decode("id"))
    }

    /// Reads an operation under a row lock.
    public func lockedOperation(_ id: Operation.ID) async throws -> Operation? {
        try await postgres.query(
            "SELECT \(fragment: OperationRow.columns) FROM operations.operation WHERE id = \(id) FOR UPDATE"
        ).first.map(OperationRow.operation)
    }

    /// Stores an operation and its event in one round trip; the notification goes out with the commit.
    public func save(_ operation: Operation, appending event: OperationEvent?) async throws {
        let update: Statement = """
            UPDATE operations.operation SET status = \(operation.status.rawValue), phase = \(operation.phase.rawValue),
                percent = \(Int16(operation.percent)), message = \(operation.message), steps = \(PostgresJSON(operation.steps)),
                result = \(operation.result), failure = \(operation.failure.map { PostgresJSON($0) } as PostgresJSON<OperationFailure>?),
                input_request = \(operation.inputRequest.map { PostgresJSON($0) } as PostgresJSON<InputRequest>?),
                started_at = \(operation.startedAt as Instant?), ended_at = \(operation.endedAt as Instant?),
                updated_at = \(operation.updatedAt), last_sequence = \(operation.lastSequence),
                undo_errors = \(PostgresJSON(operation.undoErrors)), deadline = \(operation.deadline as Instant?)
            WHERE id = \(operation.id)
            """
        guard let event else {
            try await postgres.execute(update)
            return
        }
        // Events are few beside jobs, so their notifications may take the server's commit-time lock (PostgreSQL manual, NOTIFY).
        try await postgres.pipeline([
            update,
            """
            INSERT INTO operations.operation_event (operation_id, sequence, org_id, name, data, at)
            VALUES (\(event.operation), \(event.sequence), \(operation.org), \(event.name.rawValue), \(event.data), \(event.at))
            """,
            "SELECT pg_notify(\(PostgresOperationWakeups.channel), \(event.operation.description))",
        ])
    }

    /// Claims a key by insert-on-conflict; the database hashes scope and fingerprint, so that only hashes are ever stored (OPS-008).
    public func claim(
        _ call: IdempotentCall, for operation: Operation.ID, isSettled: Bool, expiringAt expiry: Instant, now: Instant
    ) async throws -> IdempotencyDecision {
        let (scope, print) = (call.scopeText, call.fingerprint.text)
        do {
            // A first call that is still in its transaction holds the key: its end is awaited, but not for long (OPS-013).
            let results = try await postgres.pipeline([
                "SELECT set_config('lock_timeout', '2s', true)",
                """
                INSERT INTO operations.idempotency_record AS r
                    (scope_hash, fingerprint, org_id, state, operation_id, created_at, expires_at)
                VALUES (sha256(\(scope)), sha256(\(print)), \(call.org), \(isSettled ? "settled" : "open"), \(operation), \(now), \(expiry))
                ON CONFLICT (scope_hash) DO UPDATE SET fingerprint = excluded.fingerprint, org_id = excluded.org_id,
                    state = excluded.state, operation_id = excluded.operation_id, status = NULL, body = NULL,
                    created_at = excluded.created_at, expires_at = excluded.expires_at
                WHERE r.state = 'settled' AND r.expires_at <= \(now)
                RETURNING operation_id
                """,
                "SELECT set_config('lock_timeout', '5s', true)",
            ])
            guard results[1].isEmpty else { return .first }
        } catch let error as PostgresError where error.isLockTimeout {
            return .inProgress
        } catch let error as PostgresError where error.sqlState == .insufficientPrivilege {
            // The record is another org's, so the call is another one.
            return .reused
        }
        return try await postgres.query(IdempotencyRow.lookup(call, now: now)).first.map(IdempotencyRow.decision) ?? .reused
    }

    /// Makes an open record final; it is kept from now on for as long as it was to be kept from its beginning.
    public func settle(_ call: IdempotentCall, _ answer: StoredAnswer?) async throws {
        try await postgres.execute(
            """
            UPDATE operations.idempotency_record SET state = 'settled', status = \(answer.map { Int16($0.status) } as Int16?),
                body = \(answer?.body as JSONValue?)
            WHERE scope_hash = sha256(\(call.scopeText)) AND state = 'open'
            """)
    }

    /// Makes the open call of an operation final, by the index of those.
    public func settle(callFor operation: Operation.ID, _ answer: StoredAnswer) async throws {
        try await postgres.execute(
            """
            UPDATE operations.idempotency_record SET state = 'settled', status = \(Int16(answer.status)), body = \(answer.body)
            WHERE operation_id = \(operation) AND state = 'open'
            """)
    }
}

/// Reads idempotency records.
enum IdempotencyRow {
    /// Open records never expire (OPS-019).
    static func lookup(_ call: IdempotentCall, now: Instant) -> Statement {
        let (scope, print) = (call.scopeText, call.fingerprint.text)
        return """
            SELECT fingerprint = sha256(\(print)) AS is_same, operation_id, status, body,
                EXISTS (SELECT FROM operations.operation o WHERE o.id = r.operation_id) AS has_operation
            FROM operations.idempotency_record r
            WHERE scope_hash = sha256(\(scope)) AND (expires_at > \(now) OR state = 'open')
            """
    }

    static func decision(_ row: Row) throws -> IdempotencyDecision {
        guard try row.decode("is_same", as: Bool.self) else { return .reused }
        if let status = try row.decode("status", as: Int16?.self) {
            return .answer(StoredAnswer(status: Int(status), body: try row.decode("body")))
        }
        guard try row.decode("has_operation", as: Bool.self), let operation = try row.decode("operation_id", as: Operation.ID?.self) else {
            return .inProgress
        }
        return .replay(operation)
    }
}
