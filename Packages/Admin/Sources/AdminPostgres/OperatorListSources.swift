internal import Admin
internal import Graphs
internal import Postgres

/// The statements behind the lists: each gives a column for every field, `at` to sort by, and no more.
enum OperatorListSources {
    /// A statement, and what holds as long as nobody asks for states.
    struct Source: Sendable {
        let select: Statement
        var atRest: Statement?
    }

    static let all: [String: Source] = people.merging(billing) { $1 }.merging(money) { $1 }.merging(provider) { $1 }.merging(graphs) { $1 }
        .merging(work) { $1 }.merging(messages) { $1 }

    private static let people: [String: Source] = [
        "users": Source(
            select: """
                SELECT id, email, name, status, email_verified_at IS NOT NULL AS email_verified, created_at, deletion_requested_at, purge_at,
                    created_at AS at FROM identity.account
                """),
        "memberships": Source(select: "SELECT id, org_id, user_id, role, joined_at, ended_at, joined_at AS at FROM orgs.membership"),
        "user-sessions": Source(
            select: """
                SELECT id, user_id, network, client_family AS client, to_jsonb(methods) AS methods, created_at, last_active_at, revoked_at,
                    revoke_reason, created_at AS at FROM identity.session
                """),
        "api-keys": Source(
            select: """
                SELECT id, user_id, name, prefix, to_jsonb(scopes) AS scopes, org_id, created_at, last_active_at, expires_at, revoked_at,
                    created_at AS at FROM identity.api_key
                """),
        "passkeys": Source(
            select: "SELECT id, user_id, name, created_at, last_used_at, removed_at, created_at AS at FROM identity.passkey"),
        "graph-grants": Source(
            select: """
                SELECT graph_id || '/' || user_id AS id, graph_id, user_id, org_id, role, granted_at, granted_at AS at FROM graphs.graph_grant
                """),
    ]

    private static let billing: [String: Source] = [
        "billing/customers": Source(
            select: """
                SELECT c.org_id AS id, c.provider_customer_id AS provider_id, c.billing_email, c.invoice_billing_enabled AS invoice_billing,
                    c.payment_terms, c.currency, c.disputed, c.delinquent_since, coalesce(o.overdue, 0)::bigint AS overdue,
                    coalesce(o.overdue, 0) > 0 AS is_overdue, c.created_at, c.created_at AS at
                FROM billing.customer AS c LEFT JOIN LATERAL (
                    SELECT sum(i.amount_due - i.amount_paid) AS overdue FROM billing.invoice AS i
                    WHERE i.org_id = c.org_id AND i.status = 'open' AND i.overdue_at IS NOT NULL) AS o ON true
                """),
        "billing/methods": Source(
            select: """
                SELECT provider_method_id AS id, org_id, type, brand, last4, expiry_month || '/' || expiry_year AS expires, is_default, state,
                    synced_at, synced_at AS at FROM billing.payment_method
                """),
        "billing/subscriptions": Source(
            select: """
                SELECT id, org_id, plan_key AS plan, resource_type, resource_id, subscriber_id, status, provider_sync,
                    provider_subscription_id AS provider_id, backing_kind AS backing, period_start, period_end, canceled_at, ends_at, closed_at,
                    cancellation_type, cancellation_origin, cancellation_reason, failure, created_at, updated_at, version, created_at AS at
                FROM billing.subscription
                """),
        "billing/pools": Source(
            select: """
                SELECT p.id, p.org_id, p.subscription_id, p.scope, p.resource_id, p.subscriber_id, p.balance, p.allocation, p.window_start,
                    p.window_end, p.allocated_at, p.closed_at, p.created_at, p.created_at AS at, p.allocated_at IS NOT NULL AS is_allocated,
                    p.balance = (SELECT coalesce(sum(t.amount), 0) FROM billing.credit_transaction AS t
                        WHERE t.org_id = p.org_id AND t.pool_id = p.id) AS sums_up
                FROM billing.credit_pool AS p
                """),
        "billing/pool-entries": Source(
            select: """
                SELECT id, pool_id, org_id, seq, type, amount, balance_after, description, created_at, created_at AS at
                FROM billing.credit_transaction
                """),
    ]

