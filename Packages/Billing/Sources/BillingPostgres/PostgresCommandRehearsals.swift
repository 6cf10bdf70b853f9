public import Billing
internal import Core
internal import Identity
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
            seen.withLock { $0.add(effects) }
        } _: {
            try await body()
        }
        return (result, seen.withLock { $0 })
    }

    /// How many jobs may be ordered by others while a rehearsal runs: its own are looked for among the newest only, as the queue may be long.
    private static var newest: Int64 { 100_000 }

    /// Rows of this transaction alone: nobody else has committed any with its number. They are not looked for in whole tables: entries of the
    /// log and jobs among the newest, events by their transaction, orders among those that are not settled, the rest by the entries that name it.
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
                FROM jobs.job AS j JOIN jobs.kind AS k ON k.id = j.kind_id
                WHERE j.id > (SELECT max(id) FROM jobs.job) - \(Self.newest) AND j.xmin = pg_current_xact_id_if_assigned()::xid
                ORDER BY k.name, j.run_at
                """),
            orders: try await rows(
                """
                SELECT jsonb_build_object('kind', kind, 'object', object, 'command', command) FROM billing.intent
                WHERE xmin = pg_current_xact_id_if_assigned()::xid AND state = 'queued' ORDER BY created_at, kind
                """),
            changes: try await changes(in: transaction), money: try await rows(Self.money),
            subscriptions: try await transaction.query(
                """
                SELECT \(fragment: Subscription.columns) FROM billing.subscription AS s
                WHERE s.id IN (SELECT ref_subscription FROM audit.entry WHERE \(fragment: Self.isOwn)) ORDER BY s.id
                """
            ).map(Subscription.init(row:)))
    }

    private static var isOwn: Statement { "recorded_at >= transaction_timestamp() AND xmin = pg_current_xact_id_if_assigned()::xid" }

    /// Entries say of which field what became what.
    private static func changes(in transaction: PostgresTransaction) async throws -> [JSONValue] {
        try await transaction.query(
            """
            SELECT ref_subscription AS subscription, change FROM audit.entry, jsonb_array_elements(changes) AS change
            WHERE ref_subscription IS NOT NULL AND \(fragment: isOwn) ORDER BY recorded_at, type
            """
        ).map { row in
            let subscription = try row.decode("subscription", as: Subscription.ID.self)
            let change = try row.decode("change", as: JSONValue.self).objectValue ?? [:]
            return .object(change.merging(["subscription_id": .string(subscription.description)]) { $1 })
        }
    }

    /// Whatever of money is written has an entry that names it.
    private static var money: Statement {
        """
        WITH own AS (SELECT ref_invoice, ref_account_credit, ref_refund FROM audit.entry WHERE \(fragment: isOwn))
        SELECT jsonb_build_object('kind', kind, 'status', status, 'amount', amount, 'currency', currency) FROM (
            SELECT 'invoice' AS kind, status, total AS amount, currency FROM billing.invoice
            WHERE kind = 'own' AND id IN (SELECT ref_invoice FROM own) AND xmin = pg_current_xact_id_if_assigned()::xid
            UNION ALL SELECT 'credit', source, amount, currency FROM billing.account_credit
            WHERE id IN (SELECT ref_account_credit FROM own) AND xmin = pg_current_xact_id_if_assigned()::xid
            UNION ALL SELECT 'refund', status, amount, currency FROM billing.refund
            WHERE id IN (SELECT ref_refund FROM own) AND xmin = pg_current_xact_id_if_assigned()::xid
        ) AS sums ORDER BY kind, status, amount
        """
    }
}
