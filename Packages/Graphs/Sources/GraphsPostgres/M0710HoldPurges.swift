internal import Audit
internal import AuditPostgres
internal import Graphs
internal import Postgres

/// A purge can be held, and one function says with which graphs something is to be done now (GRA-054, GRA-058).
enum M0710HoldPurges: Migration {
    static let id = "0710-graphs-hold-purges"

    static let sql =
        #"""
        ALTER TABLE graphs.graph ADD COLUMN purge_hold text CHECK (purge_hold ~ '\S'),
            ADD CONSTRAINT graph_hold_of_suspended CHECK (purge_hold IS NULL OR status = 'suspended');

        -- An equal instant counts as reached. Whoever pays again is neither closed nor destroyed; a deleted org's graphs wait for its own purge.
        CREATE FUNCTION graphs.due_graphs(at timestamptz, only_graph text)
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
                        WHERE s.resource_type = 'graph' AND s.resource_id = g.id AND s.status = 'canceled' AND s.ends_at <= at)
                    AND NOT EXISTS (SELECT FROM billing.subscription s
                        WHERE s.resource_type = 'graph' AND s.resource_id = g.id AND s.closed_at IS NULL
                          AND NOT (s.status = 'canceled' AND s.ends_at <= at))))
                OR (g.status = 'suspended' AND g.purge_at <= at AND g.purge_hold IS NULL AND NOT g.delete_protected AND o.id IS NULL
                    AND NOT EXISTS (SELECT FROM billing.subscription s
                        WHERE s.resource_type = 'graph' AND s.resource_id = g.id AND s.closed_at IS NULL
                          AND NOT (s.status = 'canceled' AND s.ends_at <= at))));
        END
        $body$;
        REVOKE ALL ON FUNCTION graphs.due_graphs(timestamptz, text) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION graphs.due_graphs(timestamptz, text) TO trellis_system, trellis_app;
        """# + AuditSchema.register(GraphAuditTypes.holds)
}