    private static let money: [String: Source] = [
        "billing/reports": Source(
            select: """
                SELECT to_char(month, 'YYYY-MM') AS id, stored_at, orgs, graphs, average_bytes, credits_granted, credits_used, lines,
                    month::timestamp AT TIME ZONE 'UTC' AS at FROM operations.monthly_report
                """),
        "billing/invoices": Source(
            select: """
                SELECT id, org_id, kind, number, provider_invoice_id AS provider_id, subscription_id, status, currency, total, amount_due,
                    amount_paid, applied_credit, due_date, overdue_at, status = 'open' AND overdue_at IS NOT NULL AS is_overdue, paid_at,
                    void_reason, created_at, created_at AS at FROM billing.invoice
                """),
        "billing/invoice-lines": Source(
            select: """
                SELECT l.invoice_id || '/' || l.position AS id, l.invoice_id, l.position::bigint AS position, l.kind, l.description, l.quantity,
                    l.amount, i.created_at AS at FROM billing.invoice_line AS l JOIN billing.invoice AS i ON i.id = l.invoice_id
                """),
        "billing/payments": Source(
            select: """
                SELECT p.provider_payment_id AS id, p.org_id, p.invoice_id, p.amount, p.currency, p.seen_at, p.seen_at AS at,
                    (SELECT coalesce(sum(r.amount), 0) FROM billing.refund AS r
                        WHERE r.provider_payment_id = p.provider_payment_id AND r.status IN ('pending', 'succeeded'))::bigint AS refunded
                FROM billing.collected_payment AS p
                """),
        "billing/recorded-payments": Source(
            select: """
                SELECT id, org_id, invoice_id, amount, currency, method, reference, received_at, created_at AS at FROM billing.recorded_payment
                """),
        "billing/refunds": Source(
            select: """
                SELECT id, org_id, subscription_id, invoice_id, provider_payment_id AS payment_id, provider_refund_id AS provider_id, intent_id,
                    amount, currency, status, reason, created_at, created_at AS at FROM billing.refund
                """),
        "billing/credits": Source(
            select: """
                SELECT c.id, c.org_id, c.amount, c.currency, c.source, c.reason, c.issued_by, c.expires_at, c.created_at, c.created_at AS at,
                    (SELECT coalesce(sum(e.amount), 0) FROM billing.account_credit_entry AS e
                        WHERE e.org_id = c.org_id AND e.credit_id = c.id)::bigint AS remaining
                FROM billing.account_credit AS c
                """),
        "billing/credit-entries": Source(
            select: """
                SELECT id, org_id, credit_id, kind, home, amount, balance_after, invoice_id, reason, actor, created_at, created_at AS at
                FROM billing.account_credit_entry
                """),
        "billing/disputes": Source(
            select: """
                SELECT id, org_id, invoice_id, provider_payment_id AS payment_id, provider_dispute_id AS provider_id, amount, currency, reason,
                    status, opened_at, closed_at, opened_at AS at FROM billing.dispute
                """),
    ]

    private static let provider: [String: Source] = [
        "billing/intents": Source(
            select: """
                SELECT id, org_id, object, kind, state, generation::bigint AS generation, attempts::bigint AS attempts, refusal, first_sent_at,
                    command, result, exchanges, created_at, created_at AS at FROM billing.intent
                """),
        "billing/events": Source(
            select: """
                SELECT id, provider_event_id AS provider_id, type, object_id, livemode, pulled, state, outcome, park_reason,
                    assigned_org_id, assigned_subscription_id,
                    CASE park_reason WHEN 'wrong_mode' THEN 'correct the webhook secret; the event itself is of no use here'
                        WHEN 'undecodable' THEN 'look at the stored body; process it again after an update'
                        WHEN 'forbidden_transition' THEN 'compare the subscription with the provider, and process it again'
                        WHEN 'unresolved' THEN 'find out whose object it is; assign it, or process it again once a row names it'
                        WHEN 'provider_down' THEN 'process it again now that the provider answers'
                        WHEN 'unknown_word' THEN 'process it again after an update'
                        WHEN 'foreign_price' THEN 'set one of our prices there, and process it again' END AS suggested_action,
                    raw_references AS references, created_at AS occurred_at, received_at, settled_at, received_at AS at
                FROM billing.inbound_event
                """),
        "billing/drift": Source(
            select: """
                SELECT id, org_id, subscription_id, object_id, category, severity, ours, theirs, state, found_at, closed_at, found_at AS at
                FROM billing.drift_item
                """),
        "billing/decisions": Source(
            select: """
                SELECT id, org_id, subscription_id, source, outcome, is_verdict, threshold, rule_version::bigint AS rule_version, facts, at
                FROM billing.idle_evaluation
                """),
        "billing/idle-cases": Source(
            select: """
                SELECT id, org_id, subscription_id, evaluation_id, state, ends_at, via, note, last_activity_at, created_at, created_at AS at
                FROM billing.idle_case
                """),
    ]

