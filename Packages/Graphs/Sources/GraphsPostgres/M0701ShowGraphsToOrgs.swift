internal import Postgres

/// Fills the views by which Orgs reads of graphs (ORG-122), where Orgs' schema is there.
enum M0701ShowGraphsToOrgs: Migration {
    static let id = "0701-graphs-show-graphs-to-orgs"

    static let sql = #"""
        DO $body$
        BEGIN
            IF to_regclass('orgs.org_graph') IS NULL THEN RETURN; END IF;
            CREATE OR REPLACE VIEW orgs.org_graph AS
                SELECT g.org_id, g.id AS graph_id, g.name AS graph_name, g.kind AS graph_type, g.tier AS graph_tier,
                    NULL::bigint AS credits_available, NULL::bigint AS credits_allocated, NULL::bigint AS credits_used,
                    NULL::bigint AS storage_bytes, g.created_at, g.status_since AS updated_at,
                    CASE WHEN g.status IN ('deprovisioned', 'failed') THEN g.status_since END AS ended_at
                FROM graphs.graph g;
            CREATE OR REPLACE VIEW orgs.org_graph_grant AS SELECT t.graph_id, t.user_id FROM graphs.graph_grant t;
            GRANT SELECT ON orgs.org_graph, orgs.org_graph_grant TO trellis_app, trellis_system;
        END
        $body$;
        """#
}
