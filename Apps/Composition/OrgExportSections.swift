internal import Core
internal import Orgs
internal import OrgsPostgres
internal import Postgres

/// What the packages above Orgs add to an export: one section for each thing that they keep for an org (ORG-102).
///
/// Each statement names the columns that leave. Secrets, hashes, links that open something without a sign-in, and what a mail said stay (ORG-104).
struct OrgExportSections: ExportContributor {
    func write(_ org: Org.ID, to sink: any ExportSink, in transaction: AppTransaction) async throws {
        for (section, statement) in Self.statements(of: org.description) {
            // What an org that was taken over brought along is older than all that was added here.
            try await transaction.keptRows(of: section, for: org) { try await sink.write($0, to: section) }
            for row in try await transaction.postgres.query(statement) {
                try await sink.write(try row.decode("body", as: JSONValue.self), to: section)
            }
        }
    }

    /// The sections with their statements, in the order of the file; none for a text that is no id.
    static func statements(of text: String) -> [(section: String, statement: Statement)] {
        guard let org = Org.ID(text) else { return [] }
        return sold(to: org) + watched(of: org) + credited(to: org) + hosted(for: org) + done(for: org)
    }

    /// How plans and seats changed, what graphs took, and why subscriptions that nobody used ended or went on.
    private static func watched(of org: Org.ID) -> [(String, Statement)] {
        [
            (
                "idle_evaluations",
                """
                SELECT jsonb_build_object('id', e.id, 'subscription_id', e.subscription_id, 'source', e.source, 'period_start', e.period_start,
                    'threshold', e.threshold, 'rule_version', e.rule_version, 'outcome', e.outcome, 'at', e.at) AS body
                FROM billing.idle_evaluation e WHERE e.org_id = \(org) ORDER BY e.at, e.id
                """
            ),
            (
                "plan_changes",
                """
                SELECT jsonb_build_object('id', p.id, 'subscription_id', p.subscription_id, 'from_plan', p.from_plan,
                    'from_version', p.from_version, 'to_plan', p.to_plan, 'to_version', p.to_version, 'requested_by', p.requested_by,
                    'state', p.state, 'created_at', p.created_at, 'ended_at', p.ended_at) AS body
                FROM billing.plan_change p WHERE p.org_id = \(org) ORDER BY p.created_at, p.id
                """
            ),
            (
                "repository_seats",
                """
                SELECT jsonb_build_object('repository_id', r.repository_id, 'user_id', r.user_id, 'subscription_id', r.subscription_id,
                    'plan', r.plan, 'access', r.access, 'state', r.state, 'cause', r.cause, 'expires_at', r.expires_at,
                    'created_at', r.created_at) AS body
                FROM graphs.repository_grant r WHERE r.org_id = \(org) ORDER BY r.created_at, r.id
                """
            ),
            (
                "storage_days",
                """
                SELECT jsonb_build_object('graph_id', d.graph_id, 'day', d.day, 'measures', d.measures, 'byte_maximum', d.byte_maximum,
                    'byte_average', round(d.byte_sum / d.measures)) AS body
                FROM graphs.storage_day d WHERE d.org_id = \(org) ORDER BY d.day, d.graph_id
                """
            ),
            (
                "idle_cases",
                """
                SELECT jsonb_build_object('id', i.id, 'subscription_id', i.subscription_id, 'resource_id', i.resource_id,
                    'period_start', i.period_start, 'period_end', i.period_end, 'threshold', i.threshold,
                    'last_activity_at', i.last_activity_at, 'state', i.state, 'ends_at', i.ends_at, 'via', i.via) AS body
                FROM billing.idle_case i WHERE i.org_id = \(org) ORDER BY i.period_start, i.id
                """
            ),
        ]
    }

