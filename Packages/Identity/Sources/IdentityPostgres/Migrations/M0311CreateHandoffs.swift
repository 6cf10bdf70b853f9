internal import AuditPostgres
internal import Identity
public import Postgres

/// Sign-ins on their way to sister apps.
public enum M0311CreateHandoffs: Migration {
    /// `0311-identity-create-handoffs`
    public static var id: String { "0311-identity-create-handoffs" }
    /// The table, its policy and the types of entries.
    public static var sql: String {
        #"""
        CREATE TABLE identity.handoff (
            id uuid PRIMARY KEY,
            session_id uuid NOT NULL REFERENCES identity.session,
            user_id uuid NOT NULL REFERENCES identity.account,
            epoch integer NOT NULL,
            token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
            target_app text,
            exchange_hash bytea UNIQUE CHECK (octet_length(exchange_hash) = 32),
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            exchanged_at timestamptz,
            exchange_expires_at timestamptz,
            completed_at timestamptz,
            CONSTRAINT handoff_exchange_is_whole CHECK (
                num_nonnulls(exchanged_at, exchange_hash, exchange_expires_at, target_app) IN (0, 4)),
            CONSTRAINT handoff_completes_an_exchange CHECK (completed_at IS NULL OR exchanged_at IS NOT NULL)
        );
        CREATE INDEX handoff_by_expiry ON identity.handoff (expires_at);
        ALTER TABLE identity.handoff ENABLE ROW LEVEL SECURITY;
        ALTER TABLE identity.handoff FORCE ROW LEVEL SECURITY;
        CREATE POLICY own ON identity.handoff USING (trellis_is_system() OR user_id = trellis_user_id());
        GRANT SELECT, INSERT, UPDATE, DELETE ON identity.handoff TO trellis_app, trellis_system;

        """# + AuditSchema.register(IdentityAudit.handoffTypes)
    }
}
