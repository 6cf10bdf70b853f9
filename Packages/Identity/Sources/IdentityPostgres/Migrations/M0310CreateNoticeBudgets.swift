internal import AuditPostgres
internal import Identity
public import Postgres

/// When a person was last told of something that may happen often, and from where people have signed in.
public enum M0310CreateNoticeBudgets: Migration {
    /// `0310-identity-create-notice-budgets`
    public static var id: String { "0310-identity-create-notice-budgets" }
    /// The table, the index and the types of entries.
    public static var sql: String {
        #"""
        CREATE TABLE identity.notice_budget (
            user_id uuid NOT NULL REFERENCES identity.account,
            kind text NOT NULL CHECK (kind IN ('registration_attempted', 'new_client', 'unverified_account')),
            sent_at timestamptz NOT NULL,
            PRIMARY KEY (user_id, kind)
        );
        ALTER TABLE identity.notice_budget ENABLE ROW LEVEL SECURITY;
        ALTER TABLE identity.notice_budget FORCE ROW LEVEL SECURITY;
        CREATE POLICY own ON identity.notice_budget USING (trellis_is_system() OR user_id = trellis_user_id());
        GRANT SELECT, INSERT, UPDATE, DELETE ON identity.notice_budget TO trellis_app, trellis_system;

        -- Whether a client was seen is looked up at each sign-in, whatever the number of sessions (ID-036, ID-165).
        CREATE INDEX session_by_client ON identity.session (user_id, network, client_family, created_at DESC);

        """# + AuditSchema.register(IdentityAudit.sessionTypes)
    }
}
