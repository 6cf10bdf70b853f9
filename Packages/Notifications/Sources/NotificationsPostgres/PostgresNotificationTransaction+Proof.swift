internal import Billing
internal import Core
public import Graphs
internal import Identity
internal import IdleCancellation
internal import Notifications
internal import Orgs
internal import Postgres

extension PostgresNotificationTransaction {
    /// One statement for the owners and one for an end by idleness, both over what relays have accepted.
    public func noticeProof(for graph: Graph) async throws -> NoticeProof {
        let suspended = "\(GraphSuspended.topic)/\(graph.id)/"
        // Of this very day: an owner who was warned of another one does not know of it.
        let warned = graph.purgeAt.map { "\(WarnOfDeletion.kind)/\(graph.id)/\($0)/1" } ?? ""
        let owners = try await postgres.query(
            """
            SELECT min(m.sent_at) FILTER (WHERE m.template = 'graph_suspended' AND starts_with(m.decision, \(suspended))) AS suspension,
                max(m.sent_at) FILTER (WHERE m.template = 'deletion_warning' AND m.decision = \(warned)) AS last_warning
            FROM orgs.membership o
            JOIN identity.account a ON a.id = o.user_id AND a.status = 'active'
            LEFT JOIN notifications.accepted_mail m ON m.org_id = o.org_id AND m.queued_at >= \(graph.statusSince)
                AND (m.user_id = o.user_id OR m.recipient = lower(a.email))
            WHERE o.org_id = \(graph.org) AND o.role = 'owner' AND o.ended_at IS NULL
            GROUP BY o.user_id ORDER BY o.user_id
            """
        ).map { NoticeProof.Owner(suspension: try $0.decode("suspension"), lastWarning: try $0.decode("last_warning")) }
        return NoticeProof(owners: owners, idleEnd: try await idleEnd(of: graph))
    }

    private func idleEnd(of graph: Graph) async throws -> NoticeProof.IdleEnd {
        let rows = try await postgres.query(
            """
            SELECT EXISTS (SELECT FROM billing.idle_case c JOIN notifications.accepted_mail m ON m.org_id = c.org_id
                AND m.template = 'idle_cancel' AND starts_with(m.decision, 'idle_cancel/' || identity.id_text('icase', c.id) || '/')
                WHERE c.subscription_id = s.id AND c.period_start = (SELECT max(l.period_start) FROM billing.idle_case l
                    WHERE l.subscription_id = s.id AND l.decided_at IS NOT NULL)) AS told
            FROM billing.subscription s WHERE s.id = \(graph.subscription) AND s.status = 'canceled' AND s.cancellation_origin = 'idle'
            """)
        guard let row = rows.first else { return .none }
        return try row.decode("told") ? .told : .untold
    }
}
