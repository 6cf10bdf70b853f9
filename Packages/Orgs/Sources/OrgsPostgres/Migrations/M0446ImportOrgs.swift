internal import Audit
internal import AuditPostgres
internal import Orgs
internal import Postgres

/// The history of orgs that were taken over from another installation, row by row as their exports had it (ORG-106).
enum M0446ImportOrgs: Migration {
    static let id = "0446-orgs-import"

    static var sql: String { table + AuditSchema.register(OrgsAudit.importTypes) }

    private static let table = #"""
        CREATE TABLE orgs.imported_row (
            org_id uuid NOT NULL REFERENCES orgs.org,
            section text NOT NULL CHECK (section ~ '^[a-z_]{1,40}$'),
            number integer NOT NULL CHECK (number > 0),
            body jsonb NOT NULL CHECK (jsonb_typeof(body) = 'object'),
            PRIMARY KEY (org_id, section, number)
        );
        -- One thing is the history of one org, once.
        CREATE UNIQUE INDEX imported_row_id ON orgs.imported_row (section, (body ->> 'id'));

        ALTER TABLE orgs.imported_row ENABLE ROW LEVEL SECURITY;
        ALTER TABLE orgs.imported_row FORCE ROW LEVEL SECURITY;
        CREATE POLICY own ON orgs.imported_row USING ((SELECT trellis_is_system()) OR org_id = (SELECT trellis_org_id()));
        -- Nobody changes history: it comes with an import and goes with the org, or when a part of it is in force again.
        GRANT SELECT ON orgs.imported_row TO trellis_app;
        GRANT SELECT, INSERT, DELETE ON orgs.imported_row TO trellis_system;

        """#
}
