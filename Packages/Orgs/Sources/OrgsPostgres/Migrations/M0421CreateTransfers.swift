internal import Audit
internal import AuditPostgres
internal import Orgs
public import Postgres

/// Transfers of ownership: one pending for each org.
public enum M0421CreateTransfers: Migration {
    /// `0421-orgs-create-transfers`
    public static var id: String { "0421-orgs-create-transfers" }
    /// The table, where the log finds it, and the types of entries.
    public static var sql: String {
        table + AuditSchema.locate(.ownershipTransfer, in: "orgs.ownership_transfer", column: "id")
            + AuditSchema.register(OrgsAudit.transferTypes)
    }

    private static let table = #"""
        CREATE TABLE orgs.ownership_transfer (
            id uuid PRIMARY KEY,
            org_id uuid NOT NULL REFERENCES orgs.org,
            from_user_id uuid NOT NULL REFERENCES identity.account,
            to_user_id uuid NOT NULL REFERENCES identity.account,
            keep_role text NOT NULL CHECK (keep_role IN ('member', 'admin', 'owner')),
            state text NOT NULL CHECK (state IN ('pending', 'accepted', 'declined', 'canceled', 'expired', 'void')),
            origin text NOT NULL CHECK (origin IN ('owner', 'operator')),
            reason text CHECK (length(reason) <= 500),
            acceptable_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL CHECK (expires_at > acceptable_at),
            created_at timestamptz NOT NULL,
            closed_at timestamptz,
            CONSTRAINT ownership_transfer_between_two CHECK (from_user_id <> to_user_id),
            CONSTRAINT ownership_transfer_end_is_dated CHECK ((state = 'pending') = (closed_at IS NULL)),
            CONSTRAINT ownership_transfer_by_operator_has_a_reason CHECK ((origin = 'operator') = (reason IS NOT NULL))
        );
        CREATE UNIQUE INDEX ownership_transfer_pending ON orgs.ownership_transfer (org_id) WHERE state = 'pending';
        CREATE INDEX ownership_transfer_by_org ON orgs.ownership_transfer (org_id, created_at DESC);
        CREATE INDEX ownership_transfer_due ON orgs.ownership_transfer (expires_at) WHERE state = 'pending';
        ALTER TABLE orgs.ownership_transfer ENABLE ROW LEVEL SECURITY;
        ALTER TABLE orgs.ownership_transfer FORCE ROW LEVEL SECURITY;
        CREATE POLICY own ON orgs.ownership_transfer USING (trellis_is_system() OR org_id = trellis_org_id());
        GRANT SELECT, INSERT, UPDATE ON orgs.ownership_transfer TO trellis_app, trellis_system;

        """#
}