    private static let graphs: [String: Source] = [
        "graphs": Source(
            select: """
                SELECT g.id, g.org_id, g.name, g.tier, g.status, g.status_since, g.status_reason, g.mode, g.host_id, g.subscription_id,
                    m.bytes, b.last_backup_at, g.purge_at, g.purge_hold, g.delete_protected, o.step, coalesce(o.phase = 'stuck', false) AS stranded,
                    g.created_at, g.created_at AS at
                FROM graphs.graph AS g LEFT JOIN graphs.storage_sample AS m ON m.graph_id = g.id
                LEFT JOIN LATERAL (SELECT max(completed_at) AS last_backup_at FROM graphs.graph_backup
                    WHERE graph_id = g.id AND status = 'completed') AS b ON true
                LEFT JOIN LATERAL (SELECT p.message AS step, p.phase FROM operations.operation AS p
                    WHERE p.graph_id = g.id AND p.ended_at IS NULL ORDER BY p.created_at DESC LIMIT 1) AS o ON true
                """),
        "graph-hosts": Source(
            select: """
                SELECT h.id, h.name, to_jsonb(h.tiers) AS tiers, h.slots::bigint AS slots, s.free AS free_slots, s.occupied AS occupied_slots,
                    h.state, h.last_healthy_at, h.failures_in_a_row::bigint AS failures_in_a_row, h.server_version, s.bytes,
                    h.storage_budget_bytes AS storage_budget, h.created_at, h.created_at AS at
                FROM graphs.graph_host AS h CROSS JOIN LATERAL (
                    SELECT count(*) FILTER (WHERE t.state = 'free') AS free, count(*) FILTER (WHERE t.state = 'occupied') AS occupied,
                        coalesce(sum(m.bytes), 0)::bigint AS bytes
                    FROM graphs.host_slot AS t LEFT JOIN graphs.storage_sample AS m ON m.graph_id = t.graph_id WHERE t.host_id = h.id) AS s
                """),
        "orphans": Source(
            select: """
                SELECT f.finding_id AS id, f.kind, f.place, f.object, f.bytes, f.graph_id, f.evidence, f.state, f.sightings::bigint AS sightings,
                    f.kind = ANY (\(kinds(of: \.isCritical))) AS is_critical, \(fragment: proposals) AS proposal,
                    p.amount AS monthly_cost, p.currency, (f.ordered_by ->> 'id')::uuid AS ordered_by, f.order_reason, f.ordered_at,
                    f.archived_at AS backed_up_at, f.archive ->> 'objectKey' AS backup_object, f.failure, f.first_seen_at, f.last_seen_at,
                    f.ended_at, f.first_seen_at AS at
                FROM graphs.orphan_finding AS f LEFT JOIN graphs.graph AS g ON g.id = f.graph_id
                    LEFT JOIN graphs.graph_host AS h ON h.name = f.place
                    LEFT JOIN LATERAL (
                        SELECT c.amount, c.currency FROM billing.plan_price AS c
                        WHERE c.plan_key = coalesce(g.tier, h.tiers[1]) AND c.interval = 'monthly' AND f.kind = ANY (\(kinds(of: \.occupiesRoom)))
                        ORDER BY c.plan_version DESC, c.currency LIMIT 1) AS p ON true
                """, atRest: "state = 'open'"),
        "backups": Source(
            select: """
                SELECT id, graph_id, org_id, initiator, status, created_at, completed_at, verified_at, expires_at, created_at AS at
                FROM graphs.graph_backup
                """),
        "repositories": Source(
            select: """
                SELECT r.id, r.name, r.description, r.created_at, r.created_at AS at, (SELECT count(*) FROM graphs.repository_grant AS g
                    WHERE g.repository_id = r.id AND g.state <> 'revoked') AS seats FROM graphs.repository AS r
                """),
    ]

