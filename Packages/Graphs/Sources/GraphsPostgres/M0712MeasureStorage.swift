internal import Postgres

/// How large graphs are and were: the newest sample, rows of a year, and the sums of days for ever (GRA-093).
enum M0712MeasureStorage: Migration {
    static let id = "0712-graphs-measure-storage"

    static let sql = #"""
        CREATE TABLE graphs.storage_sample (
            graph_id text PRIMARY KEY,
            org_id uuid NOT NULL,
            bytes bigint NOT NULL CHECK (bytes >= 0),
            sampled_at timestamptz NOT NULL,
            row_at timestamptz,
            CONSTRAINT storage_sample_of_same_org FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph (org_id, id)
        );
        CREATE TABLE graphs.storage_measure (
            id uuid PRIMARY KEY,
            graph_id text NOT NULL,
            org_id uuid NOT NULL,
            due_at timestamptz NOT NULL,
            bytes bigint NOT NULL CHECK (bytes >= 0),
            CONSTRAINT storage_measure_once UNIQUE (graph_id, due_at),
            CONSTRAINT storage_measure_of_same_org FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph (org_id, id)
        );
        CREATE INDEX storage_measure_by_time ON graphs.storage_measure (due_at);
        CREATE TABLE graphs.storage_day (
            graph_id text NOT NULL,
            org_id uuid NOT NULL,
            day date NOT NULL,
            measures bigint NOT NULL CHECK (measures > 0),
            byte_sum numeric NOT NULL,
            byte_maximum bigint NOT NULL,
            PRIMARY KEY (graph_id, day),
            CONSTRAINT storage_day_of_same_org FOREIGN KEY (org_id, graph_id) REFERENCES graphs.graph (org_id, id)
        );
        CREATE INDEX storage_sample_by_org ON graphs.storage_sample (org_id, graph_id);
        CREATE INDEX storage_measure_by_org ON graphs.storage_measure (org_id, graph_id);
        CREATE INDEX storage_day_by_org ON graphs.storage_day (org_id, graph_id);
        DO $body$
        DECLARE
            name text;
        BEGIN
            FOREACH name IN ARRAY ARRAY['storage_sample', 'storage_measure', 'storage_day'] LOOP
                EXECUTE format('ALTER TABLE graphs.%I ENABLE ROW LEVEL SECURITY', name);
                EXECUTE format('ALTER TABLE graphs.%I FORCE ROW LEVEL SECURITY', name);
                EXECUTE format('CREATE POLICY tenant ON graphs.%I USING (trellis_is_system() OR org_id = trellis_org_id())', name);
                EXECUTE format('GRANT SELECT ON graphs.%I TO trellis_app', name);
                EXECUTE format('GRANT SELECT, INSERT, UPDATE ON graphs.%I TO trellis_system', name);
            END LOOP;
            IF to_regclass('orgs.org_graph') IS NOT NULL THEN
                CREATE OR REPLACE VIEW orgs.org_graph AS
                    SELECT g.org_id, g.id AS graph_id, g.name AS graph_name, g.kind AS graph_type, g.tier AS graph_tier,
                        NULL::bigint AS credits_available, NULL::bigint AS credits_allocated, NULL::bigint AS credits_used,
                        (SELECT s.bytes FROM graphs.storage_sample s WHERE s.graph_id = g.id) AS storage_bytes, g.created_at,
                        g.status_since AS updated_at,
                        CASE WHEN g.status IN ('deprovisioned', 'failed') THEN g.status_since END AS ended_at
                    FROM graphs.graph g;
            END IF;
        END
        $body$;
        GRANT DELETE ON graphs.storage_measure TO trellis_system;
        """#
}