    private static func sold(to org: Org.ID) -> [(String, Statement)] {
        [
            (
                "settings",
                """
                SELECT jsonb_build_object('billing_email', c.billing_email, 'contact_name', c.contact_name, 'address', c.address,
                    'tax_id', c.tax_id, 'currency', c.currency, 'invoice_billing_enabled', c.invoice_billing_enabled,
                    'payment_terms', c.payment_terms, 'provider_customer_id', c.provider_customer_id, 'created_at', c.created_at) AS body
                FROM billing.customer c WHERE c.org_id = \(org)
                """
            ),
            (
                "payment_methods",
                """
                SELECT jsonb_build_object('type', p.type, 'brand', p.brand, 'last4', p.last4, 'expiry_month', p.expiry_month,
                    'expiry_year', p.expiry_year, 'is_default', p.is_default, 'state', p.state) AS body
                FROM billing.payment_method p WHERE p.org_id = \(org) ORDER BY p.provider_method_id
                """
            ),
            (
                "subscriptions",
                """
                SELECT jsonb_build_object('id', s.id, 'resource_type', s.resource_type, 'resource_id', s.resource_id,
                    'subscriber_id', s.subscriber_id, 'plan', s.plan_key, 'plan_version', s.plan_version, 'interval', s.interval,
                    'currency', s.currency, 'configuration', s.configuration, 'status', s.status,
                    'provider_subscription_id', s.provider_subscription_id, 'started_at', s.started_at, 'period_start', s.period_start,
                    'period_end', s.period_end, 'canceled_at', s.canceled_at, 'ends_at', s.ends_at,
                    'cancellation_origin', s.cancellation_origin, 'cancellation_reason', s.cancellation_reason,
                    'created_at', s.created_at) AS body
                FROM billing.subscription s WHERE s.org_id = \(org) ORDER BY s.created_at, s.id
                """
            ),
            (
                "invoices",
                """
                SELECT jsonb_build_object('id', i.id, 'kind', i.kind, 'subscription_id', i.subscription_id, 'number', i.number,
                    'provider_invoice_id', i.provider_invoice_id, 'currency', i.currency, 'subtotal', i.subtotal, 'total', i.total,
                    'amount_due', i.amount_due, 'amount_paid', i.amount_paid, 'status', i.status, 'period_start', i.period_start,
                    'period_end', i.period_end, 'due_date', i.due_date, 'paid_at', i.paid_at, 'created_at', i.created_at,
                    'lines', (SELECT coalesce(jsonb_agg(jsonb_build_object('description', l.description, 'quantity', l.quantity,
                            'amount', l.amount, 'period_start', l.period_start, 'period_end', l.period_end) ORDER BY l.position), '[]')
                        FROM billing.invoice_line l WHERE l.invoice_id = i.id)) AS body
                FROM billing.invoice i WHERE i.org_id = \(org) ORDER BY i.created_at, i.id
                """
            ),
        ]
    }

    private static func credited(to org: Org.ID) -> [(String, Statement)] {
        [
            (
                "account_credits",
                """
                SELECT jsonb_build_object('id', c.id, 'currency', c.currency, 'amount', c.amount, 'source', c.source, 'reason', c.reason,
                    'expires_at', c.expires_at, 'created_at', c.created_at,
                    'entries', (SELECT coalesce(jsonb_agg(jsonb_build_object('kind', e.kind, 'home', e.home, 'amount', e.amount,
                            'balance_after', e.balance_after, 'invoice_id', e.invoice_id, 'created_at', e.created_at) ORDER BY e.seq), '[]')
                        FROM billing.account_credit_entry e WHERE e.org_id = c.org_id AND e.credit_id = c.id)) AS body
                FROM billing.account_credit c WHERE c.org_id = \(org) ORDER BY c.created_at, c.id
                """
            ),
            (
                "credit_pools",
                """
                SELECT jsonb_build_object('id', p.id, 'resource_id', p.resource_id, 'subscriber_id', p.subscriber_id, 'balance', p.balance,
                    'allocation', p.allocation, 'window_start', p.window_start, 'window_end', p.window_end,
                    'transactions', (SELECT coalesce(jsonb_agg(jsonb_build_object('type', t.type, 'amount', t.amount,
                            'balance_after', t.balance_after, 'operation_type', t.operation_type, 'description', t.description,
                            'user_id', t.user_id, 'created_at', t.created_at) ORDER BY t.seq), '[]')
                        FROM billing.credit_transaction t WHERE t.org_id = p.org_id AND t.pool_id = p.id)) AS body
                FROM billing.credit_pool p WHERE p.org_id = \(org) ORDER BY p.created_at, p.id
                """
            ),
            (
                "payments",
                """
                SELECT jsonb_build_object('id', p.id, 'invoice_id', p.invoice_id, 'amount', p.amount, 'currency', p.currency,
                    'method', p.method, 'reference', p.reference, 'received_at', p.received_at) AS body
                FROM billing.recorded_payment p WHERE p.org_id = \(org) ORDER BY p.received_at, p.id
                """
            ),
            (
                "refunds",
                """
                SELECT jsonb_build_object('id', r.id, 'invoice_id', r.invoice_id, 'provider_refund_id', r.provider_refund_id,
                    'amount', r.amount, 'currency', r.currency, 'reason', r.reason, 'status', r.status, 'created_at', r.created_at) AS body
                FROM billing.refund r WHERE r.org_id = \(org) ORDER BY r.created_at, r.id
                """
            ),
            (
                "disputes",
                """
                SELECT jsonb_build_object('id', d.id, 'invoice_id', d.invoice_id, 'provider_dispute_id', d.provider_dispute_id,
                    'amount', d.amount, 'currency', d.currency, 'reason', d.reason, 'status', d.status, 'opened_at', d.opened_at,
                    'closed_at', d.closed_at) AS body
                FROM billing.dispute d WHERE d.org_id = \(org) ORDER BY d.opened_at, d.id
                """
            ),
        ]
    }

