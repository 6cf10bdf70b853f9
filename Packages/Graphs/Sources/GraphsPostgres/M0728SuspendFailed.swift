internal import Postgres

/// A graph in use whose newest subscription failed is as unpaid for as one whose subscription ended (OPS-100).
enum M0728SuspendFailed: Migration {
    static let id = "0728-graphs-suspend-failed"

    static let sql = #"""
        CREATE OR REPLACE FUNCTION graphs.due_graphs(at timestamptz, only_graph text)
        RETURNS TABLE (graph_id text, org_id uuid, step text, reason text) LANGUAGE plpgsql STABLE AS $body$
        BEGIN
            RETURN QUERY
            SELECT g.id, g.org_id,
                CASE g.status WHEN 'active' THEN 'suspend' ELSE 'purge' END,
                CASE WHEN g.status = 'suspended' THEN 'retention_ended' WHEN o.id IS NOT NULL THEN 'org_deleted'
                    ELSE 'subscription_ended' END
            FROM graphs.graph g
            LEFT JOIN orgs.org o ON o.id = g.org_id AND o.state IN ('deleted', 'purging', 'purged')
            WHERE (only_graph IS NULL OR g.id = only_graph) AND (
                (g.status = 'active' AND (o.id IS NOT NULL
                    OR EXISTS (SELECT FROM billing.subscription s
                        WHERE s.resource_type = 'graph' AND s.resource_id = g.id AND s.status IN ('canceled', 'failed') AND s.ends_at <= at)
                    AND NOT EXISTS (SELECT FROM billing.subscription s
                        WHERE s.resource_type = 'graph' AND s.resource_id = g.id AND s.closed_at IS NULL
                          AND NOT (s.status IN ('canceled', 'failed') AND s.ends_at <= at))))
                OR (g.status = 'suspended' AND g.purge_at <= at AND g.purge_hold IS NULL AND NOT g.delete_protected AND o.id IS NULL
                    AND NOT EXISTS (SELECT FROM billing.subscription s
                        WHERE s.resource_type = 'graph' AND s.resource_id = g.id AND s.closed_at IS NULL
                          AND NOT (s.status IN ('canceled', 'failed') AND s.ends_at <= at))));
        END
        $body$;
        """#
}
