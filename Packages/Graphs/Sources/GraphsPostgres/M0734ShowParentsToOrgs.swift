internal import Postgres

/// What orgs see and count are the graphs that are paid for; what a subgraph takes is shown with its parent's (ORG-072).
enum M0734ShowParentsToOrgs: Migration {
    static let id = "0734-graphs-show-parents-to-orgs"

    static let sql = #"""
        DO $body$
        BEGIN
            IF to_regclass('orgs.org_graph') IS NOT NULL THEN
                CREATE OR REPLACE VIEW orgs.org_graph AS
                    SELECT g.org_id, g.id AS graph_id, g.name AS graph_name, g.kind AS graph_type, g.tier AS graph_tier,
                        NULL::bigint AS credits_available, NULL::bigint AS credits_allocated, NULL::bigint AS credits_used,
                        (SELECT sum(s.bytes)::bigint FROM graphs.storage_sample s JOIN graphs.graph p ON p.id = s.graph_id
                            WHERE p.id = g.id OR p.parent_id = g.id) AS storage_bytes, g.created_at,
                        g.status_since AS updated_at,
                        CASE WHEN g.status IN ('deprovisioned', 'failed') THEN g.status_since END AS ended_at
                    FROM graphs.graph g WHERE g.parent_id IS NULL;
            END IF;
        END
        $body$;
        """#
}
