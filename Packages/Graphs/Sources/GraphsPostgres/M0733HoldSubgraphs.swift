internal import Audit
internal import AuditPostgres
internal import Graphs
internal import Postgres

/// Subgraphs are graphs under a parent, whose id theirs begins with; nothing is paid for them, and they have no slot (GRA-070 to GRA-074).
enum M0733HoldSubgraphs: Migration {
    static let id = "0733-graphs-hold-subgraphs"

    static var sql: String { columns + rules + due + AuditSchema.register(GraphAuditTypes.subgraphs) }

    private static let columns = #"""
        ALTER TABLE graphs.graph
            DROP CONSTRAINT graph_id_check,
            ADD CONSTRAINT graph_id_form CHECK (id ~ '^kg[0-9a-f]{16,40}(_[0-9a-z]{1,20})?$' AND length(id) <= 52),
            ADD COLUMN parent_id text GENERATED ALWAYS AS (CASE WHEN strpos(id, '_') > 0 THEN split_part(id, '_', 1) END) STORED,
            ADD COLUMN subgraph_index integer CHECK (subgraph_index > 0),
            ADD COLUMN subgraph_type text CHECK (subgraph_type IN ('empty', 'knowledge', 'static')),
            ADD COLUMN metadata jsonb,
            ADD CONSTRAINT graph_subgraph_parts CHECK (num_nonnulls(parent_id, subgraph_index, subgraph_type) IN (0, 3)
                AND (metadata IS NULL OR parent_id IS NOT NULL)),
            ADD CONSTRAINT graph_subgraph_unpaid CHECK (parent_id IS NULL
                OR (subscription_id IS NULL AND purge_at IS NULL AND host_id IS NOT NULL)),
            ADD CONSTRAINT graph_parent_of_same_org FOREIGN KEY (org_id, parent_id) REFERENCES graphs.graph (org_id, id);
        CREATE UNIQUE INDEX graph_by_parent ON graphs.graph (parent_id, subgraph_index) WHERE parent_id IS NOT NULL;
        GRANT DELETE ON graphs.graph TO trellis_system;

        """#

    private static let rules = #"""
        CREATE OR REPLACE FUNCTION graphs.keep_graph() RETURNS trigger LANGUAGE plpgsql AS $body$
        BEGIN
            -- Of a subgraph that never came to be nothing is left, and nothing names it.
            IF OLD.parent_id IS NOT NULL AND OLD.status = 'provisioning' THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION 'graphs are kept for ever, so that no id is given out twice'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'graph_kept';
        END
        $body$;

        """#

    private static let due = #"""
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
            WHERE (only_graph IS NULL OR g.id = only_graph) AND g.parent_id IS NULL AND (
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
