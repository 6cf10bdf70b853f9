internal import Core
internal import Postgres

/// Something that is true of the data at any instant between two transactions. Each is one statement, so that it sees one instant, and gives the ids of
/// what breaks it.
struct Invariant: Sendable {
    /// How it is called in the log and in the figures.
    let name: String
    /// The text of an id in the column `id`, for each thing that breaks it.
    let broken: Statement

    /// Deadlines are days behind before they count as forgotten: what waits for a switch, a provider or an operator is told of elsewhere.
    static let patience: Duration = .days(2)

    /// All of them at an instant (OPS-141, OPS-146).
    static func all(at now: Instant) -> [Invariant] { money + ends + rooms + work + deadlines(behind: now - patience) }

    private static let money: [Invariant] = [
        Invariant(
            name: "pool_is_its_ledger",
            broken: """
                SELECT p.id::text AS id FROM billing.credit_pool AS p LEFT JOIN (
                    SELECT org_id, pool_id, sum(amount) AS total, max(seq) AS last, min(balance_after) AS least
                    FROM billing.credit_transaction GROUP BY org_id, pool_id) AS t ON t.org_id = p.org_id AND t.pool_id = p.id
                WHERE p.balance <> coalesce(t.total, 0) OR p.last_seq <> coalesce(t.last, 0) OR p.balance < 0 OR t.least < 0
                """),
        Invariant(
            name: "credit_is_its_ledger",
            broken: """
                SELECT org_id::text || '/' || credit_id::text AS id FROM billing.account_credit_entry
                GROUP BY org_id, credit_id HAVING sum(amount) < 0
                """),
    ]

    private static let ends: [Invariant] = [
        Invariant(
            name: "terminal_has_end",
            broken: """
                SELECT 'subscription ' || id::text AS id FROM billing.subscription WHERE status IN ('canceled', 'failed') AND ends_at IS NULL
                UNION ALL SELECT 'operation ' || id::text FROM operations.operation
                    WHERE (status IN ('completed', 'failed', 'cancelled')) <> (ended_at IS NOT NULL)
                UNION ALL SELECT 'saga ' || id::text FROM jobs.saga WHERE (state IN ('completed', 'compensated')) <> (ended_at IS NOT NULL)
                UNION ALL SELECT 'case ' || id::text FROM billing.dunning_case WHERE (outcome IS NULL) <> (closed_at IS NULL)
                """),
        Invariant(
            name: "last_event_is_status",
            broken: """
                SELECT o.id::text AS id FROM operations.operation AS o JOIN LATERAL (
                    SELECT count(*) AS number, max(e.sequence) AS last, (array_agg(e.name ORDER BY e.sequence DESC))[1] AS name
                    FROM operations.operation_event AS e WHERE e.operation_id = o.id) AS e ON true
                WHERE o.thinned_at IS NULL AND (e.number <> o.last_sequence OR coalesce(e.last, 0) <> o.last_sequence
                    OR o.status = 'completed' AND e.name IS DISTINCT FROM 'operation_completed'
                    OR o.status = 'failed' AND e.name IS DISTINCT FROM 'operation_error'
                    OR o.status = 'cancelled' AND e.name IS DISTINCT FROM 'operation_cancelled')
                """),
    ]

    private static let rooms: [Invariant] = [
        Invariant(
            name: "one_live_subscription",
            broken: """
                SELECT resource_type || ' ' || resource_id AS id FROM billing.subscription
                WHERE resource_type IN ('graph', 'repository') AND resource_id IS NOT NULL AND status NOT IN ('canceled', 'failed')
                GROUP BY resource_type, resource_id, subscriber_id HAVING count(*) > 1
                """),
        Invariant(
            name: "slot_has_its_graph",
            broken: """
                SELECT host_id::text || '/' || number AS id FROM graphs.host_slot AS s
                WHERE s.state = 'occupied' AND NOT EXISTS (
                    SELECT FROM graphs.graph AS g WHERE g.id = s.graph_id AND g.org_id = s.org_id AND g.status <> 'deprovisioned')
                    AND NOT EXISTS (SELECT FROM graphs.repository AS r WHERE r.id = s.graph_id)
                UNION ALL SELECT 'graph ' || graph_id FROM graphs.host_slot WHERE state = 'occupied' GROUP BY graph_id HAVING count(*) > 1
                UNION ALL SELECT 'graph ' || graph_id FROM orgs.graph_slot WHERE graph_id IS NOT NULL GROUP BY graph_id HAVING count(*) > 1
                """),
    ]

    private static let work: [Invariant] = [
        Invariant(
            name: "job_is_in_one_place",
            broken: """
                SELECT j.id::text AS id FROM jobs.job AS j
                WHERE EXISTS (SELECT FROM jobs.job_dead AS d WHERE d.id = j.id) OR EXISTS (SELECT FROM jobs.job_history AS h WHERE h.id = j.id)
                UNION ALL SELECT d.id::text FROM jobs.job_dead AS d WHERE EXISTS (SELECT FROM jobs.job_history AS h WHERE h.id = d.id)
                """),
        Invariant(
            name: "saga_has_its_job",
            broken: """
                SELECT s.id::text AS id FROM jobs.saga AS s
                WHERE s.state IN ('running', 'compensating') AND NOT EXISTS (SELECT FROM jobs.job AS j WHERE j.saga_id = s.id)
                """),
        Invariant(
            name: "lease_has_its_worker",
            // By the server's clock, as leases are: what a dead worker held is given back within thirty seconds.
            broken: """
                SELECT j.id::text AS id FROM jobs.job AS j
                WHERE j.lease_by IS NOT NULL AND NOT EXISTS (
                    SELECT FROM jobs.worker AS w WHERE w.id = j.lease_by AND w.lease_until > now() - interval '30 seconds')
                """),
    ]

    private static func deadlines(behind due: Instant) -> [Invariant] {
        [
            Invariant(
                name: "deadline_is_kept",
                broken: """
                    SELECT 'graph ' || id AS id FROM graphs.graph
                    WHERE status = 'suspended' AND purge_at <= \(due) AND purge_hold IS NULL AND NOT delete_protected
                    UNION ALL SELECT 'subscription ' || id::text FROM billing.subscription
                        WHERE status = 'past_due' AND grace_deadline <= \(due) OR status = 'unpaid' AND final_deadline <= \(due)
                    UNION ALL SELECT 'intent ' || id::text FROM billing.intent
                        WHERE state IN ('queued', 'in_flight', 'unknown') AND created_at <= \(due)
                    UNION ALL SELECT 'event ' || id::text FROM billing.inbound_event WHERE state = 'received' AND received_at <= \(due)
                    UNION ALL SELECT 'mail ' || id::text FROM notifications.mail
                        WHERE status IN ('queued', 'rendered', 'sending', 'deferred') AND queued_at <= \(due)
                    """)
        ]
    }
}
