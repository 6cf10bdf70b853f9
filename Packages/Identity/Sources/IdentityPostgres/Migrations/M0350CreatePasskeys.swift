internal import Audit
internal import AuditPostgres
internal import Identity
internal import Postgres

/// Passkeys, recovery codes, and the tokens and challenges on the way to a second factor (ID-117 to ID-131).
enum M0350CreatePasskeys: Migration {
    static let id = "0350-identity-create-passkeys"

    static var sql: String {
        tables + cleanUp + AuditSchema.locate(.passkey, in: "identity.passkey", column: "id")
            + AuditSchema.register(IdentityAudit.secondFactorTypes)
    }

    private static let tables = #"""
        CREATE TABLE identity.passkey (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES identity.account,
            credential_id bytea NOT NULL CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
            public_key bytea NOT NULL CHECK (octet_length(public_key) BETWEEN 1 AND 2048),
            algorithm integer NOT NULL CHECK (algorithm IN (-8, -7, -257)),
            model bytea NOT NULL CHECK (octet_length(model) <= 16),
            transports text[] NOT NULL,
            name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
            sign_count bigint NOT NULL CHECK (sign_count >= 0),
            is_backup_eligible boolean NOT NULL,
            is_backed_up boolean NOT NULL,
            last_used_at timestamptz,
            removed_at timestamptz,
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL
        );
        CREATE UNIQUE INDEX passkey_credential ON identity.passkey (credential_id) WHERE removed_at IS NULL;
        CREATE INDEX passkey_by_user ON identity.passkey (user_id, created_at);

        -- Enrolling locks the account first, so that the count holds.
        CREATE FUNCTION identity.limit_passkeys() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF (SELECT count(*) FROM identity.passkey p WHERE p.user_id = NEW.user_id AND p.removed_at IS NULL) > 20 THEN
                RAISE EXCEPTION 'an account has at most 20 passkeys' USING ERRCODE = 'check_violation', CONSTRAINT = 'passkey_limit';
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER limit_passkeys AFTER INSERT ON identity.passkey FOR EACH ROW EXECUTE FUNCTION identity.limit_passkeys();

        CREATE TABLE identity.recovery_code (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES identity.account,
            code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
            used_at timestamptz,
            created_at timestamptz NOT NULL,
            UNIQUE (user_id, code_hash)
        );

        CREATE TABLE identity.mfa_token (
            id uuid PRIMARY KEY,
            user_id uuid NOT NULL REFERENCES identity.account,
            epoch integer NOT NULL,
            purpose text NOT NULL CHECK (purpose IN ('login', 'enroll')),
            token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
            methods text[] NOT NULL,
            org_id uuid,
            failures integer NOT NULL DEFAULT 0 CHECK (failures BETWEEN 0 AND 5),
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            consumed_at timestamptz
        );
        CREATE INDEX mfa_token_by_user ON identity.mfa_token (user_id);
        CREATE INDEX mfa_token_by_end ON identity.mfa_token (expires_at);

        CREATE TABLE identity.ceremony_challenge (
            id uuid PRIMARY KEY,
            challenge_hash bytea NOT NULL UNIQUE CHECK (octet_length(challenge_hash) = 32),
            flow text NOT NULL CHECK (flow IN ('reg', 'mfa', 'pwl', 'mgmt')),
            user_id uuid REFERENCES identity.account,
            epoch integer,
            mfa_token_id uuid REFERENCES identity.mfa_token ON DELETE CASCADE,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            consumed_at timestamptz,
            CONSTRAINT ceremony_challenge_is_bound CHECK (
                CASE flow WHEN 'pwl' THEN num_nonnulls(user_id, epoch, mfa_token_id) = 0
                    WHEN 'mfa' THEN num_nonnulls(user_id, epoch, mfa_token_id) = 3 ELSE num_nonnulls(user_id, epoch) = 2 END)
        );
        CREATE INDEX ceremony_challenge_by_user ON identity.ceremony_challenge (user_id);
        CREATE INDEX ceremony_challenge_by_token ON identity.ceremony_challenge (mfa_token_id);
        CREATE INDEX ceremony_challenge_by_end ON identity.ceremony_challenge (expires_at);

        DO $$
        DECLARE
            relation text;
        BEGIN
            FOREACH relation IN ARRAY ARRAY['passkey', 'recovery_code', 'mfa_token', 'ceremony_challenge'] LOOP
                EXECUTE format('ALTER TABLE identity.%I ENABLE ROW LEVEL SECURITY', relation);
                EXECUTE format('ALTER TABLE identity.%I FORCE ROW LEVEL SECURITY', relation);
                EXECUTE format('CREATE POLICY own ON identity.%I USING ((SELECT trellis_is_system()) OR user_id = (SELECT trellis_user_id()))',
                    relation);
                EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON identity.%I TO trellis_app, trellis_system', relation);
            END LOOP;
        END $$;


        """#

    private static let cleanUp = #"""
        -- What 30 days ago was past its end. No decision depends on it: every check compares times itself (ID-154).
        CREATE FUNCTION identity.clean_up_ceremonies(p_now timestamptz, p_limit integer) RETURNS integer
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            removed integer;
            total integer := 0;
        BEGIN
            DELETE FROM identity.ceremony_challenge WHERE id IN (
                SELECT id FROM identity.ceremony_challenge WHERE expires_at < p_now - interval '30 days' ORDER BY expires_at LIMIT p_limit);
            GET DIAGNOSTICS removed = ROW_COUNT;
            total := total + removed;
            DELETE FROM identity.mfa_token WHERE id IN (
                SELECT id FROM identity.mfa_token WHERE expires_at < p_now - interval '30 days' ORDER BY expires_at LIMIT p_limit);
            GET DIAGNOSTICS removed = ROW_COUNT;
            total := total + removed;
            DELETE FROM identity.handoff WHERE id IN (
                SELECT id FROM identity.handoff WHERE expires_at < p_now - interval '30 days' ORDER BY expires_at LIMIT p_limit);
            GET DIAGNOSTICS removed = ROW_COUNT;
            RETURN total + removed;
        END $$;
        REVOKE ALL ON FUNCTION identity.clean_up_ceremonies(timestamptz, integer) FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION identity.clean_up_ceremonies(timestamptz, integer) TO trellis_system;


        """#
}