    private static func hosted(for org: Org.ID) -> [(String, Statement)] {
        [
            (
                "graph_schemas",
                """
                SELECT jsonb_build_object('graph_id', g.id, 'kind', g.kind, 'description', g.description, 'tags', to_jsonb(g.tags),
                    'extensions', to_jsonb(g.extensions), 'custom_schema', g.custom_schema, 'initial_entity', g.initial_entity,
                    'status', g.status, 'status_since', g.status_since, 'created_by', g.created_by, 'parent_id', g.parent_id,
                    'subgraph_index', g.subgraph_index, 'subgraph_type', g.subgraph_type, 'metadata', g.metadata,
                    'grants', (SELECT coalesce(jsonb_agg(jsonb_build_object('user_id', p.user_id, 'role', p.role, 'granted_at', p.granted_at)
                        ORDER BY p.granted_at, p.user_id), '[]') FROM graphs.graph_grant p WHERE p.graph_id = g.id),
                    'logins', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'access', k.access, 'label', k.label,
                        'created_at', k.created_at, 'revoked_at', k.revoked_at) ORDER BY k.created_at, k.id), '[]')
                        FROM graphs.graph_credential k WHERE k.graph_id = g.id)) AS body
                FROM graphs.graph g WHERE g.org_id = \(org) ORDER BY g.created_at, g.id
                """
            ),
            (
                "backups",
                """
                SELECT jsonb_build_object('id', b.id, 'graph_id', b.graph_id, 'initiator', b.initiator, 'status', b.status,
                    'created_at', b.created_at, 'completed_at', b.completed_at, 'verified_at', b.verified_at, 'expires_at', b.expires_at) AS body
                FROM graphs.graph_backup b WHERE b.org_id = \(org) ORDER BY b.created_at, b.id
                """
            ),
        ]
    }

    private static func done(for org: Org.ID) -> [(String, Statement)] {
        [
            (
                "operations",
                """
                SELECT jsonb_build_object('id', o.id, 'kind', o.kind, 'graph_id', o.graph_id, 'started_by', o.started_by, 'status', o.status,
                    'percent', o.percent, 'message', o.message, 'created_at', o.created_at, 'started_at', o.started_at,
                    'ended_at', o.ended_at) AS body
                FROM operations.operation o WHERE o.org_id = \(org) ORDER BY o.created_at, o.id
                """
            ),
            (
                "notices",
                """
                SELECT jsonb_build_object('id', m.id, 'template', m.template, 'class', m.class, 'user_id', m.user_id, 'status', m.status,
                    'queued_at', m.queued_at, 'sent_at', m.sent_at) AS body
                FROM notifications.mail m WHERE m.org_id = \(org) ORDER BY m.queued_at, m.id
                """
            ),
        ]
    }
}