    private static let work: [String: Source] = [
        "operations": Source(
            select: """
                SELECT id, kind, org_id, graph_id, started_by, status, phase, percent::bigint AS percent, message, steps, failure, created_at,
                    ended_at, created_at AS at FROM operations.operation
                """),
        "jobs": Source(
            select: """
                SELECT j.id::text AS id, k.name AS kind, \(fragment: lane) AS lane, j.state, j.org AS org_id, j.saga_id,
                    j.attempt::bigint AS attempt, j.created_at, j.run_at, j.ended_at, j.reason, j.trace, j.requeued_as::text AS requeued_as,
                    j.args AS payload, coalesce(j.ended_at, j.run_at) AS at, j.max_attempts::bigint AS max_attempts,
                    j.crash_count::bigint AS crashes, encode(j.unique_key, 'hex') AS key, j.origin AS cause,
                    split_part(left(CASE WHEN j.ended_at IS NULL
                        THEN (SELECT e.error FROM jobs.job_error AS e WHERE e.job_id = j.id ORDER BY e.at DESC, e.attempt DESC LIMIT 1)
                        ELSE j.reason END, 200), E'\\n', 1) AS error
                FROM (
                    SELECT id, kind_id, lane, CASE WHEN lease_by IS NULL THEN 'waiting' ELSE 'running' END AS state, org, saga_id, attempt,
                        created_at, run_at, NULL::timestamptz AS ended_at, NULL::text AS reason, trace, NULL::bigint AS requeued_as, args,
                        max_attempts, crash_count, unique_key, origin FROM jobs.job
                    UNION ALL
                    SELECT id, kind_id, lane, CASE WHEN requeued_as IS NOT NULL THEN 'requeued' WHEN discarded_because IS NOT NULL THEN 'discarded'
                        ELSE 'dead' END, org, saga_id, attempt, created_at, run_at, died_at, reason, trace, requeued_as, args,
                        max_attempts, crash_count, unique_key, origin FROM jobs.job_dead
                    UNION ALL
                    SELECT id, kind_id, lane, CASE outcome WHEN 1 THEN 'done' ELSE 'canceled' END, org, saga_id, attempt, created_at, run_at,
                        finished_at, reason, NULL, NULL, args, NULL, NULL, NULL, NULL FROM jobs.job_history
                ) AS j JOIN jobs.kind AS k ON k.id = j.kind_id
                """, atRest: "state IN ('waiting', 'running', 'dead')"),
        "job-errors": Source(
            select: """
                SELECT job_id || '/' || attempt || '/' || extract(epoch FROM at) AS id, job_id::text AS job_id, attempt::bigint AS attempt, at,
                    error FROM jobs.job_error
                """),
        "sagas": Source(
            select: """
                SELECT id, kind, key, state, is_undoing, step::bigint AS step, first_error, stuck_because, created_at, updated_at, ended_at,
                    created_at AS at FROM jobs.saga
                """),
        "saga-steps": Source(
            select: """
                SELECT p.saga_id || '/' || p.sequence AS id, p.saga_id, p.sequence::bigint AS sequence, p.name, p.state, p.is_compensable,
                    p.is_pivot, p.error, p.ended_at, s.created_at AS at FROM jobs.saga_step AS p JOIN jobs.saga AS s ON s.id = p.saga_id
                """),
        "nodes": Source(
            select: """
                SELECT w.id::text AS id, w.process, w.started_at, w.lease_until, w.is_draining, w.started_at AS at,
                    (SELECT coalesce(jsonb_agg(jsonb_build_object('role', l.role, 'term', l.term)), '[]') FROM jobs.leader AS l
                        WHERE l.holder = w.id AND l.until > now()) AS leads
                FROM jobs.worker AS w
                """),
        "approvals": Source(
            select: """
                SELECT id, operation, status, cause, asked_by, reason, target, body, effects, asked_at, expires_at, decided_by, decided_at,
                    decided_because, ended_at, asked_at AS at FROM admin.approval
                """),
        "migrations": Source(select: "SELECT id, applied_at, applied_at AS at FROM trellis.schema_migration"),
    ]

    private static let messages: [String: Source] = [
        "mails": Source(
            select: """
                SELECT m.id, m.template, m.class, m.address, m.user_id, m.org_id, c.evaluation_id, m.status, m.attempts::bigint AS attempts,
                    encode(m.content_hash, 'hex') AS content_hash, m.relay, m.queue_id, m.bounces::bigint AS bounces, m.note, m.reason, m.queued_at,
                    m.sent_at, m.queued_at AS at
                FROM notifications.mail AS m LEFT JOIN billing.idle_case AS c ON c.org_id = m.org_id
                    AND m.template IN ('idle_cancel', 'subscription_kept', 'keep_failed')
                    AND split_part(m.decision, '/', 2) = identity.id_text('icase', c.id)
                """),
        "webhook-endpoints": Source(
            select: """
                SELECT id, org_id, url, description, to_jsonb(types) AS types, is_ordered, status, disabled_because, failing_since, created_at,
                    created_at AS at FROM notifications.webhook_endpoint
                """),
        "webhook-deliveries": Source(
            select: """
                SELECT d.message_id AS id, d.endpoint_id, d.org_id, m.type, m.object, d.status, d.attempts::bigint AS attempts,
                    d.replays::bigint AS replays, d.next_at, d.delivered_at, d.created_at, d.created_at AS at
                FROM notifications.webhook_delivery AS d JOIN notifications.webhook_message AS m ON m.org_id = d.org_id AND m.id = d.message_id
                """),
    ]

    private static let lane: Statement = """
        CASE j.lane WHEN 1 THEN 'money' WHEN 2 THEN 'webhooks' WHEN 3 THEN 'lifecycle' WHEN 4 THEN 'mail' ELSE 'maintenance' END
        """

    private static func kinds(of holds: (OrphanFinding.Kind) -> Bool) -> [String] {
        OrphanFinding.Kind.allCases.filter(holds).map(\.rawValue)
    }

    /// What is proposed for a finding, by its kind.
    private static var proposals: Statement {
        var words: Statement = "CASE f.kind"
        for kind in OrphanFinding.Kind.allCases { words += " WHEN \(kind.rawValue) THEN \(kind.proposal)" }
        return words + " END"
    }
}
