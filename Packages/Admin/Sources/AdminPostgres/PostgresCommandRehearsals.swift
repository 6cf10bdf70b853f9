public import Admin
internal import Core
internal import Postgres
internal import Synchronization

/// Rehearses commands in transactions that are undone, and reads from each what it wrote.
public struct PostgresCommandRehearsals: CommandRehearsing {
    /// Makes the rehearsals.
    public init() {}

    /// What a transaction wrote is known by its number.
    public func rehearse<Result: Sendable>(_ body: () async throws -> Result) async throws -> (result: Result, effects: CommandEffects) {
        let seen = Mutex(CommandEffects())
        let result = try await Rehearsal.run { transaction in
            let effects = try await Self.effects(in: transaction)
            seen.withLock { all in
                all.entries += effects.entries
                all.events += effects.events
                all.jobs += effects.jobs
                all.orders += effects.orders
            }
        } _: {
            try await body()
        }
        return (result, seen.withLock { $0 })
    }

    /// Rows of this transaction alone: nobody else has committed any with its number. Entries of the log are looked for among the newest, since the
    /// table is the largest there is.
    static func effects(in transaction: PostgresTransaction) async throws -> CommandEffects {
        func rows(_ statement: Statement) async throws -> [JSONValue] {
            try await transaction.query(statement).map { try $0.decode(JSONValue.self) }
        }
        return CommandEffects(
            entries: try await rows(
                """
                SELECT jsonb_build_object('type', type, 'summary', summary) FROM audit.entry
                WHERE recorded_at >= transaction_timestamp() AND xmin = pg_current_xact_id_if_assigned()::xid ORDER BY recorded_at, type, summary
                """),
            events: try await rows(
                """
                SELECT jsonb_build_object('topic', topic, 'payload', payload) FROM jobs.event
                WHERE xid = pg_current_xact_id_if_assigned()::text::bigint ORDER BY id
                """),
            jobs: try await rows(
                """
                SELECT jsonb_build_object('kind', k.name, 'run_at', to_char(j.run_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
                FROM jobs.job AS j JOIN jobs.kind AS k ON k.id = j.kind_id WHERE j.xmin = pg_current_xact_id_if_assigned()::xid ORDER BY k.name, j.run_at
                """),
            orders: try await rows(
                """
                SELECT jsonb_build_object('kind', kind, 'object', object, 'command', command) FROM billing.intent
                WHERE xmin = pg_current_xact_id_if_assigned()::xid AND state = 'queued' ORDER BY created_at, kind
                """))
    }
}
