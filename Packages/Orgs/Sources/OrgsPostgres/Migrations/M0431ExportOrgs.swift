internal import Audit
internal import AuditPostgres
internal import Orgs
public import Postgres

/// Exports of orgs: what was asked for, and the files in pieces.
public enum M0431ExportOrgs: Migration {
    /// `0431-orgs-export`
    public static var id: String { "0431-orgs-export" }
    /// Tables, policies, and what the log may point to.
    public static var sql: String {
        tables + AuditSchema.locate(.export, in: "orgs.org_export", column: "id") + AuditSchema.register(OrgsAudit.exportTypes)
    }

    private static let tables = #"""
        CREATE TABLE orgs.org_export (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL REFERENCES orgs.org,
            requested_by uuid NOT NULL REFERENCES identity.account,
            state text NOT NULL CHECK (state IN ('running', 'ready', 'failed', 'expired')),
            created_at timestamptz NOT NULL,
            taken_at timestamptz,
            size bigint,
            expires_at timestamptz,
            CONSTRAINT org_export_ready_has_a_file CHECK (state <> 'ready' OR num_nonnulls(taken_at, size, expires_at) = 3)
        );
        CREATE UNIQUE INDEX org_export_running ON orgs.org_export (org_id) WHERE state = 'running';
        CREATE INDEX org_export_by_org ON orgs.org_export (org_id, created_at DESC);
        CREATE INDEX org_export_due ON orgs.org_export (expires_at) WHERE state = 'ready';

        CREATE TABLE orgs.org_export_piece (
            export_id uuid NOT NULL REFERENCES orgs.org_export,
            number integer NOT NULL CHECK (number >= 0),
            org_id uuid NOT NULL,
            content bytea NOT NULL,
            PRIMARY KEY (export_id, number)
        );
        -- The pieces are not worth compressing twice.
        ALTER TABLE orgs.org_export_piece ALTER COLUMN content SET STORAGE EXTERNAL;

        DO $$
        DECLARE
            relation text;
        BEGIN
            FOREACH relation IN ARRAY ARRAY['org_export', 'org_export_piece'] LOOP
                EXECUTE format('ALTER TABLE orgs.%I ENABLE ROW LEVEL SECURITY', relation);
                EXECUTE format('ALTER TABLE orgs.%I FORCE ROW LEVEL SECURITY', relation);
                EXECUTE format('CREATE POLICY own ON orgs.%I USING (trellis_is_system() OR org_id = trellis_org_id())', relation);
                EXECUTE format('GRANT SELECT, INSERT, UPDATE ON orgs.%I TO trellis_app, trellis_system', relation);
            END LOOP;
        END $$;
        GRANT DELETE ON orgs.org_export_piece TO trellis_system;

        """#
}
