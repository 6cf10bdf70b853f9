internal import Audit
internal import AuditPostgres
internal import Notifications
internal import Postgres

/// Which brand the mails of an org have, and which one a mail was queued with (NOT-024).
enum M0857SelectBrands: Migration {
    static let id = "0857-notifications-select-brands"

    static var sql: String { table + AuditSchema.register(BrandAuditTypes.all) }

    private static let table = #"""
        CREATE TABLE notifications.org_brand (
            org_id uuid PRIMARY KEY,
            brand text NOT NULL CHECK (brand ~ '^[a-z0-9-]{1,40}$'),
            changed_at timestamptz NOT NULL
        );
        COMMENT ON TABLE notifications.org_brand IS 'Which brand the mails of an org have; that of the deployment where there is no row.';
        ALTER TABLE notifications.org_brand ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notifications.org_brand FORCE ROW LEVEL SECURITY;
        CREATE POLICY org_brand_of_org ON notifications.org_brand
            USING ((SELECT trellis_is_system()) OR org_id = (SELECT trellis_org_id()));
        GRANT SELECT ON notifications.org_brand TO trellis_app, trellis_system;
        GRANT INSERT, UPDATE, DELETE ON notifications.org_brand TO trellis_system;

        ALTER TABLE notifications.mail ADD COLUMN brand text;

        """#
}
