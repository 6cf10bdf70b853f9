internal import Postgres

/// The pieces of an export belong to the export's org (SEC-038), and rows are found by org first, as their policies look for them (SEC-049).
enum M0440BindRowsToTheirOrg: Migration {
    static let id = "0440-orgs-bind-rows-to-their-org"

    static let sql = #"""
        CREATE INDEX invitation_by_org ON orgs.invitation (org_id, id DESC);
        CREATE INDEX org_deletion_by_org ON orgs.org_deletion (org_id);

        ALTER TABLE orgs.org_export ADD CONSTRAINT org_export_of_org UNIQUE (org_id, id);
        CREATE INDEX org_export_piece_by_org ON orgs.org_export_piece (org_id, export_id);
        ALTER TABLE orgs.org_export_piece DROP CONSTRAINT org_export_piece_export_id_fkey,
            ADD CONSTRAINT org_export_piece_of_same_org FOREIGN KEY (org_id, export_id) REFERENCES orgs.org_export (org_id, id);
        """#
}
