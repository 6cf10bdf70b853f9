internal import Audit
internal import Billing
public import Core
public import Graphs
internal import Identity
internal import Orgs
internal import Postgres

extension PostgresGraphStore {
    /// Every pair of records in one statement; what began, or came to its state, after the instant is left out.
    public func unpairedRecords(settledBefore instant: Instant) async throws -> [RecordFinding] {
        try await client.query(
            """
            WITH settled AS MATERIALIZED (
                SELECT g.id, g.org_id, g.status, g.subscription_id, g.host_id FROM graphs.graph g
                WHERE g.parent_id IS NULL AND g.created_at <= \(instant) AND g.status_since <= \(instant)
                    AND NOT EXISTS (SELECT FROM operations.operation o WHERE o.graph_id = g.id AND o.ended_at IS NULL)
            )
            SELECT 'slot' AS kind, g.id AS graph, h.id AS host, NULL::uuid AS subject, h.name || '/' || s.number AS object
            FROM graphs.host_slot s JOIN settled g ON g.id = s.graph_id JOIN graphs.graph_host h ON h.id = s.host_id
            WHERE g.status IN ('deprovisioned', 'failed')
            UNION ALL
            SELECT 'missing_slot', g.id, g.host_id, NULL, g.id FROM settled g
            WHERE g.status IN ('active', 'suspended')
                AND NOT EXISTS (SELECT FROM graphs.host_slot s WHERE s.graph_id = g.id AND s.host_id = g.host_id)
            UNION ALL
            SELECT 'unpaid_graph', g.id, g.host_id, s.id, g.id FROM settled g JOIN billing.subscription s ON s.id = g.subscription_id
            WHERE g.status = 'active' AND s.closed_at <= \(instant)
            UNION ALL
            SELECT 'unserved_subscription', g.id, NULL, s.id, NULL FROM billing.subscription s JOIN settled g ON g.id = s.resource_id
            WHERE s.resource_type = 'graph' AND s.started_at <= \(instant) AND s.closed_at IS NULL
                AND g.status IN ('deprovisioned', 'failed')
            UNION ALL
            SELECT 'stray_grant', g.id, NULL, p.user_id, NULL FROM graphs.graph_grant p JOIN settled g ON g.id = p.graph_id
            WHERE p.granted_at <= \(instant) AND g.status NOT IN ('deprovisioned', 'failed')
                AND NOT EXISTS (SELECT FROM identity.org_membership m WHERE m.org_id = g.org_id AND m.user_id = p.user_id)
            ORDER BY kind, graph, subject
            """, scope: .system
        ).map { row in
            let (kind, graph): (OrphanFinding.Kind, GraphID) = (try GraphRow.word(row, "kind"), try GraphRow.text(row, "graph"))
            var references = AuditReferences(AuditReference(graph))
            if let host = try row.decode("host", as: GraphHost.ID?.self) { references = references.adding(AuditReference(host)) }
            var object = try row.decode("object", as: String?.self) ?? graph.description
            switch kind {
            case .unpaidGraph:
                references = references.adding(AuditReference(try row.decode("subject", as: Subscription.ID.self)))
            case .unservedSubscription:
                let subscription: Subscription.ID = try row.decode("subject")
                object = subscription.description
                references = references.adding(AuditReference(subscription))
            case .strayGrant:
                object = "\(graph)/\(try row.decode("subject", as: User.ID.self))"
            default: break
            }
            return RecordFinding(
                finding: OrphanFinding(kind: kind, place: RecordFinding.place, object: object, bytes: nil, graph: graph),
                references: references)
        }
    }
}
