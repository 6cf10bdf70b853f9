internal import Audit
internal import AuditPostgres
internal import Identity
public import Postgres

/// Accounts and their credentials. Row-level security: each person sees the own rows, the product itself sees all.
public enum M0300CreateAccounts: Migration {
    /// `0300-identity-create-accounts`
    public static var id: String { "0300-identity-create-accounts" }
    /// Tables, checks and policies, and what the log may point to.
    public static var sql: String {
        tables + AuditSchema.locate(.user, in: "identity.account", column: "id")
            + AuditSchema.locate(.session, in: "identity.session", column: "id")
            + AuditSchema.locate(.apiKey, in: "identity.api_key", column: "id") + AuditSchema.register(IdentityAudit.types)
    }

    private static let tables = #"""
        CREATE SCHEMA identity AUTHORIZATION trellis_owner;
        GRANT USAGE ON SCHEMA identity TO trellis_app, trellis_system;

        CREATE TABLE identity.account (
            id uuid PRIMARY KEY,
            email text CHECK (email = lower(email) AND octet_length(email) <= 254),
            name text CHECK (length(name) BETWEEN 1 AND 100),
            password_hash text,
            email_verified_at timestamptz,
            status text NOT NULL CHECK (status IN ('active', 'deactivated', 'deleting', 'purged')),
            session_epoch integer NOT NULL CHECK (session_epoch > 0),
            key_epoch integer NOT NULL CHECK (key_epoch > 0),
            default_org_id uuid,
            selected_graph_id text,
            -- What authenticators know the person by: 32 bytes of two random ids.
            user_handle bytea NOT NULL UNIQUE DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
            deletion_requested_at timestamptz,
            purge_at timestamptz,
            last_active_floor timestamptz,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            CONSTRAINT account_deleting_has_an_end CHECK (status <> 'deleting' OR purge_at IS NOT NULL),
            CONSTRAINT account_purged_is_empty CHECK (
                CASE WHEN status = 'purged' THEN num_nonnulls(email, name, password_hash) = 0 ELSE num_nonnulls(email, name) = 2 END)
        );
        CREATE UNIQUE INDEX account_email ON identity.account (email) WHERE status <> 'purged';

        CREATE TABLE identity.session (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES identity.account,
            epoch integer NOT NULL,
            generation integer NOT NULL CHECK (generation > 0),
            confirmed_generation integer NOT NULL CHECK (confirmed_generation BETWEEN 0 AND generation),
            rotated_at timestamptz NOT NULL,
            active_org_id uuid,
            methods text[] NOT NULL,
            authenticated_at timestamptz NOT NULL,
            parent_id uuid REFERENCES identity.session,
            network text NOT NULL,
            client_family text NOT NULL,
            last_active_at timestamptz NOT NULL,
            token_expires_at timestamptz NOT NULL,
            absolute_expires_at timestamptz NOT NULL,
            revoked_at timestamptz,
            revoke_reason text CHECK (revoke_reason IN ('logout', 'logout_all', 'revoked_by_user', 'password_changed', 'password_reset',
                'email_reverted', 'deactivated', 'deletion', 'reuse_detected', 'limit', 'operator')),
            created_at timestamptz NOT NULL,
            CONSTRAINT session_end_has_a_reason CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL))
        ) WITH (fillfactor = 80);
        CREATE INDEX session_live_by_user ON identity.session (user_id, last_active_at DESC) WHERE revoked_at IS NULL;
        CREATE INDEX session_by_user ON identity.session (user_id, created_at DESC);

        -- An end is set once, and activity never goes back, whoever writes (identity.md, section 2).
        CREATE FUNCTION identity.keep_session_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
                RAISE EXCEPTION 'a session ends once' USING ERRCODE = 'check_violation', CONSTRAINT = 'session_ends_once';
            END IF;
            NEW.last_active_at := greatest(NEW.last_active_at, OLD.last_active_at);
            RETURN NEW;
        END $$;
        CREATE TRIGGER keep_evidence BEFORE UPDATE ON identity.session FOR EACH ROW EXECUTE FUNCTION identity.keep_session_evidence();

        CREATE TABLE identity.api_key (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES identity.account,
            epoch integer NOT NULL,
            name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
            description text CHECK (length(description) <= 500),
            prefix text NOT NULL CHECK (length(prefix) = 8),
            key_hash bytea NOT NULL UNIQUE CHECK (octet_length(key_hash) = 32),
            scopes text[] CHECK (cardinality(scopes) > 0),
            org_id uuid,
            graph_id text,
            networks cidr[] CHECK (cardinality(networks) BETWEEN 1 AND 20),
            expires_at timestamptz,
            last_active_at timestamptz,
            revoked_at timestamptz,
            revoke_reason text,
            replaced_by uuid REFERENCES identity.api_key,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            CONSTRAINT api_key_end_has_a_reason CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL))
        ) WITH (fillfactor = 80);
        CREATE INDEX api_key_live_by_user ON identity.api_key (user_id, created_at DESC) WHERE revoked_at IS NULL;
        CREATE INDEX api_key_by_user ON identity.api_key (user_id, created_at DESC);

        CREATE TABLE identity.link_token (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES identity.account,
            kind text NOT NULL CHECK (kind IN ('email_verification', 'password_reset', 'email_revert', 'disown', 'deletion_cancel')),
            token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
            address text NOT NULL,
            expires_at timestamptz NOT NULL,
            consumed_at timestamptz,
            superseded_at timestamptz,
            network text,
            created_at timestamptz NOT NULL
        );
        CREATE UNIQUE INDEX link_token_open ON identity.link_token (user_id, kind)
            WHERE consumed_at IS NULL AND superseded_at IS NULL AND kind <> 'email_revert';
        CREATE INDEX link_token_by_user ON identity.link_token (user_id, kind, created_at DESC);

        DO $$
        DECLARE
            relation text;
        BEGIN
            FOREACH relation IN ARRAY ARRAY['account', 'session', 'api_key', 'link_token'] LOOP
                EXECUTE format('ALTER TABLE identity.%I ENABLE ROW LEVEL SECURITY', relation);
                EXECUTE format('ALTER TABLE identity.%I FORCE ROW LEVEL SECURITY', relation);
                EXECUTE format('CREATE POLICY own ON identity.%I USING (trellis_is_system() OR %I = trellis_user_id())', relation,
                    CASE relation WHEN 'account' THEN 'id' ELSE 'user_id' END);
                EXECUTE format('GRANT SELECT, INSERT, UPDATE ON identity.%I TO trellis_app, trellis_system', relation);
            END LOOP;
        END $$;

        """#
}
